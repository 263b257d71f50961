package io.telltale.record;

import io.telltale.crypto.Cbor;
import io.telltale.crypto.CborReader;
import io.telltale.crypto.CborWriter;
import io.telltale.kernel.Assurance;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.Scope;
import io.telltale.kernel.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** An origin as bytes: {@code docs/format/record.md}. */
public final class OriginCodec {
  private static final int VERSION = 2;
  private static final int FIELDS = 21;
  private static final int FIELDS_OF_1 = 19;
  private static final int GATEWAYS_MAX = 16;
  // Every field takes its bytes from a fixed table, so a name may change and a number may not.
  private static final List<Assurance> ASSURANCES =
      List.of(
          Assurance.DOOR_ATTESTED,
          Assurance.GATEWAY_ATTESTED,
          Assurance.DEVICE_SEALED,
          Assurance.DEVICE_SIGNED);
  private static final List<SequenceMark> MARKS =
      List.of(SequenceMark.NONE, SequenceMark.FIRST, SequenceMark.JUMP, SequenceMark.LATE);

  private OriginCodec() {}

  public static Bytes encode(Origin origin) {
    var out = new CborWriter(512);
    write(origin, out);
    return out.toBytes();
  }

  private static void write(Origin origin, CborWriter out) {
    writeHead(origin, out);
    writeNumbers(origin, out);
    writeTail(origin, out);
  }

  static void writeHead(Origin origin, CborWriter out) {
    boolean named = origin.enrolment() != Origin.UNNAMED;
    out.map((named ? FIELDS : FIELDS_OF_1) + (origin.sequence().isPresent() ? 1 : 0));
    out.integer(0).integer(named ? VERSION : 1);
    out.integer(1).text(origin.device().tenant().name());
    out.integer(2).text(origin.device().name());
    out.integer(3).integer(origin.deviceNumber());
    out.integer(4).bytes(origin.credential().hash().value());
    out.integer(5).bytes(origin.issuer().hash().value());
    out.integer(6).array(origin.gatewayChain().size());
    origin.gatewayChain().forEach(out::text);
    out.integer(7).text(origin.firmwareClaimed());
    out.integer(8).text(origin.attestation());
    out.integer(9).text(origin.scope().path());
    out.integer(10).text(origin.messageType());
    out.integer(11).text(origin.schema());
  }

  /** What differs from each of a device's records to the next. */
  static void writeNumbers(Origin origin, CborWriter out) {
    if (origin.sequence().isPresent()) {
      out.integer(12).integer(origin.sequence().getAsLong());
    }
    out.integer(13).integer(origin.sent().toEpochMilli());
    out.integer(14).integer(origin.received().toEpochMilli());
  }

  static void writeTail(Origin origin, CborWriter out) {
    writeStanding(origin, out);
    writeMark(origin, out);
  }

  static void writeStanding(Origin origin, CborWriter out) {
    out.integer(15).text(origin.door());
    out.integer(16).text(origin.endpoint());
    out.integer(17).integer(origin.feedPosition());
    out.integer(18).integer(origin.policyVersion());
    out.integer(19).integer(1 + ASSURANCES.indexOf(origin.assurance()));
    if (origin.enrolment() != Origin.UNNAMED) {
      out.integer(20).integer(origin.enrolment());
    }
  }

  static void writeMark(Origin origin, CborWriter out) {
    if (origin.enrolment() != Origin.UNNAMED) {
      out.integer(21).integer(1 + MARKS.indexOf(origin.mark()));
    }
  }

  /** Empty for anything but the one encoding of an origin. */
  public static Optional<Origin> decode(Bytes bytes) {
    return Cbor.decode(bytes, OriginCodec::read);
  }

  private static Origin read(CborReader in) {
    int count = in.map();
    in.key(0);
    boolean named = in.integer(1, VERSION) == VERSION;
    int fields = named ? FIELDS : FIELDS_OF_1;
    in.require(count == fields || count == fields + 1);
    in.key(1);
    var tenant = new TenantId(in.text());
    in.key(2);
    var device = new DeviceId(tenant, in.text());
    in.key(3);
    int number = (int) in.integer(1, Integer.MAX_VALUE);
    in.key(4);
    Fingerprint credential = fingerprint(in);
    in.key(5);
    Fingerprint issuer = fingerprint(in);
    in.key(6);
    List<String> gateways = texts(in);
    in.key(7);
    String firmware = in.text();
    in.key(8);
    String attestation = in.text();
    in.key(9);
    Optional<Scope> scope = Scope.parse(in.text());
    in.require(scope.isPresent());
    in.key(10);
    String messageType = in.text();
    in.key(11);
    String schema = in.text();
    Numbers numbers = readNumbers(in, count > fields);
    in.key(15);
    String door = in.text();
    in.key(16);
    String endpoint = in.text();
    in.key(17);
    long feedPosition = in.integer();
    in.key(18);
    long policyVersion = in.integer(Integer.MIN_VALUE, Long.MAX_VALUE);
    in.key(19);
    Assurance assurance = ASSURANCES.get((int) in.integer(1, ASSURANCES.size()) - 1);
    int enrolment = Origin.UNNAMED;
    SequenceMark mark = SequenceMark.NONE;
    if (named) {
      in.key(20);
      enrolment = (int) in.integer(1, Integer.MAX_VALUE);
      in.key(21);
      mark = MARKS.get((int) in.integer(1, MARKS.size()) - 1);
    }
    return new Origin(
        device,
        number,
        credential,
        issuer,
        gateways,
        firmware,
        attestation,
        scope.orElseThrow(),
        messageType,
        schema,
        numbers.sequence(),
        numbers.sent(),
        numbers.received(),
        door,
        endpoint,
        feedPosition,
        policyVersion,
        assurance,
        enrolment,
        mark);
  }

  /** What differs between one origin of a device and the next. */
  record Numbers(OptionalLong sequence, Instant sent, Instant received) {}

  /** The inverse of {@link #writeNumbers}. */
  static Numbers readNumbers(CborReader in, boolean numbered) {
    OptionalLong sequence = OptionalLong.empty();
    if (numbered) {
      in.key(12);
      sequence = OptionalLong.of(in.integer());
    }
    in.key(13);
    Instant sent = Instant.ofEpochMilli(in.integer());
    in.key(14);
    return new Numbers(sequence, sent, Instant.ofEpochMilli(in.integer()));
  }

  private static Fingerprint fingerprint(CborReader in) {
    return new Fingerprint(new Hash(in.bytes(Hash.SIZE)));
  }

  private static List<String> texts(CborReader in) {
    int count = in.array();
    in.require(count <= GATEWAYS_MAX);
    var texts = new ArrayList<String>(count);
    for (int i = 0; i < count; i++) {
      texts.add(in.text());
    }
    return texts;
  }
}
