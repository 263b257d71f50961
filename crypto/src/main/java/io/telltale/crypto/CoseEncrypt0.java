package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import java.util.Optional;

/**
 * A COSE_Encrypt0 message (RFC 9052 section 5.2) with AES-GCM.
 *
 * @param protectedBytes the protected bucket as sent
 * @param protectedHeaders what is in it
 * @param unprotected the other bucket; no label is in both
 * @param ciphertext with the tag at its end
 */
public record CoseEncrypt0(
    Bytes protectedBytes, CoseHeaders protectedHeaders, CoseHeaders unprotected, Bytes ciphertext) {
  public static final long TAG = 16;
  public static final long A128GCM = 1;
  public static final long A256GCM = 3;

  /** Empty for anything that is not exactly one tagged message. */
  public static Optional<CoseEncrypt0> decode(Bytes message) {
    return Cbor.decode(
        message,
        in -> {
          in.tag(TAG);
          return read(in);
        });
  }

  /** As {@link #decode}, where the context says what it is and there is no tag. */
  public static Optional<CoseEncrypt0> decodeUntagged(Bytes message) {
    return Cbor.decode(message, CoseEncrypt0::read);
  }

  private static CoseEncrypt0 read(CborReader in) {
    in.array(3);
    Bytes bucket = in.bytes();
    CoseHeaders inside = CoseHeaders.readProtected(in, bucket);
    CoseHeaders outside = CoseHeaders.read(in);
    in.require(!inside.overlaps(outside));
    return new CoseEncrypt0(bucket, inside, outside, in.bytes());
  }

  /** The tagged message. */
  public static Bytes encode(Bytes protectedBytes, Bytes iv, byte[] ciphertext) {
    var out = new CborWriter(encodedSize(protectedBytes, ciphertext.length));
    writeHead(out, protectedBytes, iv.borrow(), ciphertext.length);
    return out.raw(ciphertext).toBytes();
  }

  /** How large the tagged message is around a ciphertext of that size with its tag. */
  public static int encodedSize(Bytes protectedBytes, int ciphertextSize) {
    return 2
        + CborWriter.headSize(protectedBytes.size())
        + protectedBytes.size()
        + 3
        + AesGcm.NONCE_SIZE
        + CborWriter.headSize(ciphertextSize)
        + ciphertextSize;
  }

  /** The tagged message up to its ciphertext, which the caller writes next. */
  public static void writeHead(
      CborWriter out, Bytes protectedBytes, byte[] iv, int ciphertextSize) {
    out.tag(TAG).array(3).bytes(protectedBytes);
    out.map(1).integer(5).bytes(iv).bytesHead(ciphertextSize);
  }

  /** Writes the Enc_structure around what {@code external} holds. */
  public static void writeAssociated(CborWriter out, Bytes protectedBytes, CborWriter external) {
    out.array(3).text("Encrypt0").bytes(protectedBytes).bytes(external);
  }

  /** The Enc_structure, which is the associated data of the cipher (RFC 9052 section 5.3). */
  public static byte[] associated(Bytes protectedBytes, Bytes external) {
    var out = new CborWriter(protectedBytes.size() + external.size() + 24);
    return out.array(3).text("Encrypt0").bytes(protectedBytes).bytes(external).toArray();
  }

  /** Seals under AES-GCM with the algorithm, and the key id if any, protected. */
  public static Bytes seal(AesGcm cipher, AesKey key, CoseHeaders headers, Content content) {
    Bytes bucket =
        new CoseHeaders(headers.algorithm(), headers.keyId(), Optional.empty()).protectedBytes();
    Bytes iv = headers.iv().orElseThrow();
    byte[] ciphertext =
        cipher.seal(
            key, iv.borrow(), associated(bucket, content.external()), content.plain().borrow());
    return encode(bucket, iv, ciphertext);
  }

  /** What is sealed and what it is bound to. */
  public record Content(Bytes plain, Bytes external) {}

  /** Empty for whatever is wrong: algorithm, key, IV, associated data, tag. */
  public Optional<Bytes> open(AesGcm cipher, AesKey key, Bytes external) {
    long algorithm =
        protectedHeaders.algorithm().orElse(unprotected.algorithm().orElse(Long.MIN_VALUE));
    Bytes iv = protectedHeaders.iv().or(unprotected::iv).orElse(Bytes.EMPTY);
    boolean fits =
        (algorithm == A128GCM && key.bits() == 128) || (algorithm == A256GCM && key.bits() == 256);
    if (!fits || iv.size() != AesGcm.NONCE_SIZE) {
      return Optional.empty();
    }
    Bytes bucket = CoseHeaders.counted(protectedBytes);
    return cipher
        .open(key, iv.borrow(), associated(bucket, external), ciphertext.borrow())
        .map(Bytes::adopt);
  }
}
