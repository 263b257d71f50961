package io.telltale.crypto.pkcs11;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.SigningKey;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import io.telltale.kernel.UnavailableException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A PKCS #11 token with private keys on P-256 that never leave it. What fails ends the connection;
 * the next use makes another, once, and after a failure not before {@link #AGAIN_AFTER_SECONDS}.
 * All of it throws {@link UnavailableException} when the token cannot now. Thread-safe; a call into
 * a library that hangs hangs.
 */
public final class Token implements AutoCloseable {
  /** So long a token that failed is not asked again. */
  public static final long AGAIN_AFTER_SECONDS = 5;

  private static final HexFormat HEX = HexFormat.of();

  /** The object identifier of P-256, as DER. */
  private static final Bytes P256 = Bytes.adopt(HEX.parseHex("06082a8648ce3d030107"));

  private static final Bytes SPKI_OF_P256 =
      Bytes.adopt(HEX.parseHex("3059301306072a8648ce3d020106082a8648ce3d030107034200"));
  private static final int POINT_BYTES = 65;

  private final Cryptoki cryptoki;
  private final Place place;
  private final Pin pin;
  private final LongSupplier nanoTime;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

  // Under the lock; calls hold its read half, so that none runs while a connection ends.
  private @Nullable Connection connection;

  private volatile long failedNanos;
  private volatile String trouble = "";

  /**
   * Which token.
   *
   * @param library the path of the module that its maker ships
   * @param label of the token: slots are numbered anew by many libraries
   */
  public record Place(Path library, String label) {}

  /** The user PIN, which is asked for at each login. */
  public interface Pin {
    /** Throws {@link UnavailableException} where there is none to be tried. */
    SecretBytes read();

    /** The token has refused what was read last: it must not be given again. */
    void refused();
  }

  /** A pair that was made in the token. */
  public record Made(Bytes id, PublicKey key) {}

  private Token(Cryptoki cryptoki, Place place, Pin pin, LongSupplier nanoTime) {
    this.cryptoki = cryptoki;
    this.place = place;
    this.pin = pin;
    this.nanoTime = nanoTime;
  }

  /** Loads the library and logs in. {@code nanoTime} is a clock that never jumps. */
  public static Token open(Place place, Pin pin, LongSupplier nanoTime) {
    return over(Cryptoki.load(place.library()), place, pin, nanoTime);
  }

  static Token over(Cryptoki cryptoki, Place place, Pin pin, LongSupplier nanoTime) {
    var token = new Token(cryptoki, place, pin, nanoTime);
    token.connected();
    return token;
  }

  public Place place() {
    return place;
  }

  /** Why it could not do what it was asked last; empty when it could. */
  public Optional<String> trouble() {
    return Optional.of(trouble).filter(text -> !text.isEmpty());
  }

  /** Makes a pair that the token keeps, whose private half cannot be read out. */
  public Made make(Bytes id, String label) {
    return use("making a key", 1, (to, session) -> make(to, session, id, label));
  }

  private static Made make(Connection to, long session, Bytes id, String label)
      throws CryptokiException {
    var ofPublic =
        List.of(
            Attribute.flag(Attribute.TOKEN, true),
            Attribute.flag(Attribute.VERIFY, true),
            new Attribute(Attribute.EC_PARAMS, P256),
            new Attribute(Attribute.ID, id),
            Attribute.text(Attribute.LABEL, label));
    var ofPrivate =
        List.of(
            Attribute.number(Attribute.KEY_TYPE, Attribute.EC),
            Attribute.flag(Attribute.TOKEN, true),
            Attribute.flag(Attribute.PRIVATE, true),
            Attribute.flag(Attribute.SENSITIVE, true),
            Attribute.flag(Attribute.EXTRACTABLE, false),
            Attribute.flag(Attribute.SIGN, true),
            new Attribute(Attribute.ID, id),
            Attribute.text(Attribute.LABEL, label));
    Cryptoki.Pair pair = to.cryptoki().generate(session, ofPublic, ofPrivate);
    boolean isKept =
        isSet(to, session, pair.privateKey(), Attribute.SENSITIVE)
            && !isSet(to, session, pair.privateKey(), Attribute.EXTRACTABLE);
    Optional<PublicKey> key =
        publicKey(to.cryptoki().attribute(session, pair.publicKey(), Attribute.EC_POINT));
    if (!isKept || key.isEmpty()) {
      to.cryptoki().destroy(session, pair.privateKey());
      to.cryptoki().destroy(session, pair.publicKey());
      throw new CryptokiException(
          isKept
              ? "it made a key on another curve than P-256"
              : "it made a key that can be read out");
    }
    return new Made(id, key.get());
  }

  private static boolean isSet(Connection to, long session, long object, long type)
      throws CryptokiException {
    Bytes value = to.cryptoki().attribute(session, object, type);
    return value.size() == 1 && value.at(0) != 0;
  }

  // An OCTET STRING around the point, as the standard says; some leave that away.
  private static Optional<PublicKey> publicKey(Bytes attribute) {
    boolean isWrapped = attribute.size() == POINT_BYTES + 2;
    Bytes point = isWrapped ? attribute.slice(2, attribute.size()) : attribute;
    return point.size() == POINT_BYTES
        ? EcdsaP256.publicKey(
            Bytes.adopt(
                ByteBuffer.allocate(SPKI_OF_P256.size() + POINT_BYTES)
                    .put(SPKI_OF_P256.asBuffer())
                    .put(point.asBuffer())
                    .array()))
        : Optional.empty();
  }

  /** Whether it has a private key of that id. */
  public boolean has(Bytes id) {
    return use("looking for a key", 2, (to, session) -> to.privateKey(session, id).isPresent());
  }

  /** A key of the token; {@code name} is for whoever reads that it is gone. */
  public SigningKey key(Bytes id, String name) {
    return message -> sign(id, name, message);
  }

  private Bytes sign(Bytes id, String name, Bytes message) {
    Bytes digest = Hash.sha256(message).value();
    Optional<Bytes> signature =
        use(
            "signing",
            2,
            (to, session) -> {
              Optional<Long> key = to.privateKey(session, id);
              return key.isEmpty()
                  ? Optional.empty()
                  : Optional.of(to.cryptoki().sign(session, key.get(), digest));
            });
    Bytes raw =
        signature.orElseThrow(
            () ->
                fail(
                    new UnavailableException(
                        "the key %s (CKA_ID %s) is not in the token \"%s\" any more"
                            .formatted(name, id.hex(), place.label()))));
    return EcdsaP256.der(raw)
        .orElseThrow(
            () ->
                new UnavailableException(
                    "the token \"%s\" made a signature of %d bytes with a key that should be on"
                            .formatted(place.label(), raw.size())
                        + " P-256"));
  }

  /** Ends the key of that id, both halves, for good. */
  public void destroy(Bytes id) {
    use(
        "destroying a key",
        2,
        (to, session) -> {
          to.forget(id);
          for (long kind : new long[] {Attribute.PRIVATE_KEY, Attribute.PUBLIC_KEY}) {
            for (long object : to.find(session, kind, id)) {
              to.cryptoki().destroy(session, object);
            }
          }
          return true;
        });
  }

  private interface Use<T> {
    T of(Connection connection, long session) throws CryptokiException;
  }

  // Again, where it does no harm: a session that was idle for long has ended, with nothing wrong.
  private <T> T use(String what, int tries, Use<T> use) {
    var last = new CryptokiException("it comes and goes");
    for (int i = 0; i < tries; i++) {
      Connection current = connected();
      try {
        Optional<T> done = tried(current, use);
        if (done.isPresent()) {
          if (!trouble.isEmpty()) {
            trouble = "";
          }
          return done.get();
        }
      } catch (CryptokiException e) {
        last = e;
        lose(current);
      }
    }
    throw fail(
        new UnavailableException(
            "%s in the token \"%s\": %s".formatted(what, place.label(), text(last)), last));
  }

  private static String text(CryptokiException e) {
    return String.valueOf(e.getMessage());
  }

  /** Empty if another has ended that connection meanwhile. */
  private <T> Optional<T> tried(Connection current, Use<T> use) throws CryptokiException {
    lock.readLock().lock();
    try {
      return connection == current
          ? Optional.of(current.run(session -> use.of(current, session)))
          : Optional.empty();
    } finally {
      lock.readLock().unlock();
    }
  }

  private Connection connected() {
    lock.readLock().lock();
    try {
      if (connection != null) {
        return connection;
      }
    } finally {
      lock.readLock().unlock();
    }
    lock.writeLock().lock();
    try {
      if (connection == null) {
        connection = connect();
      }
      return connection;
    } finally {
      lock.writeLock().unlock();
    }
  }

  private Connection connect() {
    if (!trouble.isEmpty()
        && nanoTime.getAsLong() - failedNanos < TimeUnit.SECONDS.toNanos(AGAIN_AFTER_SECONDS)) {
      throw new UnavailableException(trouble);
    }
    try {
      return Connection.open(cryptoki, place, pin);
    } catch (CryptokiException e) {
      throw fail(
          new UnavailableException(
              "connecting to the token \"%s\" by %s: %s"
                  .formatted(place.label(), place.library(), text(e)),
              e));
    } catch (UnavailableException e) {
      throw fail(e);
    }
  }

  private UnavailableException fail(UnavailableException e) {
    failedNanos = nanoTime.getAsLong();
    trouble = String.valueOf(e.getMessage());
    return e;
  }

  private void lose(Connection current) {
    lock.writeLock().lock();
    try {
      if (connection == current) {
        connection = null;
        current.close();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (connection != null) {
        connection.close();
        connection = null;
      }
    } finally {
      lock.writeLock().unlock();
    }
  }
}
