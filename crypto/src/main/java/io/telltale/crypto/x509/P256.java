package io.telltale.crypto.x509;

import io.telltale.crypto.EcdsaP256;
import java.math.BigInteger;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.util.HashSet;
import java.util.Set;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.ECPoint;

/**
 * Judges public keys on P-256, the one curve that certificates of ours use, by more than their
 * curve; making, reading and using keys is {@link EcdsaP256}.
 */
public final class P256 {
  private static final X9ECParameters CURVE = CustomNamedCurves.getByName("P-256");
  private static final int POINT_BYTES = 65;
  private static final Set<BigInteger> WEAK = smallMultiples();

  private P256() {}

  /** Whether {@code key} is one that certificates may have: on P-256, and sound. */
  public static boolean isSound(PublicKey key) {
    try {
      return key instanceof ECPublicKey ec
          && Der.wellFormed(ec.getEncoded())
          && judge(SubjectPublicKeyInfo.getInstance(ec.getEncoded())) == Soundness.SOUND;
    } catch (RuntimeException e) {
      return false;
    }
  }

  enum Soundness {
    SOUND,
    OTHER_KIND,
    WEAK
  }

  /**
   * Named curve and uncompressed point only (RFC 5480 section 2.1.1 and 2.2); on the curve, not at
   * infinity (SP 800-56A section 5.6.2.3.3; the cofactor is one), and not a multiple that a broken
   * generator gives.
   */
  static Soundness judge(SubjectPublicKeyInfo info) {
    var algorithm = info.getAlgorithm();
    if (!X9ObjectIdentifiers.id_ecPublicKey.equals(algorithm.getAlgorithm())
        || !X9ObjectIdentifiers.prime256v1.equals(algorithm.getParameters())) {
      return Soundness.OTHER_KIND;
    }
    byte[] point = info.getPublicKeyData().getBytes();
    if (point.length != POINT_BYTES || point[0] != 4) {
      return Soundness.WEAK;
    }
    try {
      ECPoint decoded = CURVE.getCurve().decodePoint(point);
      BigInteger x = decoded.normalize().getAffineXCoord().toBigInteger();
      return decoded.isValid() && !WEAK.contains(x) ? Soundness.SOUND : Soundness.WEAK;
    } catch (RuntimeException e) {
      return Soundness.WEAK;
    }
  }

  /** x of 1·G to 64·G: private keys that only a broken or lazy generator makes. */
  private static Set<BigInteger> smallMultiples() {
    var points = new ECPoint[64];
    points[0] = CURVE.getG();
    for (int i = 1; i < points.length; i++) {
      points[i] = points[i - 1].add(CURVE.getG());
    }
    // One inversion for all of them, and not one for each: every start of the program waits for it.
    CURVE.getCurve().normalizeAll(points);
    var weak = new HashSet<BigInteger>();
    for (ECPoint point : points) {
      weak.add(point.getAffineXCoord().toBigInteger());
    }
    return Set.copyOf(weak);
  }
}
