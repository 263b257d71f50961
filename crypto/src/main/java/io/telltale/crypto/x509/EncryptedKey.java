package io.telltale.crypto.x509;

import java.security.PrivateKey;
import java.security.SecureRandom;
import java.util.Optional;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.crypto.util.ScryptConfig;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfoBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcePKCSPBEInputDecryptorProviderBuilder;
import org.bouncycastle.pkcs.jcajce.JcePKCSPBEOutputEncryptorBuilder;

/**
 * A private key under a passphrase: EncryptedPrivateKeyInfo (RFC 5958 section 3) with PBES2, scrypt
 * (RFC 7914) and AES-256-CBC, which {@code openssl pkey} reads too.
 */
public final class EncryptedKey {
  private static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();
  private static final int BYTES_MAX = 4096;
  // 16 MiB and some 50 ms: a device must be able to do it at every start.
  private static final ScryptConfig COST =
      new ScryptConfig.Builder(16384, 8, 1).withSaltLength(16).build();

  private EncryptedKey() {}

  /** The key as encrypted DER. */
  public static byte[] seal(PrivateKey key, char[] passphrase, SecureRandom random) {
    try {
      var encryptor =
          new JcePKCSPBEOutputEncryptorBuilder(COST, NISTObjectIdentifiers.id_aes256_CBC)
              .setProvider(PROVIDER)
              .setRandom(random)
              .build(passphrase);
      return new PKCS8EncryptedPrivateKeyInfoBuilder(PrivateKeyInfo.getInstance(key.getEncoded()))
          .build(encryptor)
          .getEncoded();
    } catch (OperatorCreationException | java.io.IOException e) {
      throw new IllegalStateException("encrypting a key in memory", e);
    }
  }

  /** The P-256 key; empty for a wrong passphrase and for anything else, without saying which. */
  public static Optional<PrivateKey> open(byte[] der, char[] passphrase) {
    if (der.length > BYTES_MAX || !Der.wellFormed(der)) {
      return Optional.empty();
    }
    try {
      var decryptor =
          new JcePKCSPBEInputDecryptorProviderBuilder().setProvider(PROVIDER).build(passphrase);
      var info = new PKCS8EncryptedPrivateKeyInfo(der).decryptPrivateKeyInfo(decryptor);
      return P256.privateKey(info.getEncoded());
    } catch (PKCSException | java.io.IOException | RuntimeException e) {
      return Optional.empty();
    }
  }
}
