package io.telltale.record;

import io.telltale.crypto.AesGcm;
import io.telltale.crypto.Cbor;
import io.telltale.crypto.CborReader;
import io.telltale.crypto.CborWriter;
import io.telltale.crypto.CoseEncrypt0;
import io.telltale.kernel.Bytes;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Seals and opens payloads and records: {@code docs/format/record.md}. Keeps ciphers, so it is not
 * thread-safe: one per owner. Counters are the caller's: none may be used twice under one key.
 */
public final class RecordCodec {
  public static final int SALT_SIZE = 32;
  static final int VERSION = 1;
  static final String RECORD_LABEL = "telltale/record";
  static final String PAYLOAD_LABEL = "telltale/payload";
  private static final int KEY_ID_AT = 5;
  private static final int BUCKET_SIZE = KEY_ID_AT + LeaseId.SIZE;
  private static final byte[] BUCKET_HEAD = {(byte) 0xa2, 1, 3, 4, 0x50};

  // One each, so that the record key's schedule survives from record to record.
  private final AesGcm payloads = new AesGcm();
  private final AesGcm records = new AesGcm();
  private final CborWriter originBytes = new CborWriter(512);
  private final CborWriter binding = new CborWriter(192);
  private final CborWriter associated = new CborWriter(256);
  private final CborWriter plain = new CborWriter(1_024);

  /**
   * A record in the clear but for its payload.
   *
   * @param origin as {@link OriginCodec} writes it
   * @param originSalt what the origin's commitment is keyed with
   * @param payloadSalt what the payload's commitment is keyed with, independent of the other
   */
  public record Parts(Bytes originSalt, Bytes payloadSalt, Bytes origin, Bytes sealedPayload) {}

  /** A sealed record that was read but not yet opened. */
  public record SealedRecord(LeaseId lease, long counter, Bytes nonce, Bytes ciphertext) {}

  /**
   * What one record is sealed with.
   *
   * @param payloadCounter under the payload's key
   * @param recordCounter under the record's key
   * @param salts twice {@link #SALT_SIZE} bytes: the origin's salt, then the payload's
   */
  public record Means(
      LeaseKeys.ForPayloads payloadKeys,
      long payloadCounter,
      LeaseKeys.ForRecords recordKeys,
      long recordCounter,
      Bytes salts) {}

  /**
   * Seals {@code payload}, bound to the origin's device, schema, sequence and sending time, and
   * then the whole record, with nothing copied in between.
   */
  public Bytes seal(Means means, Origin origin, Bytes payload) {
    Bytes bucket = means.payloadKeys().bucket();
    int sealedSize = payload.size() + AesGcm.TAG_SIZE;
    OriginCodec.write(origin, originBytes.clear());
    bind(origin, binding.clear());
    CoseEncrypt0.writeAssociated(associated.clear(), bucket, binding);

    plain.clear().array(5).integer(VERSION);
    plain.bytesHead(SALT_SIZE).raw(means.salts(), 0, SALT_SIZE);
    plain.bytesHead(SALT_SIZE).raw(means.salts(), SALT_SIZE, SALT_SIZE);
    plain.bytes(originBytes).bytesHead(CoseEncrypt0.encodedSize(bucket, sealedSize));
    byte[] nonce = nonce(means.payloadCounter());
    CoseEncrypt0.writeHead(plain, bucket, nonce, sealedSize);
    payloads.seal(
        means.payloadKeys().key(),
        nonce,
        new AesGcm.Passage(
            associated.written(), ByteBuffer.wrap(payload.borrow()), plain.claim(sealedSize)));

    LeaseKeys.ForRecords keys = means.recordKeys();
    int recordSize = plain.size() + AesGcm.TAG_SIZE;
    var record = new CborWriter(CoseEncrypt0.encodedSize(keys.bucket(), recordSize));
    nonce = nonce(means.recordCounter());
    CoseEncrypt0.writeHead(record, keys.bucket(), nonce, recordSize);
    records.seal(
        keys.key(),
        nonce,
        new AesGcm.Passage(
            ByteBuffer.wrap(keys.associated().borrow()),
            plain.written(),
            record.claim(recordSize)));
    return record.toBytes();
  }

  /** Empty unless it was sealed under these keys for just this origin. */
  public Optional<Bytes> openPayload(
      LeaseKeys.ForPayloads keys, Origin origin, Bytes sealedPayload) {
    Optional<Message> read = Cbor.decode(sealedPayload, RecordCodec::readMessage);
    if (read.isEmpty() || !read.get().bucket().equals(keys.bucket())) {
      return Optional.empty();
    }
    Message message = read.get();
    bind(origin, binding.clear());
    CoseEncrypt0.writeAssociated(associated.clear(), keys.bucket(), binding);
    return payloads
        .open(
            keys.key(),
            message.nonce().borrow(),
            associated.written(),
            message.ciphertext().borrow())
        .map(Bytes::adopt);
  }

  /** Reads the outside of a record; empty for anything else. */
  public static Optional<SealedRecord> decode(Bytes entry) {
    return Cbor.decode(entry, RecordCodec::readSealed);
  }

  private static SealedRecord readSealed(CborReader in) {
    Message message = readMessage(in);
    byte[] bucket = message.bucket().borrow();
    in.require(bucket.length == BUCKET_SIZE);
    in.require(Arrays.equals(bucket, 0, KEY_ID_AT, BUCKET_HEAD, 0, KEY_ID_AT));
    OptionalLong counter = counter(message.nonce());
    in.require(counter.isPresent());
    var lease = new LeaseId(message.bucket().slice(KEY_ID_AT, BUCKET_SIZE));
    return new SealedRecord(lease, counter.getAsLong(), message.nonce(), message.ciphertext());
  }

  /** The form of both: COSE_Encrypt0 with nothing but the nonce unprotected. */
  private record Message(Bytes bucket, Bytes nonce, Bytes ciphertext) {}

  private static Message readMessage(CborReader in) {
    in.tag(CoseEncrypt0.TAG);
    in.array(3);
    Bytes bucket = in.bytes();
    in.map(1);
    in.key(5);
    return new Message(bucket, in.bytes(AesGcm.NONCE_SIZE), in.bytes());
  }

  /** Empty unless it was sealed under these keys and holds the one encoding of a record. */
  public Optional<Parts> openRecord(LeaseKeys.ForRecords keys, SealedRecord sealed) {
    return records
        .open(
            keys.key(),
            sealed.nonce().borrow(),
            keys.associated().borrow(),
            sealed.ciphertext().borrow())
        .flatMap(plain -> Cbor.decode(Bytes.adopt(plain), RecordCodec::readParts));
  }

  private static Parts readParts(CborReader in) {
    in.array(5);
    in.integer(VERSION, VERSION);
    Bytes originSalt = in.bytes(SALT_SIZE);
    Bytes payloadSalt = in.bytes(SALT_SIZE);
    return new Parts(originSalt, payloadSalt, in.bytes(), in.bytes());
  }

  private static void bind(Origin origin, CborWriter out) {
    out.array(7).text(PAYLOAD_LABEL).integer(VERSION);
    out.text(origin.device().tenant().name()).text(origin.device().name()).text(origin.schema());
    if (origin.sequence().isPresent()) {
      out.integer(origin.sequence().getAsLong());
    } else {
      out.nothing();
    }
    out.integer(origin.sent().toEpochMilli());
  }

  // A counter of 96 bits, big-endian, of which we use 63.
  private static byte[] nonce(long counter) {
    byte[] nonce = new byte[AesGcm.NONCE_SIZE];
    for (int i = 0; i < Long.BYTES; i++) {
      nonce[AesGcm.NONCE_SIZE - 1 - i] = (byte) (counter >>> (8 * i));
    }
    return nonce;
  }

  private static OptionalLong counter(Bytes nonce) {
    long counter = nonce.asBuffer().getLong(Integer.BYTES);
    boolean ours = nonce.asBuffer().getInt(0) == 0 && counter >= 0;
    return ours ? OptionalLong.of(counter) : OptionalLong.empty();
  }
}
