package io.telltale.record;

import io.telltale.crypto.Cbor;
import io.telltale.crypto.CborReader;
import io.telltale.crypto.CborWriter;
import io.telltale.crypto.CoseSign1;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** A door's statement as bytes, signed: {@code docs/format/door-statement.md}. */
public final class DoorStatementCodec {
  private static final Statement STATEMENT =
      new Statement(DoorStatement.LABEL, DoorStatement.VERSION);

  private DoorStatementCodec() {}

  /** A statement that was read, whose signature is still to be verified. */
  public record Signed(DoorStatement statement, CoseSign1 message) {
    public boolean verify(PublicKey sealerKey) {
      return STATEMENT.verify(message, sealerKey);
    }
  }

  /** {@code signer} signs with the credential's key and returns r ‖ s. */
  public static Bytes sign(DoorStatement statement, UnaryOperator<Bytes> signer) {
    return STATEMENT.sign(encode(statement), signer);
  }

  /** Empty for anything but the one encoding of a signed statement. */
  public static Optional<Signed> decode(Bytes signed) {
    return Statement.decode(signed)
        .flatMap(
            message ->
                statement(message.payload()).map(statement -> new Signed(statement, message)));
  }

  static Bytes encode(DoorStatement statement) {
    var out = new CborWriter(512);
    out.map(11).integer(0).integer(DoorStatement.VERSION);
    out.integer(1).bytes(statement.run());
    out.integer(2).integer(statement.number());
    out.integer(3).bytes(statement.previous().value());
    out.integer(4).text(statement.sealer().uri());
    out.integer(5).bytes(statement.credential().hash().value());
    out.integer(6).integer(statement.made().toEpochMilli());
    integers(out.integer(7), statement.ends());
    out.integer(8).array(statement.begun().size());
    statement.begun().forEach(out::bytes);
    out.integer(9).array(statement.marks().size());
    for (DoorStatement.Mark mark : statement.marks()) {
      out.array(3).integer(mark.partition()).integer(mark.offset()).integer(mark.records());
    }
    out.integer(10).array(statement.ended().size());
    for (DoorStatement.Ended ended : statement.ended()) {
      out.array(3).bytes(ended.instance());
      integers(out, ended.records());
      integers(out, ended.ends());
    }
    return out.toBytes();
  }

  private static void integers(CborWriter out, List<Long> values) {
    out.array(values.size());
    values.forEach(out::integer);
  }

  static Optional<DoorStatement> statement(Bytes payload) {
    return Cbor.decode(payload, DoorStatementCodec::read);
  }

  private static DoorStatement read(CborReader in) {
    in.map(11);
    in.key(0);
    in.integer(DoorStatement.VERSION, DoorStatement.VERSION);
    in.key(1);
    Bytes run = in.bytes(DoorStatement.RUN_SIZE);
    in.key(2);
    long number = in.integer(1, Long.MAX_VALUE);
    in.key(3);
    var previous = new Hash(in.bytes(Hash.SIZE));
    in.require((number == 1) == previous.equals(DoorStatement.NONE));
    in.key(4);
    Optional<SpiffeId> sealer = SpiffeId.parse(in.text());
    in.require(sealer.isPresent());
    in.key(5);
    var credential = new Fingerprint(new Hash(in.bytes(Hash.SIZE)));
    in.key(6);
    Instant made = Instant.ofEpochMilli(in.integer());
    in.key(7);
    List<Long> ends = integers(in);
    in.require((number == 1) != ends.isEmpty());
    in.key(8);
    List<Bytes> begun = begun(in);
    in.key(9);
    List<DoorStatement.Mark> marks = marks(in);
    in.key(10);
    return new DoorStatement(
        run,
        number,
        previous,
        sealer.orElseThrow(),
        credential,
        made,
        ends,
        begun,
        marks,
        ended(in));
  }

  private static List<Long> integers(CborReader in) {
    int count = bounded(in, DoorStatement.PARTITIONS_MAX);
    var all = new ArrayList<Long>(count);
    for (int i = 0; i < count; i++) {
      all.add(in.integer(0, Long.MAX_VALUE));
    }
    return all;
  }

  private static int bounded(CborReader in, int max) {
    int count = in.array();
    in.require(count <= max);
    return count;
  }

  private static List<Bytes> begun(CborReader in) {
    int count = bounded(in, DoorStatement.INSTANCES_MAX);
    var all = new ArrayList<Bytes>(count);
    for (int i = 0; i < count; i++) {
      all.add(in.bytes(LeaseAnnouncement.Sealer.INSTANCE_SIZE));
    }
    return all;
  }

  private static List<DoorStatement.Mark> marks(CborReader in) {
    int count = bounded(in, DoorStatement.PARTITIONS_MAX);
    var all = new ArrayList<DoorStatement.Mark>(count);
    long before = -1;
    for (int i = 0; i < count; i++) {
      in.array(3);
      long partition = in.integer(before + 1, DoorStatement.PARTITIONS_MAX - 1);
      before = partition;
      all.add(
          new DoorStatement.Mark(
              (int) partition, in.integer(0, Long.MAX_VALUE), in.integer(0, Long.MAX_VALUE)));
    }
    return all;
  }

  private static List<DoorStatement.Ended> ended(CborReader in) {
    int count = bounded(in, DoorStatement.INSTANCES_MAX);
    var all = new ArrayList<DoorStatement.Ended>(count);
    for (int i = 0; i < count; i++) {
      in.array(3);
      Bytes instance = in.bytes(LeaseAnnouncement.Sealer.INSTANCE_SIZE);
      List<Long> records = integers(in);
      List<Long> ends = integers(in);
      in.require(records.size() == ends.size());
      all.add(new DoorStatement.Ended(instance, records, ends));
    }
    return all;
  }
}
