package io.telltale.device;

import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The right to be the device of a folder, for one process at a time: two would send each other's
 * readings and give one sequence number to two of them. Ends with the process, however that ends.
 */
final class FolderLock implements AutoCloseable {
  static final String NAME = "telltale.lock";

  private final FileChannel file;

  private FolderLock(FileChannel file) {
    this.file = file;
  }

  /** Empty when another holds it. */
  static Optional<FolderLock> of(Path folder) {
    try {
      FileChannel file =
          FileChannel.open(
              folder.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (isMine(file)) {
        return Optional.of(new FolderLock(file));
      }
      file.close();
      return Optional.empty();
    } catch (IOException e) {
      throw new UnavailableException("locking " + folder, e);
    }
  }

  private static boolean isMine(FileChannel file) throws IOException {
    try {
      FileLock lock = file.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      // Another of this process.
      return false;
    }
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new UnavailableException("unlocking the device's folder", e);
    }
  }
}
