package io.telltale.leases;

import io.telltale.crypto.AesGcm;
import io.telltale.crypto.AesKey;
import io.telltale.crypto.CborWriter;
import io.telltale.crypto.CoseEncrypt0;
import io.telltale.kernel.Bytes;
import io.telltale.record.LeaseKeys;
import io.telltale.record.Origin;
import io.telltale.record.OriginCodec;
import java.nio.ByteBuffer;
import org.jspecify.annotations.NullMarked;

/** Makes records as doors did before version 2: the payload sealed, and then the record. */
@NullMarked
final class RecordsOf1 {
  private final LeaseKeys keys;
  private final LeaseKeys.ForRecords records;
  private final int partition;

  RecordsOf1(LeaseKeys keys, int partition) {
    this.keys = keys;
    this.records = keys.forRecordsOf1(partition);
    this.partition = partition;
  }

  Bytes seal(long counter, Origin origin, Bytes payload) {
    var bound = new CborWriter(192).array(7).text("telltale/payload").integer(1);
    bound.text(origin.device().tenant().name()).text(origin.device().name());
    bound.text(origin.schema());
    origin.sequence().ifPresentOrElse(bound::integer, bound::nothing);
    bound.integer(origin.sent().toEpochMilli());
    AesKey key = keys.forPayloads(origin.device()).key();
    Bytes sealed = seal(key, counter, bound, payload);
    var plain = new CborWriter(1_024).array(5).integer(1);
    plain.bytes(new byte[32]).bytes(new byte[32]);
    plain.bytes(OriginCodec.encode(origin)).bytes(sealed);
    var external = new CborWriter(32).array(3).text("telltale/record").integer(1);
    return seal(records.key(), counter, external.integer(partition), plain.toBytes());
  }

  private Bytes seal(AesKey key, long counter, CborWriter external, Bytes plain) {
    byte[] nonce = ByteBuffer.allocate(12).putInt(0).putLong(counter).array();
    byte[] associated = CoseEncrypt0.associated(records.bucket(), external.toBytes());
    byte[] ciphertext = new AesGcm().seal(key, nonce, associated, plain.borrow());
    var out = new CborWriter(512);
    CoseEncrypt0.writeHead(out, records.bucket(), nonce, ciphertext.length);
    return out.raw(ciphertext).toBytes();
  }
}
