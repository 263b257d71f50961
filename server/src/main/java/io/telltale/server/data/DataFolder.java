package io.telltale.server.data;

import io.telltale.device.OwnFolder;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The one folder where everything lives: folders 0700, files 0600, one server at a time. */
public final class DataFolder implements AutoCloseable {
  private static final Set<PosixFilePermission> OWNER_ONLY_FOLDER =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> OWNER_ONLY_FILE =
      PosixFilePermissions.fromString("rw-------");
  private static final List<String> PARTS =
      List.of(
          "ca", "keys", "shred", "registry", "log", "lake", "ledger", "operator", "run", "logs");
  // By any of these the folder is known again: others have folders called ca or registry, too.
  private static final List<String> OURS =
      List.of(
          "run/lock", "registry/control.db", "shred/shred.db", "ca/root.crt.pem", "keys/root.key");
  private static final boolean POSIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

  private final Path root;
  private @Nullable FileChannel lockFile;
  private @Nullable FileLock lock;

  private DataFolder(Path root) {
    this.root = root;
  }

  /**
   * The folder at {@code root}, made if it is not there. One that was there keeps its mode; one
   * that holds other things is refused.
   */
  public static DataFolder at(Path root) {
    try {
      OwnFolder.claim(root, OURS, PARTS);
      for (String part : PARTS) {
        // The CA makes its own: it removes one again only where it knows that it made it.
        if (!part.equals("ca") || Files.exists(root.resolve(part))) {
          makeFolder(root.resolve(part));
        }
      }
    } catch (IOException e) {
      throw new UnavailableException("making the data folder " + root, e);
    }
    return new DataFolder(root);
  }

  private static void makeFolder(Path folder) throws IOException {
    PrivateFiles.folder(folder);
    // Where a part is a link, its owner has made what it leads to.
    if (POSIX && !Files.isSymbolicLink(folder)) {
      Files.setPosixFilePermissions(folder, OWNER_ONLY_FOLDER);
    }
  }

  /** Keeps any other server out until {@link #close()}; false when one is in already. */
  public boolean claim() {
    try {
      lockFile =
          FileChannel.open(
              part("run").resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      lock = lockFile.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (IOException e) {
      throw new UnavailableException("locking the data folder " + root, e);
    }
  }

  public Path root() {
    return root;
  }

  public Path part(String name) {
    if (!PARTS.contains(name)) {
      throw new IllegalStateException("the data folder has no part " + name);
    }
    return root.resolve(name);
  }

  /** Writes a file that only its owner may read, whole or not at all. */
  public void write(Path file, byte[] content) {
    try {
      PrivateFiles.write(file, Bytes.adopt(content));
    } catch (IOException e) {
      throw new UnavailableException("writing " + file, e);
    }
  }

  /**
   * Takes group and others out of the mode of every file in our parts: libraries that make files of
   * their own do not ask us. What else is in the folder, and behind links, is not ours.
   */
  public void tighten() {
    if (!POSIX) {
      return;
    }
    for (String part : PARTS) {
      try {
        Files.walkFileTree(part(part), new Tightening());
      } catch (IOException e) {
        throw new UnavailableException("setting file modes in " + part(part), e);
      }
    }
  }

  /** Follows no link. What is gone when its turn comes was removed by whoever it belongs to. */
  private static final class Tightening extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes known)
        throws IOException {
      return tighten(folder, OWNER_ONLY_FOLDER);
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes known) throws IOException {
      return known.isSymbolicLink() ? FileVisitResult.CONTINUE : tighten(file, OWNER_ONLY_FILE);
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      return unlessGone(e);
    }

    private static FileVisitResult tighten(Path file, Set<PosixFilePermission> wanted)
        throws IOException {
      try {
        if (!Files.getPosixFilePermissions(file).equals(wanted)) {
          Files.setPosixFilePermissions(file, wanted);
        }
        return FileVisitResult.CONTINUE;
      } catch (NoSuchFileException e) {
        return unlessGone(e);
      }
    }

    private static FileVisitResult unlessGone(IOException e) throws IOException {
      if (e instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    try {
      if (lock != null) {
        lock.release();
      }
      if (lockFile != null) {
        lockFile.close();
      }
    } catch (IOException e) {
      throw new UnavailableException("unlocking the data folder " + root, e);
    }
  }
}
