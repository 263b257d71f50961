package io.telltale.crypto.x509;

import io.telltale.crypto.EcdsaP256;
import io.telltale.kernel.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.security.PrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.operator.ContentSigner;

/** BouncyCastle builds the structure; the faster provider signs it. */
final class KeySigner implements ContentSigner {
  private static final AlgorithmIdentifier ECDSA_SHA256 =
      new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);

  private final PrivateKey key;
  private final ByteArrayOutputStream buffer = new ByteArrayOutputStream();

  KeySigner(PrivateKey key) {
    this.key = key;
  }

  @Override
  public AlgorithmIdentifier getAlgorithmIdentifier() {
    return ECDSA_SHA256;
  }

  @Override
  public OutputStream getOutputStream() {
    return buffer;
  }

  @Override
  public byte[] getSignature() {
    return EcdsaP256.signDer(key, Bytes.adopt(buffer.toByteArray())).borrow();
  }
}
