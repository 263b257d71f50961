package io.telltale.ledger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

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
    return Disk::replace;
  }

  private static void replace(Path file, byte[] bytes) throws IOException {
    Path folder = parent(file);
    createFolders(folder);
    Path written = folder.resolve("." + file.getFileName() + ".tmp");
    Files.deleteIfExists(written);
    try (FileChannel channel =
        FileChannel.open(
            written,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            attributes(folder, "rw-------"))) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      // Before the rename: a name must never lead to bytes that a crash can still take away.
      channel.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(written);
      throw e;
    }
    Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    sync(folder);
  }

  /** Creates missing folders, only for us to read, each durable before one is put into it. */
  static void createFolders(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Path parent = parent(folder);
    createFolders(parent);
    Files.createDirectory(folder, attributes(parent, "rwx------"));
    sync(parent);
  }

  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static Path parent(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? FileSystems.getDefault().getPath("/") : parent;
  }

  private static FileAttribute<?>[] attributes(Path folder, String mode) {
    boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
    return posix
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode))
        }
        : new FileAttribute<?>[0];
  }
}
