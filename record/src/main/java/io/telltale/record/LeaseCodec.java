package io.telltale.record;

import io.telltale.crypto.Cbor;
import io.telltale.crypto.CborReader;
import io.telltale.crypto.CborWriter;
import io.telltale.crypto.CoseSign1;
import io.telltale.crypto.Hpke;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import java.security.PublicKey;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** A lease announcement as bytes, signed: {@code docs/format/lease.md}. */
public final class LeaseCodec {
  private static final Statement STATEMENT =
      new Statement(LeaseAnnouncement.LABEL, LeaseAnnouncement.VERSION);
  private static final int CIPHERTEXT_SIZE = 48;

  private LeaseCodec() {}

  /** An announcement that was read, whose signature is still to be verified. */
  public record Signed(LeaseAnnouncement announcement, CoseSign1 message) {
    public boolean verify(PublicKey sealerKey) {
      return STATEMENT.verify(message, sealerKey);
    }
  }

  /** {@code signer} signs with the credential's key and returns r ‖ s. */
  public static Bytes sign(LeaseAnnouncement announcement, UnaryOperator<Bytes> signer) {
    return STATEMENT.sign(encode(announcement), signer);
  }

  /** Empty for anything but the one encoding of a signed announcement. */
  public static Optional<Signed> decode(Bytes entry) {
    return Statement.decode(entry)
        .flatMap(m -> announcement(m.payload()).map(a -> new Signed(a, m)));
  }

  /** The payload alone, without signature: for whoever keeps a verified announcement. */
  public static Bytes encode(LeaseAnnouncement lease) {
    var out = new CborWriter(1_536);
    out.map(11).integer(0).integer(LeaseAnnouncement.VERSION);
    out.integer(1).bytes(lease.id().value());
    out.integer(2).bytes(lease.sealer().instance());
    out.integer(3).text(lease.sealer().id().uri());
    out.integer(4).bytes(lease.sealer().credential().hash().value());
    out.integer(5).text(lease.epoch().scope().path());
    out.integer(6).integer(lease.epoch().day().toEpochDay());
    out.integer(7).integer(lease.epoch().version());
    out.integer(8).bytes(lease.secret().encapsulation());
    out.integer(9).bytes(lease.secret().ciphertext());
    out.integer(10).integer(lease.created().toEpochMilli());
    return out.toBytes();
  }

  /** The inverse of {@link #encode}; empty for anything else. */
  public static Optional<LeaseAnnouncement> announcement(Bytes payload) {
    return Cbor.decode(payload, LeaseCodec::read);
  }

  private static LeaseAnnouncement read(CborReader in) {
    in.map(11);
    in.key(0);
    in.integer(LeaseAnnouncement.VERSION, LeaseAnnouncement.VERSION);
    in.key(1);
    var id = new LeaseId(in.bytes(LeaseId.SIZE));
    in.key(2);
    Bytes instance = in.bytes(LeaseAnnouncement.Sealer.INSTANCE_SIZE);
    in.key(3);
    Optional<SpiffeId> name = SpiffeId.parse(in.text());
    in.require(name.isPresent());
    in.key(4);
    var credential = new Fingerprint(new Hash(in.bytes(Hash.SIZE)));
    in.key(5);
    Optional<Scope> scope = Scope.parse(in.text());
    in.require(scope.isPresent());
    in.key(6);
    LocalDate day = LocalDate.ofEpochDay(in.integer(0, 1 << 20));
    in.key(7);
    int version = (int) in.integer(1, Integer.MAX_VALUE);
    in.key(8);
    Bytes encapsulation = in.bytes(Hpke.ENCAPSULATION_SIZE);
    in.key(9);
    Bytes ciphertext = in.bytes(CIPHERTEXT_SIZE);
    in.key(10);
    Instant created = Instant.ofEpochMilli(in.integer());
    return new LeaseAnnouncement(
        id,
        new LeaseAnnouncement.Sealer(name.orElseThrow(), credential, instance),
        new Epoch(scope.orElseThrow(), day, version),
        created,
        new Hpke.Sealed(encapsulation, ciphertext));
  }
}
