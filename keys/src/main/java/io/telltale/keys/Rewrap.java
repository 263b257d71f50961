package io.telltale.keys;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;

/** Moves a secret from the version it is wrapped under to the newest one; it never leaves here. */
final class Rewrap {
  private Rewrap() {}

  static WrappedSecret secret(AuthorityParts core, String key, Bytes context, WrappedSecret old) {
    return switch (core.wrapping().unwrap(key, context, old)) {
      case KeyBackend.Unwrapped.Undecryptable undecryptable ->
          throw new CorruptException("a secret under " + key + " does not open");
      case KeyBackend.Unwrapped.Refused refused ->
          throw new UnavailableException(
              "re-wrapping under %s, which is %s".formatted(key, refused.state()));
      case KeyBackend.Unwrapped.Done done -> {
        try (var secret = done.secret()) {
          yield switch (core.wrapping().wrap(key, context, secret)) {
            case Wrapping.Wrapped.Done fresh -> fresh.secret();
            case Wrapping.Wrapped.Refused refused ->
                throw new UnavailableException(
                    "re-wrapping under %s, which is %s".formatted(key, refused.state()));
          };
        }
      }
    };
  }
}
