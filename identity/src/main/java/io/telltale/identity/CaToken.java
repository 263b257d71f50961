package io.telltale.identity;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.pkcs11.Token;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The PKCS #11 token in which keys of CAs are made from now on: those of the first CAs of a folder,
 * or of the next ones where its first are in files. Thread-safe.
 */
public final class CaToken implements AutoCloseable {
  private static final Bytes NONE = Bytes.utf8("none of ours");

  private final Token token;
  private final Entropy entropy;

  /**
   * Which token, and how one logs in to it.
   *
   * @param library the module that its maker ships
   * @param label the token's
   * @param pinFile holds the user PIN and nothing else, but for one newline at its end
   */
  public record Place(Path library, String label, Path pinFile) {}

  private CaToken(Token token, Entropy entropy) {
    this.token = token;
    this.entropy = entropy;
  }

  /**
   * Logs in, with a PIN that the token has not refused before, as the folder of the CAs and its
   * seal remember. {@code nanoTime} is a clock that never jumps. Throws {@link
   * UnavailableException} that says what to do.
   */
  public static CaToken open(
      Place place, Path folder, KeyWrap wrap, Entropy entropy, LongSupplier nanoTime) {
    var pin = new RefusedPin(place.pinFile(), folder, wrap, place.label());
    var token = Token.open(new Token.Place(place.library(), place.label()), pin, nanoTime);
    return new CaToken(token, entropy);
  }

  KeyHome keys() {
    return new TokenKeys(Optional.of(token), entropy);
  }

  /** Why no CA with a key in it can sign now, as far as is known; empty for nothing. */
  public Optional<String> trouble() {
    return token.trouble();
  }

  /** Asks it, so that {@link #trouble} is known before anybody wants a certificate. */
  public void look() {
    try {
      token.has(NONE);
    } catch (UnavailableException e) {
      // It is what the trouble says.
    }
  }

  /** Nothing signs with a key in it any more. */
  @Override
  public void close() {
    token.close();
  }
}
