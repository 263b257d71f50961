package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import java.util.Optional;
import org.jspecify.annotations.NullMarked;

/**
 * Any COSE_Encrypt0 message with AES-GCM, as the published vectors have it: read, opened and sealed
 * one step after the other around what {@link CoseEncrypt0} writes.
 *
 * @param protectedBytes the protected bucket as sent
 * @param protectedHeaders what is in it
 * @param unprotected the other bucket; no label is in both
 * @param ciphertext with the tag at its end
 */
@NullMarked
record Encrypt0(
    Bytes protectedBytes, CoseHeaders protectedHeaders, CoseHeaders unprotected, Bytes ciphertext) {
  private static final long A128GCM = 1;

  /** Empty for anything that is not exactly one tagged message. */
  static Optional<Encrypt0> decode(Bytes message) {
    return Cbor.decode(
        message,
        in -> {
          in.tag(CoseEncrypt0.TAG);
          return read(in);
        });
  }

  /** As {@link #decode}, where the context says what it is and there is no tag. */
  static Optional<Encrypt0> decodeUntagged(Bytes message) {
    return Cbor.decode(message, Encrypt0::read);
  }

  private static Encrypt0 read(CborReader in) {
    in.array(3);
    Bytes bucket = in.bytes();
    CoseHeaders inside = CoseHeaders.readProtected(in, bucket);
    CoseHeaders outside = CoseHeaders.read(in);
    in.require(!inside.overlaps(outside));
    return new Encrypt0(bucket, inside, outside, in.bytes());
  }

  static Bytes seal(AesKey key, Bytes iv, Bytes plain) {
    Bytes bucket = CoseHeaders.algorithm(CoseEncrypt0.A256GCM).protectedBytes();
    byte[] associated = CoseEncrypt0.associated(bucket, Bytes.EMPTY);
    byte[] ciphertext = new AesGcm().seal(key, iv.borrow(), associated, plain.borrow());
    var out = new CborWriter(CoseEncrypt0.encodedSize(bucket, ciphertext.length));
    CoseEncrypt0.writeHead(out, bucket, iv.borrow(), ciphertext.length);
    return out.raw(ciphertext).toBytes();
  }

  /** Empty for whatever is wrong: algorithm, key, IV, associated data, tag. */
  Optional<Bytes> open(AesKey key, Bytes external) {
    long algorithm =
        protectedHeaders.algorithm().orElse(unprotected.algorithm().orElse(Long.MIN_VALUE));
    Bytes iv = protectedHeaders.iv().or(unprotected::iv).orElse(Bytes.EMPTY);
    boolean fits =
        (algorithm == A128GCM && key.bits() == 128)
            || (algorithm == CoseEncrypt0.A256GCM && key.bits() == 256);
    if (!fits || iv.size() != AesGcm.NONCE_SIZE) {
      return Optional.empty();
    }
    Bytes bucket = CoseHeaders.counted(protectedBytes);
    return new AesGcm()
        .open(key, iv.borrow(), CoseEncrypt0.associated(bucket, external), ciphertext.borrow())
        .map(Bytes::adopt);
  }
}
