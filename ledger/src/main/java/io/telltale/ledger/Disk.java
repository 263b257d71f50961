package io.telltale.ledger;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** How the ledger's files come to be and are read; a seam for tests that break the disk. */
@FunctionalInterface
interface Disk {
  /**
   * Puts {@code bytes} at {@code file} as a whole, durable when it returns: whoever looks, after a
   * crash too, finds all of it or what was there before.
   */
  void write(Path file, byte[] bytes) throws IOException;

  /** All of the file. */
  default byte[] read(Path file) throws IOException {
    return Files.readAllBytes(file);
  }

  /** The real one. */
  static Disk real() {
    return (file, bytes) -> {
      PrivateFiles.folder(Objects.requireNonNull(file.getParent()));
      PrivateFiles.write(file, Bytes.adopt(bytes));
    };
  }
}
