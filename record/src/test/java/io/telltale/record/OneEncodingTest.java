package io.telltale.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.CborWriter;
import io.telltale.crypto.CoseHeaders;
import io.telltale.crypto.EcdsaP256;
import io.telltale.kernel.Bytes;
import java.security.KeyPair;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** Nothing is read but what our own writers write; mutants of the readers showed each case. */
@NullMarked
class OneEncodingTest {
  private final RecordCodec codec = new RecordCodec();
  private final Steps steps = new Steps();
  private final LeaseKeys keys = Samples.keys();

  @Test
  void a_counter_of_any_size_comes_back() {
    var parts = new RecordCodec.Parts(salt(), salt(), Samples.PAYLOAD, Samples.PAYLOAD);
    for (long counter : List.of(0L, 1L, 255L, 256L, 65_536L, 1L << 40, Long.MAX_VALUE)) {
      Bytes record = steps.sealRecord(keys.forRecords(3), 3, counter, parts);
      RecordCodec.SealedRecord sealed = RecordCodec.decode(record).orElseThrow();
      assertThat(sealed.counter()).isEqualTo(counter);
      assertThat(codec.openRecord(keys.forRecords(3), sealed)).contains(parts);
      Bytes first = steps.sealRecordOf1(keys.forRecordsOf1(3), 3, counter, parts);
      sealed = RecordCodec.decode(first).orElseThrow();
      assertThat(sealed.counter()).isEqualTo(counter);
      assertThat(codec.openRecord(keys.forRecordsOf1(3), sealed)).contains(parts);
    }
  }

  private static Bytes salt() {
    return Samples.repeated(7, RecordCodec.SALT_SIZE);
  }

  @Test
  void a_record_with_more_in_its_protected_header_is_none() {
    byte[] nonce = new byte[12];
    for (LeaseKeys.ForRecords of : List.of(keys.forRecordsOf1(3), keys.forRecords(3))) {
      Bytes bucket = of.bucket();
      assertThat(RecordCodec.decode(Steps.encode(bucket, nonce, new byte[32]))).isPresent();
      byte[] longer = Arrays.copyOf(bucket.borrow(), bucket.size() + 1);
      assertThat(RecordCodec.decode(Steps.encode(Bytes.adopt(longer), nonce, new byte[32])))
          .isEmpty();
    }
  }

  @Test
  void a_record_of_a_version_that_is_to_come_is_none() {
    byte[] bucket = keys.forRecords(3).bucket().toArray();
    for (int version = 0; version < 256; version++) {
      bucket[bucket.length - 1] = (byte) version;
      Bytes record = Steps.encode(Bytes.adopt(bucket.clone()), new byte[12], new byte[32]);
      assertThat(RecordCodec.decode(record).isPresent()).isEqualTo(version == 2);
    }
  }

  @Test
  void an_origin_has_at_most_16_gateways() {
    assertThat(OriginCodec.decode(OriginCodec.encode(behind(16)))).contains(behind(16));
    assertThat(OriginCodec.decode(OriginCodec.encode(behind(17)))).isEmpty();
  }

  private static Origin behind(int gateways) {
    Origin one = Samples.origin();
    return new Origin(
        one.device(),
        one.deviceNumber(),
        one.credential(),
        one.issuer(),
        Collections.nCopies(gateways, one.gatewayChain().getFirst()),
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
        one.enrolment(),
        one.mark());
  }

  @Test
  void an_announcement_with_other_headers_is_none() {
    KeyPair pair = EcdsaP256.generate();
    Bytes good = LeaseCodec.sign(Samples.announcement(), m -> EcdsaP256.sign(pair.getPrivate(), m));
    assertThat(LeaseCodec.decode(good)).isPresent();
    CoseHeaders es256 = CoseHeaders.algorithm(-7);
    Bytes kid = Bytes.utf8("x");
    assertThat(LeaseCodec.decode(message(es256, CoseHeaders.NONE))).isPresent();
    assertThat(LeaseCodec.decode(message(es256.withKeyId(kid), CoseHeaders.NONE))).isEmpty();
    assertThat(LeaseCodec.decode(message(es256, CoseHeaders.NONE.withKeyId(kid)))).isEmpty();
  }

  /** A COSE_Sign1 around the sample; nothing here looks at the signature. */
  private static Bytes message(CoseHeaders signed, CoseHeaders unsigned) {
    var out = new CborWriter(2_048).tag(18).array(4).bytes(encoded(signed));
    out.raw(encoded(unsigned).toArray()).bytes(LeaseCodec.encode(Samples.announcement()));
    return out.bytes(new byte[64]).toBytes();
  }

  private static Bytes encoded(CoseHeaders headers) {
    var out = new CborWriter(32);
    int count = (headers.algorithm().isPresent() ? 1 : 0) + (headers.keyId().isPresent() ? 1 : 0);
    out.map(count);
    headers.algorithm().ifPresent(algorithm -> out.integer(1).integer(algorithm));
    headers.keyId().ifPresent(id -> out.integer(4).bytes(id));
    return out.toBytes();
  }
}
