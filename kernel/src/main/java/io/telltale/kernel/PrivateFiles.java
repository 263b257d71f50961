package io.telltale.kernel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * The one way in which files and folders come to be that only their owner may read (0700, 0600).
 * What a method has done outlives a power cut once it returned: a name is durable only when the
 * folder that holds it is.
 */
public final class PrivateFiles {
  private static final String FOLDER = "rwx------";
  private static final String FILE = "rw-------";

  private PrivateFiles() {}

  /** How a file or folder is made durable; a seam for the test that watches the order. */
  interface Sync {
    void force(Path path, FileChannel channel) throws IOException;
  }

  private static void force(Path path, FileChannel channel) throws IOException {
    channel.force(true);
  }

  /**
   * Puts {@code content} at {@code file}, in place of what is there: whoever looks, after a crash
   * too, finds all of it or what was there before. Its folder must be there.
   */
  public static void write(Path file, Bytes content) throws IOException {
    write(file, content, PrivateFiles::force);
  }

  static void write(Path file, Bytes content, Sync sync) throws IOException {
    Path draft = file.resolveSibling("." + file.getFileName() + ".draft");
    Files.deleteIfExists(draft);
    try {
      try (FileChannel out = open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer rest = content.asBuffer();
        while (rest.hasRemaining()) {
          out.write(rest);
        }
        // Before the move: a name must never lead to bytes that a crash can still take away.
        sync.force(draft, out);
      }
      move(draft, file, sync);
    } catch (IOException e) {
      // A full disk needs the draft's room.
      Files.deleteIfExists(draft);
      throw e;
    }
  }

  /** Whether there is a file or folder of that name; throws when the disk does not say. */
  public static boolean exists(Path file, LinkOption... links) throws IOException {
    return attributes(file, links).isPresent();
  }

  /** Whether that is a folder; throws when the disk does not say. */
  public static boolean isFolder(Path file, LinkOption... links) throws IOException {
    return attributes(file, links).filter(BasicFileAttributes::isDirectory).isPresent();
  }

  private static Optional<BasicFileAttributes> attributes(Path file, LinkOption... links)
      throws IOException {
    try {
      return Optional.of(Files.readAttributes(file, BasicFileAttributes.class, links));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * False only where the disk says that there is nothing of that name: for whoever goes on to read
   * it, and is told then why that fails.
   */
  public static boolean mayExist(Path file) {
    return !Files.notExists(file);
  }

  /** Moves a file whose bytes are durable to {@code to}, in place of what is there, at once. */
  public static void move(Path from, Path to) throws IOException {
    move(from, to, PrivateFiles::force);
  }

  static void move(Path from, Path to, Sync sync) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    sync(parent(to), sync);
    if (!parent(from).equals(parent(to))) {
      sync(parent(from), sync);
    }
  }

  /** Makes a folder and those above it that are missing; what is there keeps its mode. */
  public static void folder(Path folder) throws IOException {
    folder(folder, PrivateFiles::force);
  }

  static void folder(Path folder, Sync sync) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Path parent = parent(folder);
    folder(parent, sync);
    try {
      Files.createDirectory(folder, mode(parent, FOLDER));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) {
        throw e;
      }
    }
    sync(parent, sync);
  }

  /** An empty file, unless there is one. */
  public static void touch(Path file) throws IOException {
    try {
      Files.createFile(file, mode(parent(file), FILE));
      sync(parent(file));
    } catch (FileAlreadyExistsException e) {
      // It keeps what it holds.
    }
  }

  /** A channel; a file that it makes is its owner's, and durable after {@link #sync}. */
  public static FileChannel open(Path file, OpenOption... options) throws IOException {
    return FileChannel.open(file, Set.of(options), mode(parent(file), FILE));
  }

  /** Makes durable which names {@code folder} holds. */
  public static void sync(Path folder) throws IOException {
    sync(folder, PrivateFiles::force);
  }

  private static void sync(Path folder, Sync sync) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      sync.force(folder, channel);
    }
  }

  private static Path parent(Path file) {
    Path whole = file.toAbsolutePath();
    Path parent = whole.getParent();
    return parent == null ? whole : parent;
  }

  private static FileAttribute<?>[] mode(Path folder, String permissions) {
    return folder.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }
}
