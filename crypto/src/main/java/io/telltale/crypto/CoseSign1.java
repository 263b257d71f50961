package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import java.security.PublicKey;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A COSE_Sign1 message (RFC 9052 section 4.2) with ES256.
 *
 * @param protectedBytes the protected bucket as sent
 * @param protectedHeaders what is in it
 * @param unprotected the other bucket; no label is in both
 * @param payload always attached
 * @param signature r ‖ s
 */
public record CoseSign1(
    Bytes protectedBytes,
    CoseHeaders protectedHeaders,
    CoseHeaders unprotected,
    Bytes payload,
    Bytes signature) {
  public static final long TAG = 18;
  public static final long ES256 = -7;

  /** Empty for anything that is not exactly one tagged message. */
  public static Optional<CoseSign1> decode(Bytes message) {
    return Cbor.decode(
        message,
        in -> {
          in.tag(TAG);
          return read(in);
        });
  }

  /** As {@link #decode}, where the context says what it is and there is no tag. */
  public static Optional<CoseSign1> decodeUntagged(Bytes message) {
    return Cbor.decode(message, CoseSign1::read);
  }

  private static CoseSign1 read(CborReader in) {
    in.array(4);
    Bytes bucket = in.bytes();
    CoseHeaders inside = CoseHeaders.readProtected(in, bucket);
    CoseHeaders outside = CoseHeaders.read(in);
    in.require(!inside.overlaps(outside));
    return new CoseSign1(bucket, inside, outside, in.bytes(), in.bytes());
  }

  /** Signs {@code payload} with ES256 by {@code signer}, which returns r ‖ s. */
  public static Bytes sign(Bytes payload, Bytes external, UnaryOperator<Bytes> signer) {
    Bytes bucket = CoseHeaders.algorithm(ES256).protectedBytes();
    Bytes signature = signer.apply(toBeSigned(bucket, external, payload));
    var out = new CborWriter(payload.size() + 96);
    out.tag(TAG).array(4).bytes(bucket).map(0).bytes(payload).bytes(signature);
    return out.toBytes();
  }

  /** False for whatever is wrong: algorithm, key, signature, external data. */
  public boolean verify(PublicKey key, Bytes external) {
    long algorithm =
        protectedHeaders.algorithm().orElse(unprotected.algorithm().orElse(Long.MIN_VALUE));
    Bytes bucket = CoseHeaders.counted(protectedBytes);
    return algorithm == ES256
        && EcdsaP256.verify(key, toBeSigned(bucket, external, payload), signature);
  }

  /** The Sig_structure (RFC 9052 section 4.4). */
  static Bytes toBeSigned(Bytes protectedBytes, Bytes external, Bytes payload) {
    var out = new CborWriter(protectedBytes.size() + external.size() + payload.size() + 32);
    out.array(4).text("Signature1").bytes(protectedBytes).bytes(external).bytes(payload);
    return out.toBytes();
  }
}
