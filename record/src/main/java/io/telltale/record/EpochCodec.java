package io.telltale.record;

import io.telltale.crypto.Cbor;
import io.telltale.crypto.CborReader;
import io.telltale.crypto.CborWriter;
import io.telltale.crypto.CoseSign1;
import io.telltale.crypto.Hpke;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import java.security.PublicKey;
import java.time.LocalDate;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** An epoch's public half as bytes, signed by the key service: {@code docs/format/keys.md}. */
public final class EpochCodec {
  private static final Statement STATEMENT =
      new Statement(EpochPublicKey.LABEL, EpochPublicKey.VERSION);

  private EpochCodec() {}

  /** A statement that was read, whose signature is still to be verified. */
  public record Signed(EpochPublicKey key, CoseSign1 message) {
    public boolean verify(PublicKey signer) {
      return STATEMENT.verify(message, signer);
    }
  }

  /** {@code signer} signs with the key service's key and returns r ‖ s. */
  public static Bytes sign(EpochPublicKey key, UnaryOperator<Bytes> signer) {
    return STATEMENT.sign(encode(key), signer);
  }

  /** Empty for anything but the one encoding of a signed public half. */
  public static Optional<Signed> decode(Bytes statement) {
    return Statement.decode(statement).flatMap(m -> key(m.payload()).map(k -> new Signed(k, m)));
  }

  static Bytes encode(EpochPublicKey key) {
    var out = new CborWriter(1_408);
    out.map(5).integer(0).integer(EpochPublicKey.VERSION);
    out.integer(1).text(key.epoch().scope().path());
    out.integer(2).integer(key.epoch().day().toEpochDay());
    out.integer(3).integer(key.epoch().version());
    out.integer(4).bytes(key.publicKey());
    return out.toBytes();
  }

  static Optional<EpochPublicKey> key(Bytes payload) {
    return Cbor.decode(payload, EpochCodec::read);
  }

  private static EpochPublicKey read(CborReader in) {
    in.map(5);
    in.key(0);
    in.integer(EpochPublicKey.VERSION, EpochPublicKey.VERSION);
    in.key(1);
    Optional<Scope> scope = Scope.parse(in.text());
    in.require(scope.isPresent());
    in.key(2);
    LocalDate day = LocalDate.ofEpochDay(in.integer(0, 1 << 20));
    in.key(3);
    int version = (int) in.integer(1, Integer.MAX_VALUE);
    in.key(4);
    return new EpochPublicKey(
        new Epoch(scope.orElseThrow(), day, version), in.bytes(Hpke.PUBLIC_SIZE));
  }
}
