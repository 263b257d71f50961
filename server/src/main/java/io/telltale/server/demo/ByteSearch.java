package io.telltale.server.demo;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/** Looks for byte strings in every file below a folder: the plain way to ask what was written. */
public final class ByteSearch {
  private static final long WINDOW = 256L << 20;

  private long files;
  private long bytes;
  private final List<Path> hits = new ArrayList<>();

  private ByteSearch() {}

  /** What a search read and where it found something. */
  public record Found(long files, long bytes, List<Path> hits) {
    public Found {
      hits = List.copyOf(hits);
    }
  }

  /** Reads every regular file below {@code root}; files that vanish meanwhile are skipped. */
  public static Found search(Path root, List<byte[]> needles) throws IOException {
    var search = new ByteSearch();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isRegularFile()) {
              search.read(file, needles);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            // The server goes on writing: a draft may be renamed between the listing and the look.
            if (failure instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw failure;
          }
        });
    return new Found(search.files, search.bytes, search.hits);
  }

  private void read(Path file, List<byte[]> needles) throws IOException {
    int longest = needles.stream().mapToInt(needle -> needle.length).max().orElse(0);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      files++;
      bytes += size;
      for (long start = 0; start < size; start += WINDOW) {
        // Windows overlap, so that a needle across their border is found too.
        long length = Math.min(size - start, WINDOW + longest);
        MappedByteBuffer window = channel.map(FileChannel.MapMode.READ_ONLY, start, length);
        if (needles.stream().anyMatch(needle -> contains(window, needle))) {
          hits.add(file);
          return;
        }
      }
    } catch (NoSuchFileException e) {
      // Rotated or swept between the listing and the look: nothing there to find.
    }
  }

  private static boolean contains(MappedByteBuffer window, byte[] needle) {
    byte first = needle[0];
    int last = window.limit() - needle.length;
    for (int at = 0; at <= last; at++) {
      if (window.get(at) == first && matches(window, at, needle)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(MappedByteBuffer window, int at, byte[] needle) {
    for (int i = 1; i < needle.length; i++) {
      if (window.get(at + i) != needle[i]) {
        return false;
      }
    }
    return true;
  }
}
