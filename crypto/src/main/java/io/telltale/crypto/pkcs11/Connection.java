package io.telltale.crypto.pkcs11;

import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.pkcs11.Cryptoki.TokenInfo;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;

/** Being logged in to a token, until something fails. Thread-safe. */
final class Connection {
  private static final int SESSIONS_MAX = 16;

  private final Cryptoki cryptoki;
  private final boolean isOurs;
  private final long slot;
  private final Semaphore places = new Semaphore(SESSIONS_MAX);
  private final ConcurrentLinkedQueue<Long> idle = new ConcurrentLinkedQueue<>();
  private final Map<Bytes, Long> privateKeys = new ConcurrentHashMap<>();

  /** What is done in a session. */
  interface Job<T> {
    T in(long session) throws CryptokiException;
  }

  private Connection(Cryptoki cryptoki, boolean isOurs, long slot) {
    this.cryptoki = cryptoki;
    this.isOurs = isOurs;
    this.slot = slot;
  }

  /**
   * Starts the library anew, since many see a token that came later, or came back, only then; and
   * logs in with one try. Throws {@link UnavailableException} that says what to do.
   */
  static Connection open(Cryptoki cryptoki, Token.Place place, Token.Pin pin)
      throws CryptokiException {
    boolean isOurs = cryptoki.initialize();
    boolean isOpen = false;
    try {
      TokenInfo token = token(cryptoki, place);
      var connection = new Connection(cryptoki, isOurs, token.slot());
      long session = cryptoki.openSession(token.slot());
      connection.idle.add(session);
      login(cryptoki, session, place, pin);
      isOpen = true;
      return connection;
    } finally {
      if (!isOpen && isOurs) {
        cryptoki.end();
      }
    }
  }

  private static TokenInfo token(Cryptoki cryptoki, Token.Place place) throws CryptokiException {
    List<TokenInfo> all = cryptoki.tokens();
    List<String> labels =
        all.stream().map(TokenInfo::label).filter(label -> !label.isEmpty()).toList();
    List<TokenInfo> named =
        all.stream().filter(token -> token.label().equals(place.label())).toList();
    if (named.size() != 1) {
      throw new UnavailableException(
          named.isEmpty()
              ? "%s has no token \"%s\"; it has: %s"
                  .formatted(
                      place.library(),
                      place.label(),
                      labels.isEmpty() ? "none" : String.join(", ", labels))
              : "%s has %d tokens \"%s\": give one of them another label"
                  .formatted(place.library(), named.size(), place.label()));
    }
    TokenInfo token = named.getFirst();
    if (token.has(TokenInfo.USER_PIN_LOCKED)) {
      throw locked(place);
    }
    if (token.has(TokenInfo.USER_PIN_FINAL_TRY)) {
      throw new UnavailableException(
          ("one more wrong PIN would lock the token \"%s\": nothing is tried; log in to it once by"
                  + " its own tool, with the right one")
              .formatted(place.label()));
    }
    return token;
  }

  private static UnavailableException locked(Token.Place place) {
    return new UnavailableException(
        "the PIN of the token \"%s\" is locked: its security officer sets a new one"
            .formatted(place.label()));
  }

  private static void login(Cryptoki cryptoki, long session, Token.Place place, Token.Pin pin)
      throws CryptokiException {
    byte[] text;
    try (SecretBytes secret = pin.read()) {
      text = secret.toArray();
    }
    try {
      cryptoki.login(session, text);
    } catch (CryptokiException e) {
      if (e.code() == CryptokiException.PIN_LOCKED) {
        throw locked(place);
      }
      if (e.isPinRefused()) {
        pin.refused();
        throw new UnavailableException(
            ("the token \"%s\" has refused the PIN (%s); it is not tried again, since that would"
                    + " lock the token")
                .formatted(place.label(), e.getMessage()));
      }
      throw e;
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  Cryptoki cryptoki() {
    return cryptoki;
  }

  <T> T run(Job<T> job) throws CryptokiException {
    places.acquireUninterruptibly();
    try {
      Long known = idle.poll();
      long session = known == null ? cryptoki.openSession(slot) : known;
      T done = job.in(session);
      // One in which something failed is not used again: the whole connection ends.
      idle.add(session);
      return done;
    } finally {
      places.release();
    }
  }

  /** The private key of that id in the token. */
  Optional<Long> privateKey(long session, Bytes id) throws CryptokiException {
    Long known = privateKeys.get(id);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<Long> found = find(session, Attribute.PRIVATE_KEY, id).stream().findFirst();
    found.ifPresent(key -> privateKeys.put(id, key));
    return found;
  }

  /** Those of a class with that id; of a sound token one at most. */
  List<Long> find(long session, long kind, Bytes id) throws CryptokiException {
    return cryptoki.find(
        session, List.of(Attribute.number(Attribute.CLASS, kind), new Attribute(Attribute.ID, id)));
  }

  void forget(Bytes id) {
    privateKeys.remove(id);
  }

  /** Nothing may run in it. */
  void close() {
    idle.forEach(cryptoki::closeSession);
    if (isOurs) {
      cryptoki.end();
    }
  }
}
