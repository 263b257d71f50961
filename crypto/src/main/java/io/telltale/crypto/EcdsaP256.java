package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Optional;

/**
 * ECDSA on P-256 with SHA-256 by BoringSSL. Signatures are r ‖ s of 64 bytes (RFC 9053 section 2.1)
 * or DER (X.509). Keys of any provider are accepted.
 */
public final class EcdsaP256 {
  private static final String DER = "SHA256withECDSA";
  private static final BigInteger FIELD =
      new BigInteger("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", 16);

  private EcdsaP256() {}

  public static KeyPair generate() {
    try {
      var generator = KeyPairGenerator.getInstance("EC", Boring.PROVIDER);
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Conscrypt has P-256", e);
    }
  }

  /** Signs and returns r ‖ s, 64 bytes. */
  public static Bytes sign(PrivateKey key, Bytes message) {
    return EcdsaEncoding.derToRaw(signDer(key, message))
        .orElseThrow(() -> new IllegalStateException("BoringSSL made a signature that is not DER"));
  }

  /** The signature r ‖ s as DER; empty unless it has 64 bytes. */
  public static Optional<Bytes> der(Bytes rawSignature) {
    return EcdsaEncoding.rawToDer(rawSignature);
  }

  public static Bytes signDer(PrivateKey key, Bytes message) {
    try {
      Signature signature = Signature.getInstance(DER, Boring.PROVIDER);
      signature.initSign(ours(key));
      signature.update(message.borrow());
      return Bytes.adopt(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("not a P-256 private key", e);
    }
  }

  /** False for whatever is wrong: signature, key, encoding. */
  public static boolean verify(PublicKey key, Bytes message, Bytes rawSignature) {
    Optional<Bytes> der = EcdsaEncoding.rawToDer(rawSignature);
    return der.isPresent() && verifyDer(key, message, der.get());
  }

  /** As {@link #verify}, strictly DER. */
  public static boolean verifyDer(PublicKey key, Bytes message, Bytes derSignature) {
    if (!isP256(key)) {
      return false;
    }
    try {
      Signature verifier = Signature.getInstance(DER, Boring.PROVIDER);
      verifier.initVerify(ours(key));
      verifier.update(message.borrow());
      return verifier.verify(derSignature.borrow());
    } catch (GeneralSecurityException | RuntimeException e) {
      return false;
    }
  }

  public static boolean isP256(PublicKey key) {
    return key instanceof ECPublicKey ec && isOnCurve(ec);
  }

  private static boolean isOnCurve(ECKey key) {
    return key.getParams() != null
        && key.getParams().getCurve().getField() instanceof ECFieldFp field
        && field.getP().equals(FIELD);
  }

  /** Reads a SubjectPublicKeyInfo; empty unless it is a valid point of P-256. */
  public static Optional<PublicKey> publicKey(Bytes spki) {
    try {
      PublicKey key =
          KeyFactory.getInstance("EC", Boring.PROVIDER)
              .generatePublic(new X509EncodedKeySpec(spki.borrow()));
      return isP256(key) ? Optional.of(key) : Optional.empty();
    } catch (GeneralSecurityException | RuntimeException e) {
      return Optional.empty();
    }
  }

  /** Reads a PKCS#8 private key; empty for anything else. */
  public static Optional<PrivateKey> privateKey(SecretBytes pkcs8) {
    return privateKey(pkcs8.borrow());
  }

  /** As above, of a file that whoever may read it has open anyway. */
  public static Optional<PrivateKey> privateKey(byte[] pkcs8) {
    try {
      PrivateKey key =
          KeyFactory.getInstance("EC", Boring.PROVIDER)
              .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      return key instanceof ECKey ec && isOnCurve(ec) ? Optional.of(key) : Optional.empty();
    } catch (GeneralSecurityException | RuntimeException e) {
      return Optional.empty();
    }
  }

  /** Whether the two halves belong together. */
  public static boolean isPair(PrivateKey key, PublicKey other) {
    Bytes probe = Bytes.utf8("one pair");
    try {
      return verifyDer(other, probe, signDer(key, probe));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static PublicKey ours(PublicKey key) throws GeneralSecurityException {
    return (PublicKey) KeyFactory.getInstance("EC", Boring.PROVIDER).translateKey(key);
  }

  private static PrivateKey ours(PrivateKey key) throws GeneralSecurityException {
    return (PrivateKey) KeyFactory.getInstance("EC", Boring.PROVIDER).translateKey(key);
  }
}
