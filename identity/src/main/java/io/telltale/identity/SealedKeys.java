package io.telltale.identity;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.SigningKey;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import java.security.KeyPair;
import java.security.PrivateKey;

/** Keys that lie in the folder as the port wrapped them, and are used in this process. */
record SealedKeys(KeyWrap wrap) implements KeyHome {
  static final String ENDING = ".key.sealed";

  @Override
  public String ending() {
    return ENDING;
  }

  @Override
  public Made make(String name) {
    KeyPair pair = EcdsaP256.generate();
    SigningKey key = SigningKey.of(pair.getPrivate());
    return new Made(pair.getPublic(), key, () -> sealed(name, pair.getPrivate()), ENDING);
  }

  private Bytes sealed(String name, PrivateKey key) {
    try (SecretBytes pkcs8 = SecretBytes.adopt(key.getEncoded())) {
      return wrap.wrap(purpose(name), pkcs8);
    }
  }

  @Override
  public SigningKey open(String name, Bytes file) {
    try (SecretBytes pkcs8 = wrap.unwrap(purpose(name), file)) {
      return EcdsaP256.privateKey(pkcs8)
          .map(SigningKey::of)
          .orElseThrow(
              () ->
                  new CorruptException(name + ENDING + " holds no key: put it back from a backup"));
    }
  }

  @Override
  public void destroy(Bytes file) {
    // It goes with the file.
  }

  private static String purpose(String name) {
    return "telltale ca key " + name;
  }
}
