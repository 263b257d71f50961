package io.telltale.engine;

import io.telltale.kernel.UnavailableException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A file that exists in memory only, reachable by a path of this process: the only place where
 * DuckDB meets plaintext. Where the system has no such thing it is a file in a private temporary
 * folder, and the log says so once.
 */
public final class MemoryFile implements AutoCloseable {
  private static final Logger LOG = System.getLogger(MemoryFile.class.getName());
  private static final AtomicBoolean WARNED = new AtomicBoolean();
  private static final int NO_DESCRIPTOR = -1;
  private static final int BUFFER_BYTES = 64 << 10;

  private final Path path;
  private final int descriptor;
  private final AtomicBoolean closed = new AtomicBoolean();

  private MemoryFile(Path path, int descriptor) {
    this.path = path;
    this.descriptor = descriptor;
  }

  public static MemoryFile create() {
    return LinuxMemory.available()
        .map(memory -> anonymous(memory.create()))
        .orElseGet(MemoryFile::temporary);
  }

  /** What fills a file. */
  @FunctionalInterface
  public interface Filler {
    void fill(MemoryFile file) throws IOException;
  }

  /**
   * One that {@code filler} fills; closed when that fails, by an error, too, for it is tried again.
   */
  public static MemoryFile filled(Filler filler) throws IOException {
    MemoryFile memory = create();
    boolean filled = false;
    try {
      filler.fill(memory);
      filled = true;
      return memory;
    } finally {
      if (!filled) {
        memory.close();
      }
    }
  }

  private static MemoryFile anonymous(int descriptor) {
    return new MemoryFile(Path.of("/proc/self/fd/" + descriptor), descriptor);
  }

  static MemoryFile temporary() {
    if (WARNED.compareAndSet(false, true)) {
      LOG.log(Level.WARNING, "lake.plaintext_on_disk reason=no-memory-files");
    }
    try {
      Path folder =
          Files.createTempDirectory(
              "telltale",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      folder.toFile().deleteOnExit();
      Path file = Files.createFile(folder.resolve("lake"));
      file.toFile().deleteOnExit();
      return new MemoryFile(file, NO_DESCRIPTOR);
    } catch (IOException e) {
      throw new UnavailableException("making a temporary file", e);
    }
  }

  /** Where DuckDB finds it, within this process only. */
  public Path path() {
    return path;
  }

  public long size() {
    try (FileChannel channel = open(StandardOpenOption.READ)) {
      return channel.size();
    } catch (IOException e) {
      throw new UnavailableException("measuring a memory file", e);
    }
  }

  public FileChannel open(StandardOpenOption... options) {
    try {
      return FileChannel.open(path, options);
    } catch (IOException e) {
      throw new UnavailableException("opening a memory file", e);
    }
  }

  /** Writes from its beginning on. */
  public OutputStream output() {
    return new BufferedOutputStream(
        Channels.newOutputStream(open(StandardOpenOption.WRITE)), BUFFER_BYTES);
  }

  /** Makes it read-only for good; every channel that writes must be closed before. */
  public MemoryFile sealWrites() {
    if (descriptor == NO_DESCRIPTOR) {
      if (!path.toFile().setReadOnly()) {
        throw new UnavailableException("making a temporary file read-only");
      }
    } else {
      LinuxMemory.available().orElseThrow().seal(descriptor);
    }
    return this;
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    if (descriptor != NO_DESCRIPTOR) {
      LinuxMemory.available().orElseThrow().close(descriptor);
      return;
    }
    try {
      Files.deleteIfExists(path);
      Path folder = path.getParent();
      if (folder != null) {
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      throw new UnavailableException("deleting a temporary file", e);
    }
  }
}
