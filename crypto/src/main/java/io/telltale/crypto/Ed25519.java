package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

/** Ed25519 (RFC 8032) with raw keys: 32-byte seed, 32-byte public key, 64-byte signature. */
public final class Ed25519 {
  public static final int KEY_SIZE = 32;
  public static final int SIGNATURE_SIZE = 64;
  private static final String NAME = "Ed25519";
  private static final byte[] SPKI = HexFormat.of().parseHex("302a300506032b6570032100");
  private static final byte[] PKCS8 = HexFormat.of().parseHex("302e020100300506032b657004220420");

  private Ed25519() {}

  public static Bytes publicKey(SecretBytes seed) {
    byte[] publicKey = new byte[KEY_SIZE];
    org.bouncycastle.math.ec.rfc8032.Ed25519.generatePublicKey(seed.borrow(), 0, publicKey, 0);
    return Bytes.adopt(publicKey);
  }

  public static Bytes sign(SecretBytes seed, Bytes message) {
    try {
      Signature signature = Signature.getInstance(NAME);
      signature.initSign(privateKey(seed));
      signature.update(message.borrow());
      return Bytes.adopt(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + NAME, e);
    }
  }

  /** False for whatever is wrong: signature, key, encoding. */
  public static boolean verify(Bytes publicKey, Bytes message, Bytes signature) {
    if (publicKey.size() != KEY_SIZE || signature.size() != SIGNATURE_SIZE) {
      return false;
    }
    try {
      Signature verifier = Signature.getInstance(NAME);
      verifier.initVerify(publicKey(publicKey));
      verifier.update(message.borrow());
      return verifier.verify(signature.borrow());
    } catch (GeneralSecurityException | RuntimeException e) {
      return false;
    }
  }

  private static PublicKey publicKey(Bytes raw) throws GeneralSecurityException {
    return KeyFactory.getInstance(NAME)
        .generatePublic(new X509EncodedKeySpec(joined(SPKI, raw.borrow())));
  }

  private static PrivateKey privateKey(SecretBytes seed) throws GeneralSecurityException {
    byte[] encoded = joined(PKCS8, seed.borrow());
    try {
      return KeyFactory.getInstance(NAME).generatePrivate(new PKCS8EncodedKeySpec(encoded));
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
  }

  private static byte[] joined(byte[] head, byte[] tail) {
    byte[] both = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, both, head.length, tail.length);
    return both;
  }
}
