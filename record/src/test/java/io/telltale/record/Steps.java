package io.telltale.record;

import io.telltale.crypto.AesGcm;
import io.telltale.crypto.AesKey;
import io.telltale.crypto.CborWriter;
import io.telltale.crypto.CoseEncrypt0;
import io.telltale.crypto.CoseHeaders;
import io.telltale.kernel.Bytes;
import java.nio.ByteBuffer;
import org.jspecify.annotations.NullMarked;

/**
 * Seals as {@code docs/format/record.md} has it, by the general COSE writer that published vectors
 * hold: what {@link RecordCodec#seal} has to give, and records of version 1, which only such a
 * writer makes now.
 */
@NullMarked
final class Steps {
  private final AesGcm payloads = new AesGcm();
  private final AesGcm records = new AesGcm();

  Bytes sealPayload(LeaseKeys.ForPayloads keys, long counter, Origin origin, Bytes payload) {
    var external = new CborWriter(192).array(7).text("telltale/payload").integer(1);
    external.text(origin.device().tenant().name()).text(origin.device().name());
    external.text(origin.schema());
    origin.sequence().ifPresentOrElse(external::integer, external::nothing);
    external.integer(origin.sent().toEpochMilli());
    var content = new Content(Samples.LEASE.value(), payload, external.toBytes());
    return seal(payloads, keys.key(), counter, content);
  }

  Bytes sealRecordOf1(
      LeaseKeys.ForRecords keys, int partition, long counter, RecordCodec.Parts parts) {
    return seal(records, keys.key(), counter, content(1, partition, parts));
  }

  Bytes sealRecord(
      LeaseKeys.ForRecords keys, int partition, long counter, RecordCodec.Parts parts) {
    return seal(records, keys.key(), counter, content(2, partition, parts));
  }

  private static Content content(int version, int partition, RecordCodec.Parts parts) {
    var plain = new CborWriter(1_024).array(5).integer(version);
    plain.bytes(parts.originSalt()).bytes(parts.payloadSalt());
    plain.bytes(parts.origin()).bytes(parts.content());
    var external = new CborWriter(32).array(3).text("telltale/record").integer(version);
    Bytes keyId = version == 1 ? Samples.LEASE.value() : Bytes.ofHex(Samples.LEASE.hex() + "02");
    return new Content(keyId, plain.toBytes(), external.integer(partition).toBytes());
  }

  private record Content(Bytes keyId, Bytes plain, Bytes external) {}

  private static Bytes seal(AesGcm cipher, AesKey key, long counter, Content content) {
    byte[] nonce = ByteBuffer.allocate(12).putInt(0).putLong(counter).array();
    Bytes bucket =
        CoseHeaders.algorithm(CoseEncrypt0.A256GCM).withKeyId(content.keyId()).protectedBytes();
    byte[] associated = CoseEncrypt0.associated(bucket, content.external());
    byte[] ciphertext = cipher.seal(key, nonce, associated, content.plain().borrow());
    return encode(bucket, nonce, ciphertext);
  }

  /** The tagged message. */
  static Bytes encode(Bytes bucket, byte[] nonce, byte[] ciphertext) {
    var out = new CborWriter(CoseEncrypt0.encodedSize(bucket, ciphertext.length));
    CoseEncrypt0.writeHead(out, bucket, nonce, ciphertext.length);
    return out.raw(ciphertext).toBytes();
  }
}
