package io.telltale.lake;

import io.telltale.kernel.SpiffeId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * A fresh DuckDB within this process, for SQL of our own alone, that can read exactly the files
 * handed to it. What analysts write runs in a {@link Question}.
 */
final class Sandbox implements AutoCloseable {
  private static final int THREADS = 2;

  private final OpenFiles open;
  private final DuckSession session;
  private final List<SealedFile> leased = new ArrayList<>();
  private final Map<String, String> objects = new HashMap<>();
  private final Map<String, List<MemoryFile>> files = new HashMap<>();

  private Sandbox(OpenFiles open, DuckSession session) {
    this.open = open;
    this.session = session;
  }

  static Sandbox open(OpenFiles open, int memoryMegabytes) {
    return new Sandbox(open, DuckSession.open(memoryMegabytes, THREADS));
  }

  /** False when {@code caller} may not read one of them now: then none is to be read. */
  boolean add(String table, List<SealedFile> sealed, FileVault vault, SpiffeId caller) {
    List<MemoryFile> opened = files.computeIfAbsent(table, _ -> new ArrayList<>());
    for (SealedFile file : sealed) {
      Optional<SecretKey> key = vault.key(file, caller);
      if (key.isEmpty()) {
        open.forgetIdle();
        return false;
      }
      MemoryFile memory = open.lease(file, key.get());
      opened.add(memory);
      objects.put(memory.path().toString(), file.object());
      leased.add(file);
    }
    return true;
  }

  /** For tables of our own that are to be joined; before {@link #lock}. */
  DuckSession session() {
    return session;
  }

  /** The object behind a path that this sandbox reads. */
  String objectOf(@Nullable String path) {
    return objects.getOrDefault(java.util.Objects.requireNonNullElse(path, ""), "unknown: moved");
  }

  int fileCount() {
    return leased.size();
  }

  /** Makes the views and shuts the door. */
  DuckSession lock() {
    return lock(false);
  }

  /** As {@link #lock}; {@code readings} has a column {@code filename}, for our own SQL only. */
  DuckSession lock(boolean naming) {
    var quoted = new HashMap<String, List<String>>();
    files.forEach(
        (table, opened) -> quoted.put(table, opened.stream().map(DuckSession::quoted).toList()));
    Views.statements(quoted, naming).forEach(session::run);
    session.lock(
        quoted.values().stream().flatMap(List::stream).collect(Collectors.joining(", ", "[", "]")));
    return session;
  }

  @Override
  public void close() {
    session.close();
    leased.forEach(open::release);
  }
}
