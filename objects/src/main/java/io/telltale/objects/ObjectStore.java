package io.telltale.objects;

import io.telltale.kernel.Bytes;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Immutable named blobs. They hold ciphertext only; their keeper is trusted for availability, not
 * for confidentiality or integrity. Names are lower-case words, digits, {@code -}, {@code .} and
 * {@code /}.
 */
public interface ObjectStore {
  /** Stores the object durably or throws {@link io.telltale.kernel.UnavailableException}. */
  void put(String name, ByteBuffer content);

  /** Stores several objects, durable when this returns; some of them even when it throws. */
  default void putAll(Map<String, ByteBuffer> objects) {
    objects.forEach(this::put);
  }

  /** The object's bytes; empty when there is none of that name. */
  Optional<Bytes> get(String name);

  /** Whether there is an object of that name. */
  default boolean exists(String name) {
    return get(name).isPresent();
  }

  /** Deletes the object; no object of that name is no failure. */
  void delete(String name);

  /**
   * Calls {@code each} with the name of every object below the folder {@code prefix}, and with that
   * of whatever else is there and cannot be looked into.
   */
  void list(String prefix, Consumer<String> each);

  /**
   * The name that an object was to get which a crash left unfinished, and which is listed as {@code
   * name}; any other name as it is.
   */
  String finished(String name);
}
