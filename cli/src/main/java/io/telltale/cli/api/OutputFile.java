package io.telltale.cli.api;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.PrivateFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The file that {@code --output} names. As with curl and openssl what is there is replaced, but
 * never by half an answer: it is written beside, and moved.
 */
public final class OutputFile {
  private OutputFile() {}

  public static void write(Path file, Bytes content) throws IOException {
    boolean there = Files.exists(file);
    if (there && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
      // A pipe or a device: a file in its place is not what was asked for.
      try (OutputStream out = Files.newOutputStream(file)) {
        out.write(content.borrow());
      }
      return;
    }
    PrivateFiles.write(there ? file.toRealPath() : file, content);
  }

  /** In a sentence, without the words of the library. */
  public static String unwritten(Path file, IOException e) {
    Path folder = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file)) {
      return "cannot write %s: it is a folder: name a file".formatted(file);
    }
    return switch (e) {
      case NoSuchFileException _ ->
          "cannot write %s: there is no folder %s".formatted(file, folder);
      case FileAlreadyExistsException _ ->
          "cannot write %s: %s is a file, and must be a folder".formatted(file, folder);
      case AccessDeniedException _ -> "cannot write %s: permission denied".formatted(file);
      default -> "cannot write %s: %s".formatted(file, e.getMessage());
    };
  }
}
