package io.telltale.keys;

import io.telltale.crypto.AesGcm;
import io.telltale.crypto.AesKey;
import io.telltale.crypto.Cbor;
import io.telltale.crypto.CborReader;
import io.telltale.crypto.CborWriter;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.Hkdf;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.SpiffeId;
import io.telltale.leases.StateSeal;
import java.util.Optional;

/**
 * Seals under a key of its own for each thing, derived from the service's key and a random salt:
 * state is sealed with every transaction for years, so a random nonce alone would not do.
 */
final class ServiceSeal implements StateSeal {
  private static final int FORMAT = 1;
  private static final int KEY_VERSION = 1;
  private static final int SALT_SIZE = 32;
  private static final int KEY_SIZE = 32;
  private static final byte[] NONCE = new byte[AesGcm.NONCE_SIZE];
  private static final Bytes LABEL =
      new CborWriter(32).array(2).text("telltale/state").integer(FORMAT).toBytes();

  private final SecretBytes key;
  private final Entropy entropy;

  private ServiceSeal(SecretBytes key, Entropy entropy) {
    this.key = key;
    this.entropy = entropy;
  }

  private record Sealed(Bytes salt, Bytes ciphertext) {}

  static Bytes context(SpiffeId service) {
    return new CborWriter(96)
        .array(3)
        .text("telltale/service-key")
        .text(service.uri())
        .integer(KEY_VERSION)
        .toBytes();
  }

  /** Opens the service's key, or makes it at first use. */
  static ServiceSeal open(AuthorityParts core, SpiffeId service) {
    Bytes context = context(service);
    Optional<WrappedSecret> stored = core.store().service(service.uri(), KEY_VERSION);
    if (stored.isEmpty()) {
      return create(core, service, context);
    }
    return switch (core.wrapping().unwrap(AuthorityParts.SERVICES, context, stored.get())) {
      case KeyBackend.Unwrapped.Done done -> new ServiceSeal(done.secret(), core.entropy());
      case KeyBackend.Unwrapped.Refused refused ->
          throw new CorruptException("the key of service keys is " + refused.state());
      case KeyBackend.Unwrapped.Undecryptable undecryptable ->
          throw new CorruptException("the key of " + service + " does not open");
    };
  }

  private static ServiceSeal create(AuthorityParts core, SpiffeId service, Bytes context) {
    if (core.backend().versions(AuthorityParts.SERVICES).isEmpty()) {
      core.backend().create(AuthorityParts.SERVICES);
    }
    SecretBytes fresh = core.entropy().secret(KEY_SIZE);
    return switch (core.wrapping().wrap(AuthorityParts.SERVICES, context, fresh)) {
      case Wrapping.Wrapped.Refused refused ->
          throw new CorruptException("the key of service keys is " + refused.state());
      case Wrapping.Wrapped.Done done -> {
        core.store().write(tx -> tx.service(service.uri(), KEY_VERSION, done.secret()));
        yield new ServiceSeal(fresh, core.entropy());
      }
    };
  }

  @Override
  public Bytes seal(String context, Bytes plain) {
    Bytes salt = entropy.bytes(SALT_SIZE);
    byte[] ciphertext =
        new AesGcm().seal(derive(salt), NONCE, associated(context).borrow(), plain.borrow());
    var out = new CborWriter(ciphertext.length + 64).array(4).integer(FORMAT);
    return out.integer(KEY_VERSION).bytes(salt).bytes(ciphertext).toBytes();
  }

  @Override
  public Optional<Bytes> open(String context, Bytes sealed) {
    return Cbor.decode(sealed, ServiceSeal::read)
        .flatMap(
            s ->
                new AesGcm()
                    .open(
                        derive(s.salt()),
                        NONCE,
                        associated(context).borrow(),
                        s.ciphertext().borrow())
                    .map(Bytes::adopt));
  }

  private static Sealed read(CborReader in) {
    in.array(4);
    in.integer(FORMAT, FORMAT);
    in.integer(KEY_VERSION, KEY_VERSION);
    return new Sealed(in.bytes(SALT_SIZE), in.bytes());
  }

  private AesKey derive(Bytes salt) {
    try (SecretBytes derived = Hkdf.derive(key, salt, LABEL, KEY_SIZE)) {
      return AesKey.of(derived);
    }
  }

  private static Bytes associated(String context) {
    return new CborWriter(64).array(2).text("telltale/state").text(context).toBytes();
  }
}
