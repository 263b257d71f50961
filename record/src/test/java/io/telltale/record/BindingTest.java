package io.telltale.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import java.security.KeyPair;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** KM-1: moved to another device, schema, sequence, time, partition or lease, nothing opens. */
@NullMarked
class BindingTest {
  private final RecordCodec codec = new RecordCodec();
  private final Steps steps = new Steps();
  private final LeaseKeys keys = Samples.keys();
  private final LeaseKeys.ForPayloads device = keys.forPayloads(Samples.origin().device());

  @Test
  void a_payload_opens_for_its_own_origin_only() {
    Bytes sealed = steps.sealPayload(device, 0, Samples.origin(), Samples.PAYLOAD);
    assertThat(codec.openPayload(device, Samples.origin(), sealed)).isPresent();
    OptionalLong five = OptionalLong.of(5);
    for (Origin other :
        List.of(
            Samples.origin("pump-8", "telemetry@1", five, Samples.TIME),
            Samples.origin("pump-7", "telemetry@2", five, Samples.TIME),
            Samples.origin("pump-7", "telemetry@1", OptionalLong.of(6), Samples.TIME),
            Samples.origin("pump-7", "telemetry@1", OptionalLong.empty(), Samples.TIME),
            Samples.origin("pump-7", "telemetry@1", five, Samples.TIME.plusMillis(1)))) {
      assertThat(codec.openPayload(device, other, sealed)).as(other.toString()).isEmpty();
      LeaseKeys.ForPayloads its = keys.forPayloads(other.device());
      assertThat(codec.openPayload(its, other, sealed)).as(other.toString()).isEmpty();
    }
    var elsewhere = new DeviceId(new TenantId("other"), "pump-7");
    assertThat(codec.openPayload(keys.forPayloads(elsewhere), Samples.origin(), sealed)).isEmpty();
  }

  // KM-10
  @Test
  void another_leases_keys_open_nothing() {
    Bytes payload = steps.sealPayload(device, 0, Samples.origin(), Samples.PAYLOAD);
    RecordCodec.SealedRecord first = read(sealedOf1(payload));
    RecordCodec.SealedRecord second = read(sealed());
    assertThat(codec.openRecord(keys.forRecordsOf1(3), first)).isPresent();
    assertThat(codec.openRecord(keys.forRecordsOf1(4), first)).isEmpty();
    assertThat(codec.openRecord(keys.forRecords(3), second)).isPresent();
    assertThat(codec.openRecord(keys.forRecords(4), second)).isEmpty();
    var sameSecret = new LeaseKeys(new LeaseId(Samples.repeated(0xa2, 16)), secret(0x5e));
    var sameId = new LeaseKeys(Samples.LEASE, secret(0x5f));
    for (LeaseKeys other : List.of(sameSecret, sameId)) {
      assertThat(codec.openRecord(other.forRecordsOf1(3), first)).isEmpty();
      assertThat(codec.openRecord(other.forRecords(3), second)).isEmpty();
      assertThat(
              codec.openPayload(
                  other.forPayloads(Samples.origin().device()), Samples.origin(), payload))
          .isEmpty();
    }
  }

  @Test
  void a_record_opens_as_no_other_version() {
    assertThat(codec.openRecord(keys.forRecords(3), read(sealedOf1()))).isEmpty();
    assertThat(codec.openRecord(keys.forRecordsOf1(3), read(sealed()))).isEmpty();
  }

  private Bytes sealed() {
    return steps.sealRecord(keys.forRecords(3), 3, 0, parts(Samples.PAYLOAD));
  }

  private Bytes sealedOf1() {
    return sealedOf1(steps.sealPayload(device, 0, Samples.origin(), Samples.PAYLOAD));
  }

  private Bytes sealedOf1(Bytes payload) {
    return steps.sealRecordOf1(keys.forRecordsOf1(3), 3, 0, parts(payload));
  }

  private static RecordCodec.SealedRecord read(Bytes record) {
    return RecordCodec.decode(record).orElseThrow();
  }

  @Test
  void no_bit_of_a_record_can_change() {
    for (Bytes record : List.of(sealedOf1(), sealed())) {
      for (int bit = 0; bit < record.size() * 8; bit++) {
        byte[] altered = record.toArray();
        altered[bit / 8] ^= (byte) (1 << (bit % 8));
        boolean opens =
            RecordCodec.decode(Bytes.adopt(altered))
                .filter(read -> read.lease().equals(Samples.LEASE))
                .flatMap(read -> codec.openRecord(ofVersion(read), read))
                .isPresent();
        assertThat(opens).as("bit " + bit).isFalse();
      }
    }
  }

  private LeaseKeys.ForRecords ofVersion(RecordCodec.SealedRecord read) {
    return read.isTwofold() ? keys.forRecordsOf1(3) : keys.forRecords(3);
  }

  @Test
  void no_bit_of_an_announcement_can_change() {
    KeyPair pair = EcdsaP256.generate();
    Bytes signed =
        LeaseCodec.sign(Samples.announcement(), bytes -> EcdsaP256.sign(pair.getPrivate(), bytes));
    assertThat(LeaseCodec.decode(signed).orElseThrow().verify(pair.getPublic())).isTrue();
    assertThat(EntryKind.of(signed)).isEqualTo(EntryKind.ANNOUNCEMENT);
    for (int bit = 0; bit < signed.size() * 8; bit += 3) {
      byte[] altered = signed.toArray();
      altered[bit / 8] ^= (byte) (1 << (bit % 8));
      boolean holds =
          LeaseCodec.decode(Bytes.adopt(altered))
              .filter(lease -> lease.verify(pair.getPublic()))
              .isPresent();
      assertThat(holds).as("bit " + bit).isFalse();
    }
  }

  private static RecordCodec.Parts parts(Bytes content) {
    return new RecordCodec.Parts(
        Samples.repeated(0x11, 32),
        Samples.repeated(0x22, 32),
        OriginCodec.encode(Samples.origin()),
        content);
  }

  private static SecretBytes secret(int value) {
    return SecretBytes.adopt(Samples.repeated(value, 32).toArray());
  }
}
