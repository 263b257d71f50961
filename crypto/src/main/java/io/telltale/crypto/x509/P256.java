package io.telltale.crypto.x509;

import io.telltale.crypto.EcdsaP256;
import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.ECPoint;
import org.conscrypt.Conscrypt;

/**
 * Judges keys on P-256, the one curve that certificates of ours use; making and using them is
 * {@link EcdsaP256}.
 */
public final class P256 {
  private static final X9ECParameters CURVE = CustomNamedCurves.getByName("P-256");
  static final Provider PROVIDER = Conscrypt.newProvider();
  private static final int POINT_BYTES = 65;
  private static final Set<BigInteger> WEAK = smallMultiples();

  private P256() {}

  static boolean verify(String algorithm, PublicKey key, byte[] message, byte[] signature) {
    try {
      var verifier = Signature.getInstance(algorithm, PROVIDER);
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (GeneralSecurityException | RuntimeException e) {
      return false;
    }
  }

  /** Whether the two halves belong together. */
  public static boolean matches(PrivateKey key, PublicKey other) {
    Bytes probe = Bytes.utf8("one pair");
    try {
      return EcdsaP256.verifyDer(other, probe, EcdsaP256.signDer(key, probe));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** A private key from PKCS#8; empty when it is not one of P-256. */
  public static Optional<PrivateKey> privateKey(byte[] pkcs8) {
    try {
      var key =
          KeyFactory.getInstance("EC", PROVIDER).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      return key instanceof java.security.interfaces.ECKey ec
              && ec.getParams().getOrder().equals(CURVE.getN())
          ? Optional.of(key)
          : Optional.empty();
    } catch (GeneralSecurityException | RuntimeException e) {
      return Optional.empty();
    }
  }

  /** A public key from SubjectPublicKeyInfo; empty unless it is a sound P-256 point. */
  public static Optional<PublicKey> publicKey(byte[] spki) {
    if (!Der.wellFormed(spki)) {
      return Optional.empty();
    }
    try {
      var info = SubjectPublicKeyInfo.getInstance(spki);
      return judge(info) == Soundness.SOUND ? Optional.of(toKey(info)) : Optional.empty();
    } catch (RuntimeException e) {
      return Optional.empty();
    }
  }

  /** Whether {@code key} is on P-256. */
  public static boolean isP256(PublicKey key) {
    return key instanceof ECPublicKey ec && publicKey(ec.getEncoded()).isPresent();
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

  static PublicKey toKey(SubjectPublicKeyInfo info) {
    try {
      return KeyFactory.getInstance("EC", PROVIDER)
          .generatePublic(new X509EncodedKeySpec(info.getEncoded("DER")));
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalArgumentException("not an EC key", e);
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
