package io.telltale.record;

import io.telltale.crypto.Hpke;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Assurance;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.NullMarked;

/** The fixed inputs of the vectors in docs/format. */
@NullMarked
final class Samples {
  static final Scope SCOPE =
      new Scope(TenantId.DEFAULT, "plant-1", "eu", "pumps", Sensitivity.INTERNAL);
  static final Instant TIME = Instant.parse("2026-11-23T12:00:00.250Z");
  static final Bytes PAYLOAD = Bytes.utf8("{\"seq\":5}");
  static final LeaseId LEASE = new LeaseId(repeated(0xa1, 16));

  private Samples() {}

  static Bytes repeated(int value, int size) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) value);
    return Bytes.adopt(bytes);
  }

  static EpochPublicKey epochKey() {
    LocalDate day = LocalDate.ofInstant(TIME, ZoneOffset.UTC);
    return new EpochPublicKey(new Epoch(SCOPE, day, 1), repeated(0x07, 1_216));
  }

  static LeaseKeys keys() {
    return new LeaseKeys(LEASE, SecretBytes.adopt(repeated(0x5e, 32).toArray()));
  }

  static Origin origin() {
    return origin("pump-7", "telemetry@1", OptionalLong.of(5), TIME);
  }

  static Origin origin(String device, String schema, OptionalLong sequence, Instant sent) {
    return new Origin(
        new DeviceId(TenantId.DEFAULT, device),
        7,
        new Fingerprint(new Hash(repeated(0x01, 32))),
        new Fingerprint(new Hash(repeated(0x02, 32))),
        List.of("spiffe://telltale.local/default/gateway/g1"),
        "1.2.3",
        "unattested",
        SCOPE,
        "telemetry",
        schema,
        sequence,
        sent,
        TIME.plusMillis(50),
        "spiffe://telltale.local/default/service/door",
        "mqtt5:8883",
        42,
        3,
        Assurance.DOOR_ATTESTED,
        Origin.UNNAMED,
        SequenceMark.NONE);
  }

  /** As doors write it since sequences belong to an enrolment. */
  static Origin named(SequenceMark mark) {
    Origin one = origin();
    return new Origin(
        one.device(),
        one.deviceNumber(),
        one.credential(),
        one.issuer(),
        one.gatewayChain(),
        one.firmwareClaimed(),
        one.attestation(),
        one.scope(),
        one.messageType(),
        one.schema(),
        one.sequence(),
        one.sent(),
        one.received(),
        one.door(),
        one.endpoint(),
        one.feedPosition(),
        one.policyVersion(),
        one.assurance(),
        2,
        mark);
  }

  static LeaseAnnouncement announcement() {
    var sealer =
        new LeaseAnnouncement.Sealer(
            new SpiffeId("telltale.local", TenantId.DEFAULT, SpiffeId.Kind.SERVICE, "door"),
            new Fingerprint(new Hash(repeated(0x03, 32))),
            repeated(0x04, 8));
    var epoch = new Epoch(SCOPE, LocalDate.of(2026, 11, 23), 1);
    var secret = new Hpke.Sealed(repeated(0x05, Hpke.ENCAPSULATION_SIZE), repeated(0x06, 48));
    return new LeaseAnnouncement(LEASE, sealer, epoch, TIME, secret);
  }

  /** A page of docs/format without white space, so that a vector may be broken into lines. */
  static String page(String name) {
    for (String up : List.of("../docs/format", "docs/format")) {
      Path file = Path.of(up, name);
      if (Files.exists(file)) {
        try {
          return Files.readString(file).replaceAll("\\s", "");
        } catch (IOException e) {
          throw new UncheckedIOException("reading " + file, e);
        }
      }
    }
    throw new IllegalStateException("no page docs/format/" + name);
  }
}
