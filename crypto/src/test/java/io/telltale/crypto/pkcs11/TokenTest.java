package io.telltale.crypto.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.SigningKey;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import io.telltale.testkit.SoftHsm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys in a token of SoftHSM, which we did not write. */
class TokenTest {
  private static final Bytes MESSAGE = Bytes.utf8("what is to be signed");

  @TempDir private Path folder;
  private final AtomicLong nanos = new AtomicLong();
  private SoftHsm hsm;

  @BeforeEach
  void make() throws Exception {
    hsm = SoftHsm.require(folder);
    hsm.use();
    hsm.token("plant", "1234");
    hsm.token("another", "0000");
  }

  private static final class TypedPin implements Token.Pin {
    private final String text;
    private int read;
    private int refused;

    TypedPin(String text) {
      this.text = text;
    }

    @Override
    public SecretBytes read() {
      if (refused > 0) {
        throw new UnavailableException("not again");
      }
      read++;
      return SecretBytes.adopt(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void refused() {
      refused++;
    }
  }

  private Token open() {
    return open("plant", new TypedPin("1234"));
  }

  private Token open(String label, Token.Pin pin) {
    return Token.open(new Token.Place(hsm.library(), label), pin, nanos::get);
  }

  private static Bytes id() {
    return Entropy.system().bytes(16);
  }

  @Test
  void a_key_made_in_the_token_signs_and_is_there_after_a_restart() {
    Token.Made made;
    try (Token token = open()) {
      made = token.make(id(), "telltale issuing");
      Bytes signature = token.key(made.id(), "issuing").signDer(MESSAGE);
      assertThat(EcdsaP256.verifyDer(made.key(), MESSAGE, signature)).isTrue();
      assertThat(EcdsaP256.verifyDer(made.key(), Bytes.utf8("other"), signature)).isFalse();
    }
    try (Token token = open()) {
      assertThat(token.has(made.id())).isTrue();
      SigningKey key = token.key(made.id(), "issuing");
      assertThat(key.isPairOf(made.key())).isTrue();
      assertThat(key.isPairOf(EcdsaP256.generate().getPublic())).isFalse();
    }
    try (Token other = open("another", new TypedPin("0000"))) {
      assertThat(other.has(made.id())).isFalse();
    }
  }

  @Test
  void the_private_half_cannot_be_read_out() throws Exception {
    Bytes id = id();
    try (Token token = open()) {
      token.make(id, "telltale issuing");
    }
    Cryptoki cryptoki = Cryptoki.load(hsm.library());
    Connection connection =
        Connection.open(cryptoki, new Token.Place(hsm.library(), "plant"), new TypedPin("1234"));
    connection.run(
        session -> {
          long key = connection.privateKey(session, id).orElseThrow();
          long value = 0x11;
          assertThatThrownBy(() -> cryptoki.attribute(session, key, value))
              .isInstanceOf(CryptokiException.class)
              .hasMessageContaining("0x11");
          long alwaysSensitive = 0x165;
          assertThat(cryptoki.attribute(session, key, alwaysSensitive)).isEqualTo(one());
          long neverExtractable = 0x164;
          assertThat(cryptoki.attribute(session, key, neverExtractable)).isEqualTo(one());
          return key;
        });
    connection.close();
  }

  private static Bytes one() {
    return Bytes.adopt(new byte[] {1});
  }

  @Test
  void many_threads_sign_at_once() throws Exception {
    try (Token token = open();
        var threads = Executors.newFixedThreadPool(32)) {
      Token.Made made = token.make(id(), "telltale issuing");
      SigningKey key = token.key(made.id(), "issuing");
      var all = new ArrayList<Callable<Boolean>>();
      for (int i = 0; i < 3_200; i++) {
        Bytes message = Bytes.utf8("message " + i);
        all.add(() -> EcdsaP256.verifyDer(made.key(), message, key.signDer(message)));
      }
      long began = System.nanoTime();
      for (var done : threads.invokeAll(all)) {
        assertThat(done.get()).isTrue();
      }
      System.out.printf(
          "%d signatures in a soft token, %d us each%n",
          all.size(), (System.nanoTime() - began) / 1_000 / all.size());
    }
  }

  @Test
  void a_destroyed_key_signs_nothing_more() {
    try (Token token = open()) {
      Token.Made made = token.make(id(), "telltale issuing");
      token.destroy(made.id());
      assertThat(token.has(made.id())).isFalse();
      assertThatThrownBy(() -> token.key(made.id(), "issuing").signDer(MESSAGE))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("the key issuing (CKA_ID " + made.id().hex() + ") is not in");
      assertThat(token.trouble()).get().asString().contains("issuing");
    }
  }

  @Test
  void a_wrong_pin_is_tried_once_and_never_told() {
    var pin = new TypedPin("9999");
    assertThatThrownBy(() -> open("plant", pin))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("\"plant\" has refused the PIN (c_login answered CKR_PIN_INCORRECT)")
        .hasMessageNotContaining("9999");
    assertThat(List.of(pin.read, pin.refused)).containsExactly(1, 1);
  }

  @Test
  void what_is_not_there_is_named_with_what_there_is() {
    assertThatThrownBy(() -> open("plnt", new TypedPin("1234")))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("has no token \"plnt\"; it has: ")
        .hasMessageContaining("plant")
        .hasMessageContaining("another");
    Token.Pin pin = new TypedPin("1234");
    Path missing = folder.resolve("none.so");
    assertThatThrownBy(() -> Token.open(new Token.Place(missing, "plant"), pin, nanos::get))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining(missing + " cannot be loaded as a PKCS #11 library");
    Path other = Path.of(System.getProperty("java.home"), "lib", "libzip.so");
    assertThatThrownBy(() -> Token.open(new Token.Place(other, "plant"), pin, nanos::get))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("is no PKCS #11 library");
  }

  @Test
  void two_tokens_of_one_label_are_one_too_many() throws Exception {
    hsm.token("plant", "1234");
    assertThatThrownBy(this::open)
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("has 2 tokens \"plant\"");
  }

  @Test
  void a_token_that_was_pulled_out_is_asked_again_after_a_while() throws Exception {
    var pin = new TypedPin("1234");
    try (Token token = open("plant", pin)) {
      Token.Made made = token.make(id(), "telltale issuing");
      SigningKey key = token.key(made.id(), "issuing");
      key.signDer(MESSAGE);
      Path aside = folder.resolve("aside");
      Files.move(hsm.tokens(), aside);
      Files.createDirectories(hsm.tokens());
      assertThatThrownBy(() -> key.signDer(MESSAGE)).isInstanceOf(UnavailableException.class);
      assertThat(token.trouble()).get().asString().contains("\"plant\"");
      nanos.addAndGet(TimeUnit.SECONDS.toNanos(Token.AGAIN_AFTER_SECONDS));
      assertThatThrownBy(() -> key.signDer(MESSAGE)).isInstanceOf(UnavailableException.class);
      assertThat(token.trouble()).get().asString().endsWith("has no token \"plant\"; it has: none");
      int read = pin.read;

      Files.delete(hsm.tokens());
      Files.move(aside, hsm.tokens());
      assertThatThrownBy(() -> key.signDer(MESSAGE))
          .as("not at once: a dead token is not asked by every request")
          .isInstanceOf(UnavailableException.class);
      assertThat(pin.read).isEqualTo(read);
      nanos.addAndGet(TimeUnit.SECONDS.toNanos(Token.AGAIN_AFTER_SECONDS));
      assertThat(EcdsaP256.verifyDer(made.key(), MESSAGE, key.signDer(MESSAGE))).isTrue();
      assertThat(token.trouble()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0x40000, the PIN of the token \"plant\" is locked",
    "0x20000, one more wrong PIN would lock the token \"plant\"",
  })
  void a_pin_that_could_lock_the_token_is_not_given(String flag, String said) throws Throwable {
    Cryptoki strange = new StrangeLibrary(hsm.library()).withFlags(Long.decode(flag)).cryptoki();
    var pin = new TypedPin("1234");
    assertThatThrownBy(() -> Connection.open(strange, place(), pin))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining(said);
    assertThat(pin.read).isZero();
  }

  @Test
  void a_pin_that_is_locked_was_not_refused() throws Throwable {
    Cryptoki strange =
        new StrangeLibrary(hsm.library())
            .answering(Function.C_LOGIN, CryptokiException.PIN_LOCKED)
            .cryptoki();
    var pin = new TypedPin("1234");
    assertThatThrownBy(() -> Connection.open(strange, place(), pin))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("is locked: its security officer");
    assertThat(List.of(pin.read, pin.refused)).containsExactly(1, 0);
  }

  @Test
  void what_a_token_answers_is_told_by_its_name() throws Throwable {
    long deviceRemoved = 0x32;
    Cryptoki strange =
        new StrangeLibrary(hsm.library())
            .answering(Function.C_SIGN, deviceRemoved)
            .answering(Function.C_GENERATE_KEY_PAIR, 0x80000123L)
            .cryptoki();
    try (var token = Token.over(strange, place(), new TypedPin("1234"), nanos::get)) {
      assertThatThrownBy(() -> token.make(id(), "telltale issuing"))
          .isInstanceOf(UnavailableException.class)
          .hasMessage(
              "making a key in the token \"plant\": c_generate_key_pair answered 0x80000123");
    }
    Token.Made made;
    try (Token token = open()) {
      made = token.make(id(), "telltale issuing");
    }
    try (var token = Token.over(strange, place(), new TypedPin("1234"), nanos::get)) {
      assertThatThrownBy(() -> token.key(made.id(), "issuing").signDer(MESSAGE))
          .isInstanceOf(UnavailableException.class)
          .hasMessage("signing in the token \"plant\": c_sign answered CKR_DEVICE_REMOVED");
    }
  }

  private Token.Place place() {
    return new Token.Place(hsm.library(), "plant");
  }
}
