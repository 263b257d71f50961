package io.telltale.record;

import io.telltale.crypto.AesKey;
import io.telltale.crypto.CborWriter;
import io.telltale.crypto.CoseEncrypt0;
import io.telltale.crypto.CoseHeaders;
import io.telltale.crypto.Hkdf;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;

/**
 * The keys that follow from a lease's secret: one per partition for records, one per device for
 * payloads. Keeps its own copy of the secret until closed.
 */
public final class LeaseKeys implements AutoCloseable {
  public static final int SECRET_SIZE = 32;

  private final LeaseId id;
  private final SecretBytes secret;
  private final Bytes bucket;

  public LeaseKeys(LeaseId id, SecretBytes secret) {
    if (secret.size() != SECRET_SIZE) {
      throw new IllegalArgumentException("a lease's secret has 32 bytes, not " + secret.size());
    }
    this.id = id;
    this.secret = secret.copy();
    this.bucket =
        CoseHeaders.algorithm(CoseEncrypt0.A256GCM).withKeyId(id.value()).protectedBytes();
  }

  /**
   * Seals records of one partition. Holds what does not change from record to record.
   *
   * @param bucket the protected headers
   * @param associated the whole Enc_structure
   */
  public record ForRecords(AesKey key, Bytes bucket, Bytes associated) {}

  /** Seals payloads of one device. */
  public record ForPayloads(AesKey key, Bytes bucket) {}

  public ForRecords forRecords(int partition) {
    var info = new CborWriter(48).array(4).text(RecordCodec.RECORD_LABEL);
    info.integer(RecordCodec.VERSION).bytes(id.value()).integer(partition);
    var external = new CborWriter(32).array(3).text(RecordCodec.RECORD_LABEL);
    external.integer(RecordCodec.VERSION).integer(partition);
    byte[] associated = CoseEncrypt0.associated(bucket, external.toBytes());
    return new ForRecords(derive(info.toBytes()), bucket, Bytes.adopt(associated));
  }

  public ForPayloads forPayloads(DeviceId device) {
    var info = new CborWriter(128).array(5).text(RecordCodec.PAYLOAD_LABEL);
    info.integer(RecordCodec.VERSION).bytes(id.value());
    info.text(device.tenant().name()).text(device.name());
    return new ForPayloads(derive(info.toBytes()), bucket);
  }

  private AesKey derive(Bytes info) {
    try (SecretBytes key = Hkdf.derive(secret, Bytes.EMPTY, info, 32)) {
      return AesKey.of(key);
    }
  }

  @Override
  public void close() {
    secret.close();
  }
}
