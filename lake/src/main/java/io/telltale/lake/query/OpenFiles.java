package io.telltale.lake.query;

import io.telltale.engine.MemoryFile;
import io.telltale.kernel.Bytes;
import io.telltale.lake.seal.FileVault;
import io.telltale.lake.seal.SealedFile;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.SecretKey;

/** Opened files in memory, shared by questions, with a bound on what stays when nobody asks. */
final class OpenFiles implements AutoCloseable {
  private final FileVault vault;
  private final long idleBytesMax;
  private final Map<Bytes, Entry> byId = new LinkedHashMap<>(64, 0.75f, true);
  private long bytes;

  private static final class Entry {
    private final MemoryFile memory;
    private final long size;
    private int users;

    Entry(MemoryFile memory, long size) {
      this.memory = memory;
      this.size = size;
    }
  }

  OpenFiles(FileVault vault, long idleBytesMax) {
    this.vault = vault;
    this.idleBytesMax = idleBytesMax;
  }

  /** The file in memory until {@link #release}; the caller has just been given {@code key}. */
  synchronized MemoryFile lease(SealedFile file, SecretKey key) {
    Entry entry = byId.get(file.id());
    if (entry == null) {
      entry = new Entry(vault.open(file, key), file.plainBytes());
      byId.put(file.id(), entry);
      bytes += entry.size;
    }
    entry.users++;
    return entry.memory;
  }

  synchronized void release(SealedFile file) {
    Entry entry = byId.get(file.id());
    if (entry == null || entry.users == 0) {
      throw new IllegalStateException("a file released more often than it was leased");
    }
    entry.users--;
    drop(idleBytesMax);
  }

  private void drop(long bytesMax) {
    Iterator<Entry> eldest = byId.values().iterator();
    while (bytes > bytesMax && eldest.hasNext()) {
      Entry entry = eldest.next();
      if (entry.users == 0) {
        bytes -= entry.size;
        entry.memory.close();
        eldest.remove();
      }
    }
  }

  /** Forgets every file that nobody reads now: after a key was disabled or destroyed. */
  synchronized void forgetIdle() {
    drop(0);
  }

  @Override
  public void close() {
    forgetIdle();
  }
}
