package io.telltale.crypto.x509;

import io.telltale.crypto.SigningKey;
import io.telltale.kernel.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.operator.ContentSigner;

/** BouncyCastle builds the structure; the key signs it, in BoringSSL or wherever it is. */
final class KeySigner implements ContentSigner {
  private static final AlgorithmIdentifier ECDSA_SHA256 =
      new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);

  private final SigningKey key;
  private final ByteArrayOutputStream buffer = new ByteArrayOutputStream();

  KeySigner(SigningKey key) {
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
    return key.signDer(Bytes.adopt(buffer.toByteArray())).borrow();
  }
}
