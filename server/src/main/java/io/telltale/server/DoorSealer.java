package io.telltale.server;

import io.telltale.identity.ServiceIdentity;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import io.telltale.leases.SealerIdentity;
import java.security.cert.X509Certificate;
import java.time.Instant;

/** The door's identity in the words of who seals. */
record DoorSealer(ServiceIdentity door) implements SealerIdentity {
  @Override
  public SpiffeId id() {
    return door.id();
  }

  @Override
  public Fingerprint credential() {
    return door.credential();
  }

  @Override
  public boolean isGoodAt(Instant time) {
    X509Certificate leaf = door.chain().getFirst();
    return !time.isBefore(leaf.getNotBefore().toInstant())
        && time.isBefore(leaf.getNotAfter().toInstant());
  }

  @Override
  public Bytes sign(Bytes toBeSigned) {
    return door.sign(toBeSigned);
  }
}
