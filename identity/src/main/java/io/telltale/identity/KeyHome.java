package io.telltale.identity;

import io.telltale.crypto.SigningKey;
import io.telltale.kernel.Bytes;
import java.security.PublicKey;
import java.util.function.Supplier;

/**
 * A place where private keys of CAs are made, used and ended. What leads to a key is a file of the
 * CA's folder, which holds the key sealed or says where it is. All of it throws {@link
 * io.telltale.kernel.UnavailableException} when the place cannot now. Thread-safe.
 */
interface KeyHome {
  /** How the names of those files end. */
  String ending();

  /** A new key for the CA {@code name}; it lasts once its file is kept. */
  Made make(String name);

  /**
   * The key of that file, which throws as well where the place is away when it signs. Throws {@link
   * io.telltale.kernel.CorruptException} where the file leads to none.
   */
  SigningKey open(String name, Bytes file);

  /** Ends the key of that file, which signs for nobody; nothing where it leads to none. */
  void destroy(Bytes file);

  /**
   * A pair.
   *
   * @param file what leads to its private half
   */
  record Made(PublicKey publicKey, SigningKey key, Supplier<Bytes> file, String ending) {}
}
