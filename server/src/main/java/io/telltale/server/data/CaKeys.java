package io.telltale.server.data;

import io.telltale.crypto.SecretBytes;
import io.telltale.identity.KeyWrap;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.leases.StateSeal;

/** Keeps the CA's keys under the authority's own seal. */
public final class CaKeys implements KeyWrap {
  private final StateSeal seal;

  public CaKeys(StateSeal seal) {
    this.seal = seal;
  }

  @Override
  public Bytes wrap(String purpose, SecretBytes secret) {
    return seal.seal(context(purpose), Bytes.adopt(secret.toArray()));
  }

  @Override
  public SecretBytes unwrap(String purpose, Bytes wrapped) {
    return seal.open(context(purpose), wrapped)
        .map(plain -> SecretBytes.copyOf(plain.borrow()))
        .orElseThrow(() -> new CorruptException("the CA's key for " + purpose + " does not open"));
  }

  private static String context(String purpose) {
    return "ca/" + purpose;
  }
}
