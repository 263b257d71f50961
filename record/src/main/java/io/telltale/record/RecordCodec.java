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
 * Seals records of version 2 and opens those of both: {@code docs/format/record.md}. Keeps ciphers,
 * so it is not thread-safe: one per owner. Counters are the caller's: none may be used twice under
 * one key.
 */
public final class RecordCodec {
  public static final int SALT_SIZE = 32;

  /** The payload is sealed by itself, within the sealed record. */
  static final int VERSION_1 = 1;

  /** One seal around both. */
  static final int VERSION = 2;

  static final String RECORD_LABEL = "telltale/record";
  static final String PAYLOAD_LABEL = "telltale/payload";
  private static final int KEY_ID_AT = 5;
  private static final byte[] BUCKET_HEAD = {(byte) 0xa2, 1, 3, 4, 0x50};
  private static final byte[] BUCKET_HEAD_2 = {(byte) 0xa2, 1, 3, 4, 0x51};

  // One each, so that the record key's schedule survives from record to record.
  private final AesGcm payloads = new AesGcm();
  private final AesGcm records = new AesGcm();
  private final CborWriter binding = new CborWriter(192);
  private final CborWriter associated = new CborWriter(256);
  private final CborWriter plain = new CborWriter(1_024);

  /**
   * What a record holds.
   *
   * @param origin as {@link OriginCodec} writes it
   * @param originSalt what the origin's commitment is keyed with
   * @param payloadSalt what the payload's commitment is keyed with, independent of the other
   * @param content the payload; in version 1 sealed, for {@link #openPayload}
   */
  public record Parts(Bytes originSalt, Bytes payloadSalt, Bytes origin, Bytes content) {}

  /** A sealed record that was read but not yet opened. */
  public record SealedRecord(
      int version, LeaseId lease, long counter, Bytes nonce, Bytes ciphertext) {
    /** Whether its payload is sealed by itself. */
    public boolean isTwofold() {
      return version == VERSION_1;
    }
  }

  /**
   * What one record is sealed with.
   *
   * @param counter under the key
   * @param salts twice {@link #SALT_SIZE} bytes: the origin's salt, then the payload's
   */
  public record Material(LeaseKeys.ForRecords keys, long counter, Bytes salts) {}

  /**
   * Seals a record, with nothing copied in between.
   *
   * @param origin as {@link OriginWriter} writes it
   */
  public Bytes seal(Material material, CborWriter origin, Bytes payload) {
    plain.clear().array(5).integer(VERSION);
    plain.bytesHead(SALT_SIZE).raw(material.salts(), 0, SALT_SIZE);
    plain.bytesHead(SALT_SIZE).raw(material.salts(), SALT_SIZE, SALT_SIZE);
    plain.bytes(origin).bytes(payload);

    LeaseKeys.ForRecords keys = material.keys();
    int size = plain.size() + AesGcm.TAG_SIZE;
    var record = new CborWriter(CoseEncrypt0.encodedSize(keys.bucket(), size));
    byte[] nonce = nonce(material.counter());
    CoseEncrypt0.writeHead(record, keys.bucket(), nonce, size);
    records.seal(
        keys.key(),
        nonce,
        new AesGcm.Passage(
            ByteBuffer.wrap(keys.associated().borrow()), plain.written(), record.claim(size)));
    return record.toBytes();
  }

  /** Of version 1: empty unless it was sealed under these keys for just this origin. */
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
    int keyIdEnd = KEY_ID_AT + LeaseId.SIZE;
    boolean first = bucket.length == keyIdEnd && startsWith(bucket, BUCKET_HEAD);
    boolean second =
        bucket.length == keyIdEnd + 1
            && startsWith(bucket, BUCKET_HEAD_2)
            && bucket[keyIdEnd] == VERSION;
    in.require(first || second);
    OptionalLong counter = counter(message.nonce());
    in.require(counter.isPresent());
    return new SealedRecord(
        first ? VERSION_1 : VERSION,
        new LeaseId(message.bucket().slice(KEY_ID_AT, keyIdEnd)),
        counter.getAsLong(),
        message.nonce(),
        message.ciphertext());
  }

  private static boolean startsWith(byte[] bucket, byte[] head) {
    return Arrays.equals(bucket, 0, head.length, head, 0, head.length);
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
        .flatMap(opened -> Cbor.decode(Bytes.adopt(opened), in -> readParts(in, sealed.version())));
  }

  private static Parts readParts(CborReader in, int version) {
    in.array(5);
    in.integer(version, version);
    Bytes originSalt = in.bytes(SALT_SIZE);
    Bytes payloadSalt = in.bytes(SALT_SIZE);
    return new Parts(originSalt, payloadSalt, in.bytes(), in.bytes());
  }

  private static void bind(Origin origin, CborWriter out) {
    out.array(7).text(PAYLOAD_LABEL).integer(VERSION_1);
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
