package io.telltale.keys;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;

/** Names as our own databases hold them: one that does not parse is damage, not input. */
final class StoredNames {
  private StoredNames() {}

  static Scope scope(String path) {
    return Scope.parse(path)
        .orElseThrow(() -> new CorruptException("a stored scope that is none: " + path));
  }

  static SpiffeId spiffeId(String uri) {
    return SpiffeId.parse(uri)
        .orElseThrow(() -> new CorruptException("a stored SPIFFE id that is none: " + uri));
  }
}
