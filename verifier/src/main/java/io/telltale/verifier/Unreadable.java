package io.telltale.verifier;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Why a file that was named cannot be read, without the words of the library. */
public final class Unreadable {
  private Unreadable() {}

  public static String why(Path file, IOException e) {
    if (Files.isDirectory(file)) {
      return file + " is a folder: name a file";
    }
    return switch (e) {
      case NoSuchFileException _ -> "cannot read %s: there is no such file".formatted(file);
      case AccessDeniedException _ -> "cannot read %s: permission denied".formatted(file);
      case FileSystemException said when said.getReason() != null ->
          "cannot read %s: %s".formatted(file, said.getReason());
      default -> "cannot read %s: %s".formatted(file, e.getMessage());
    };
  }
}
