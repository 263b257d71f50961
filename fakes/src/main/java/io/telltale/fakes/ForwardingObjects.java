package io.telltale.fakes;

import io.telltale.kernel.Bytes;
import io.telltale.objects.ObjectStore;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Objects that are those of {@link #whole}, but for what a test makes otherwise. Several are put
 * one by one, so that {@link #put} sees each.
 */
public interface ForwardingObjects extends ObjectStore {
  /** Where they are. */
  ObjectStore whole();

  @Override
  default void put(String name, ByteBuffer content) {
    whole().put(name, content);
  }

  @Override
  default Optional<Bytes> get(String name) {
    return whole().get(name);
  }

  @Override
  default boolean exists(String name) {
    return whole().exists(name);
  }

  @Override
  default void delete(String name) {
    whole().delete(name);
  }

  @Override
  default void list(String prefix, Consumer<String> each) {
    whole().list(prefix, each);
  }

  @Override
  default String finished(String name) {
    return whole().finished(name);
  }
}
