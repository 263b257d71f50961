package io.telltale.lake;

import io.telltale.fakes.ForwardingObjects;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import io.telltale.objects.ObjectStore;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Predicate;

/** Objects some of which the disk does not give, or does not say whether they are there. */
public record FailingObjects(ObjectStore whole, Predicate<String> fails, Predicate<String> hides)
    implements ForwardingObjects {
  public FailingObjects(ObjectStore whole, Predicate<String> fails) {
    this(whole, fails, _ -> false);
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
}
