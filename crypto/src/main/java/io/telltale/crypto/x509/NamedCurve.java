package io.telltale.crypto.x509;

import java.math.BigInteger;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.ECPoint;

/** A curve of SP 800-186 that certificates have, and how public keys on it are judged. */
final class NamedCurve {
  static final NamedCurve P256 = new NamedCurve("P-256", X9ObjectIdentifiers.prime256v1, 65);
  static final NamedCurve P384 = new NamedCurve("P-384", SECObjectIdentifiers.secp384r1, 97);

  private final ASN1ObjectIdentifier oid;
  private final int pointBytes;
  private final X9ECParameters curve;
  private final Set<BigInteger> weak;

  private NamedCurve(String name, ASN1ObjectIdentifier oid, int pointBytes) {
    this.oid = oid;
    this.pointBytes = pointBytes;
    this.curve = CustomNamedCurves.getByName(name);
    this.weak = smallMultiples(curve);
  }

  enum Soundness {
    SOUND,
    OTHER_KIND,
    WEAK
  }

  /** The curve that {@code info} names, if it is one of these. */
  static Optional<NamedCurve> of(SubjectPublicKeyInfo info) {
    var algorithm = info.getAlgorithm();
    return X9ObjectIdentifiers.id_ecPublicKey.equals(algorithm.getAlgorithm())
        ? Stream.of(P256, P384).filter(one -> one.oid.equals(algorithm.getParameters())).findFirst()
        : Optional.empty();
  }

  /** Whether {@code key} is on this curve, and sound. */
  boolean isSound(PublicKey key) {
    try {
      if (!(key instanceof ECPublicKey ec) || !Der.wellFormed(ec.getEncoded())) {
        return false;
      }
      var info = SubjectPublicKeyInfo.getInstance(ec.getEncoded());
      return of(info).filter(this::equals).isPresent() && judge(info) == Soundness.SOUND;
    } catch (RuntimeException e) {
      return false;
    }
  }

  /**
   * Named curve and uncompressed point only (RFC 5480 section 2.1.1 and 2.2); on the curve, not at
   * infinity (SP 800-56A section 5.6.2.3.3; the cofactor is one), and not a multiple that a broken
   * generator gives.
   */
  static Soundness judge(SubjectPublicKeyInfo info) {
    return of(info).map(one -> one.judgePoint(info)).orElse(Soundness.OTHER_KIND);
  }

  private Soundness judgePoint(SubjectPublicKeyInfo info) {
    byte[] point = info.getPublicKeyData().getBytes();
    if (point.length != pointBytes || point[0] != 4) {
      return Soundness.WEAK;
    }
    try {
      ECPoint decoded = curve.getCurve().decodePoint(point);
      BigInteger x = decoded.normalize().getAffineXCoord().toBigInteger();
      return decoded.isValid() && !weak.contains(x) ? Soundness.SOUND : Soundness.WEAK;
    } catch (RuntimeException e) {
      return Soundness.WEAK;
    }
  }

  /** x of 1·G to 64·G: private keys that only a broken or lazy generator makes. */
  private static Set<BigInteger> smallMultiples(X9ECParameters curve) {
    var points = new ECPoint[64];
    points[0] = curve.getG();
    for (int i = 1; i < points.length; i++) {
      points[i] = points[i - 1].add(curve.getG());
    }
    // One inversion for all of them, and not one for each: every start of the program waits for it.
    curve.getCurve().normalizeAll(points);
    var weak = new HashSet<BigInteger>();
    for (ECPoint point : points) {
      weak.add(point.getAffineXCoord().toBigInteger());
    }
    return Set.copyOf(weak);
  }
}
