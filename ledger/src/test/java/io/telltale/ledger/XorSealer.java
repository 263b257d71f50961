package io.telltale.ledger;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import java.util.Arrays;
import java.util.Optional;

/** Seals bodies well enough for a test to see that they are sealed, bound and erasable. */
final class XorSealer implements BodySealer {
  volatile boolean unavailable;
  volatile boolean destroyed;

  @Override
  public Bytes seal(TenantId tenant, Bytes context, Bytes body) {
    if (unavailable) {
      throw new UnavailableException("sealing for " + tenant);
    }
    byte[] sealed = Arrays.copyOf(mask(context, body.borrow()), body.size() + 4);
    byte[] check = Hash.sha256(context).value().borrow();
    System.arraycopy(check, 0, sealed, body.size(), 4);
    return Bytes.adopt(sealed);
  }

  @Override
  public Optional<Bytes> open(TenantId tenant, Bytes context, Bytes sealed) {
    int size = sealed.size() - 4;
    if (destroyed
        || size < 0
        || !sealed.slice(size, size + 4).equals(Hash.sha256(context).value().slice(0, 4))) {
      return Optional.empty();
    }
    return Optional.of(Bytes.adopt(mask(context, sealed.slice(0, size).borrow())));
  }

  @Override
  public boolean erased(TenantId tenant) {
    return destroyed;
  }

  private static byte[] mask(Bytes context, byte[] bytes) {
    byte[] pad = Hash.sha256(context).value().borrow();
    byte[] masked = bytes.clone();
    for (int i = 0; i < masked.length; i++) {
      masked[i] ^= pad[i % pad.length];
    }
    return masked;
  }
}
