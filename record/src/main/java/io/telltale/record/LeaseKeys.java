package io.telltale.record;

import io.telltale.crypto.AesKey;
import io.telltale.crypto.CborWriter;
import io.telltale.crypto.CoseEncrypt0;
import io.telltale.crypto.CoseHeaders;
import io.telltale.crypto.Hkdf;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import java.util.Arrays;

/**
 * The keys that follow from a lease's secret: one per partition for records, one per device for
 * payloads. Keeps its own copy of the secret until closed.
 */
public final class LeaseKeys implements AutoCloseable {
  public static final int SECRET_SIZE = 32;

  private final LeaseId id;
  private final SecretBytes secret;
  private final Bytes bucket;
  private final Bytes bucketOf1;

  public LeaseKeys(LeaseId id, SecretBytes secret) {
    if (secret.size() != SECRET_SIZE) {
      throw new IllegalArgumentException("a lease's secret has 32 bytes, not " + secret.size());
    }
    this.id = id;
    this.secret = secret.copy();
    this.bucketOf1 = bucket(id.value());
    byte[] keyId = Arrays.copyOf(id.value().borrow(), LeaseId.SIZE + 1);
    keyId[LeaseId.SIZE] = RecordCodec.VERSION;
    this.bucket = bucket(Bytes.adopt(keyId));
  }

  private static Bytes bucket(Bytes keyId) {
    return CoseHeaders.algorithm(CoseEncrypt0.A256GCM).withKeyId(keyId).protectedBytes();
  }

  /**
   * Seals records of one partition and version. Holds what does not change from record to record.
   *
   * @param bucket the protected headers
   * @param associated the whole Enc_structure
   */
  public record ForRecords(AesKey key, Bytes bucket, Bytes associated) {}

  /** Opens payloads of one device, which are sealed by themselves in version 1. */
  public record ForPayloads(AesKey key, Bytes bucket) {}

  /** What records are sealed with. */
  public ForRecords forRecords(int partition) {
    return forRecords(partition, RecordCodec.VERSION);
  }

  /** The same for records of version 1. */
  public ForRecords forRecordsOf1(int partition) {
    return forRecords(partition, RecordCodec.VERSION_1);
  }

  private ForRecords forRecords(int partition, int version) {
    Bytes headers = version == RecordCodec.VERSION_1 ? bucketOf1 : bucket;
    var info = new CborWriter(48).array(4).text(RecordCodec.RECORD_LABEL);
    info.integer(version).bytes(id.value()).integer(partition);
    var external = new CborWriter(32).array(3).text(RecordCodec.RECORD_LABEL);
    external.integer(version).integer(partition);
    byte[] associated = CoseEncrypt0.associated(headers, external.toBytes());
    return new ForRecords(derive(info.toBytes()), headers, Bytes.adopt(associated));
  }

  public ForPayloads forPayloads(DeviceId device) {
    var info = new CborWriter(128).array(5).text(RecordCodec.PAYLOAD_LABEL);
    info.integer(RecordCodec.VERSION_1).bytes(id.value());
    info.text(device.tenant().name()).text(device.name());
    return new ForPayloads(derive(info.toBytes()), bucketOf1);
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
