package io.telltale.logembedded;

import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** Segment files in a real folder, readable by its owner only, held by one process at a time. */
final class DiskFiles implements SegmentFiles {
  private static final String LOCK = "lock";

  private final Path folder;
  private final FileChannel lock;

  private DiskFiles(Path folder, FileChannel lock) {
    this.folder = folder;
    this.lock = lock;
  }

  static DiskFiles open(Path folder) throws IOException {
    PrivateFiles.folder(folder);
    FileChannel lock =
        PrivateFiles.open(
            folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (lock.tryLock() != null) {
        return new DiskFiles(folder, lock);
      }
    } catch (OverlappingFileLockException e) {
      // Held by this very process: the same refusal.
    }
    lock.close();
    throw new UnavailableException("opening the log in " + folder + ": another program has it");
  }

  /** One file to be looked at, whoever has the folder. */
  static SegmentFile readOnly(Path file) throws IOException {
    return new DiskFile(FileChannel.open(file, StandardOpenOption.READ));
  }

  @Override
  public List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.equals(LOCK))
          .toList();
    }
  }

  @Override
  public SegmentFile create(String name) throws IOException {
    delete(name);
    return new DiskFile(
        PrivateFiles.open(
            folder.resolve(name),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE));
  }

  @Override
  public SegmentFile open(String name) throws IOException {
    return new DiskFile(
        FileChannel.open(folder.resolve(name), StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  @Override
  public void delete(String name) throws IOException {
    Files.deleteIfExists(folder.resolve(name));
  }

  @Override
  public void sync() throws IOException {
    PrivateFiles.sync(folder);
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }

  private record DiskFile(FileChannel channel) implements SegmentFile {
    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void write(long position, ByteBuffer bytes) throws IOException {
      long at = position;
      while (bytes.hasRemaining()) {
        at += channel.write(bytes, at);
      }
    }

    @Override
    public void read(long position, ByteBuffer into) throws IOException {
      long at = position;
      while (into.hasRemaining()) {
        int count = channel.read(into, at);
        if (count < 0) {
          return;
        }
        at += count;
      }
    }

    // fdatasync flushes the size too when it grew; times it may leave out.
    @Override
    public void force() throws IOException {
      channel.force(false);
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
