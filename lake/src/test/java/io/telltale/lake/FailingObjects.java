package io.telltale.lake;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import io.telltale.objects.ObjectStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Objects some of which the disk does not give, or does not say whether they are there. */
public record FailingObjects(ObjectStore whole, Predicate<String> fails, Predicate<String> hides)
    implements ObjectStore {
  public FailingObjects(ObjectStore whole, Predicate<String> fails) {
    this(whole, fails, _ -> false);
  }

  @Override
  public void put(String name, ByteBuffer content) {
    whole.put(name, content);
  }

  @Override
  public Optional<Bytes> get(String name) {
    if (fails.test(name)) {
      throw new UnavailableException("reading " + name, new IOException("Input/output error"));
    }
    return whole.get(name);
  }

  @Override
  public boolean exists(String name) {
    if (hides.test(name)) {
      throw new UnavailableException("looking for " + name, new IOException("Input/output error"));
    }
    return whole.exists(name);
  }

  @Override
  public void delete(String name) {
    whole.delete(name);
  }

  @Override
  public void list(String prefix, Consumer<String> each) {
    whole.list(prefix, each);
  }
}
