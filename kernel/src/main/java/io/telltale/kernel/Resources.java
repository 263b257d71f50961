package io.telltale.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Files that ship inside a module's jar. */
public final class Resources {
  private Resources() {}

  /** The file {@code name} that lies beside the class {@code owner}. */
  public static Bytes bytes(Class<?> owner, String name) {
    try (InputStream in = owner.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks " + name);
      }
      return Bytes.adopt(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + name + " from the jar", e);
    }
  }
}
