package io.telltale.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import io.telltale.leases.KeyState;
import io.telltale.testkit.MovingClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullMarked
class FileBackendTest implements KeyBackendContract {
  @TempDir Path folder;
  private final List<FileBackend> opened = new ArrayList<>();

  private FileBackend open(Passphrase passphrase) {
    var backend =
        FileBackend.open(
            folder.resolve("keys"),
            TestStores.at(folder.resolve("keys").resolve("backend.db")),
            new FileBackend.Environment(passphrase, Entropy.system(), new MovingClock(House.NOON)));
    opened.add(backend);
    return backend;
  }

  @AfterEach
  void close() {
    opened.forEach(FileBackend::close);
  }

  @Override
  public KeyBackend backend() {
    return open(new Passphrase.None());
  }

  @Override
  public KeyBackend reopened() {
    close();
    opened.clear();
    return backend();
  }

  // A new one opened nothing, and what had happened could not be seen any more.
  @ParameterizedTest
  @ValueSource(strings = {"root.key", "stores.sealed"})
  void a_key_that_is_gone_beside_what_it_sealed_is_named_and_none_is_made(String lost)
      throws IOException {
    open(new Passphrase.None()).create("one");
    close();
    opened.clear();
    Path file = folder.resolve("keys").resolve(lost);
    Files.delete(file);
    assertThatThrownBy(() -> open(new Passphrase.None()))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining(file + " is missing")
        .hasMessageContaining("copy of the whole data folder");
    assertThat(file).doesNotExist();
  }

  private static Passphrase given(String phrase) {
    return new Passphrase.Given(SecretBytes.adopt(phrase.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void files_are_for_their_owner_only() throws IOException {
    open(new Passphrase.None()).create("one");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("keys"))))
        .isEqualTo("rwx------");
    try (Stream<Path> files = Files.list(folder.resolve("keys"))) {
      files.forEach(
          file -> {
            try {
              assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                  .as(file.toString())
                  .isEqualTo("rw-------");
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          });
    }
  }

  @Test
  void a_passphrase_given_later_protects_the_file_from_then_on() throws IOException {
    FileBackend plain = open(new Passphrase.None());
    assertThat(plain.hasPassphrase()).isFalse();
    plain.create("one");
    SecretBytes secret = Entropy.system().secret(32);
    var wrapped = (KeyBackend.Wrapped.Done) plain.wrap("one", KeyBackendContract.CONTEXT, secret);
    byte[] before = Files.readAllBytes(folder.resolve("keys/root.key"));
    plain.close();
    opened.clear();

    FileBackend locked = open(given("correct horse"));
    assertThat(locked.hasPassphrase()).isTrue();
    assertThat(locked.unwrap("one", 1, KeyBackendContract.CONTEXT, wrapped.blob()))
        .isEqualTo(new KeyBackend.Unwrapped.Done(secret));
    locked.close();
    opened.clear();

    String root = Bytes.adopt(before).slice(before.length - 32, before.length).hex();
    String after = Bytes.adopt(Files.readAllBytes(folder.resolve("keys/root.key"))).hex();
    assertThat(after).doesNotContain(root);
    assertThatThrownBy(() -> open(new Passphrase.None()))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("passphrase");
    assertThatThrownBy(() -> open(given("wrong")))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("passphrase")
        .hasMessageNotContaining("wrong horse");
    assertThat(open(given("correct horse")).versions("one")).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"key made", "store keys sealed", "keys sealed", "done"})
  void a_crash_while_the_root_key_is_replaced_loses_no_key(String crashAt) throws IOException {
    FileBackend plain = open(new Passphrase.None());
    plain.create("one");
    plain.create("one");
    plain.create("gone");
    plain.setState("gone", 1, KeyState.DESTROYED);
    SecretBytes secret = Entropy.system().secret(32);
    var wrapped = (KeyBackend.Wrapped.Done) plain.wrap("one", KeyBackendContract.CONTEXT, secret);
    Path file = folder.resolve("keys/root.key");
    byte[] before = Files.readAllBytes(file);
    plain.close();
    opened.clear();

    var environment =
        new FileBackend.Environment(
            given("correct horse"), Entropy.system(), new MovingClock(House.NOON));
    assertThatThrownBy(
            () ->
                FileBackend.open(
                    folder.resolve("keys"),
                    TestStores.at(folder.resolve("keys").resolve("backend.db")),
                    environment,
                    step -> {
                      if (step.equals(crashAt)) {
                        throw new IllegalStateException("the power is cut");
                      }
                    }))
        .hasMessageContaining("power");
    assertThatThrownBy(() -> open(new Passphrase.None())).isInstanceOf(UnavailableException.class);
    FileBackend again = open(given("correct horse"));
    assertThat(again.unwrap("one", 2, KeyBackendContract.CONTEXT, wrapped.blob()))
        .isEqualTo(new KeyBackend.Unwrapped.Done(secret));
    again.close();
    opened.clear();

    assertThat(folder.resolve("keys/root.key.next")).doesNotExist();
    byte[] after = Files.readAllBytes(file);
    // Whoever kept the key that lay in the clear opens nothing of what is there now.
    Files.write(file, before);
    assertThatThrownBy(() -> open(new Passphrase.None()))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("stores.sealed");
    Files.write(file, after);
    assertThat(open(given("correct horse")).versions("one")).hasSize(2);
  }

  @Test
  void a_damaged_root_key_file_is_refused() throws IOException {
    open(new Passphrase.None()).close();
    opened.clear();
    Files.write(folder.resolve("keys/root.key"), new byte[] {1, 2, 3});
    assertThatThrownBy(() -> open(new Passphrase.None())).isInstanceOf(CorruptException.class);
  }

  @Test
  void a_passphrase_file_may_end_with_a_newline() throws IOException {
    Path file = folder.resolve("phrase");
    Files.writeString(file, "correct horse\n");
    assertThat(Passphrase.ofFile(file)).isEqualTo(given("correct horse"));
    Files.writeString(file, "\n");
    assertThatThrownBy(() -> Passphrase.ofFile(file)).isInstanceOf(UnavailableException.class);
  }
}
