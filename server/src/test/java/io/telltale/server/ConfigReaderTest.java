package io.telltale.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.identity.CaToken;
import io.telltale.server.ConfigReader.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator may set, and what is said when it is wrong. */
class ConfigReaderTest {
  private static final Path GUIDE = Path.of("..", "docs", "operating.md");

  @TempDir private Path folder;

  @Test
  void everything_has_a_default() {
    Config config = ready(Optional.empty(), Map.of());
    assertThat(config.ports()).isEqualTo(new Config.Ports(8883, 9443, 8444, 9464));
    assertThat(config.names()).containsExactly("localhost", "127.0.0.1");
    assertThat(config.data()).isAbsolute();
    assertThat(config.hasPassphrase()).isFalse();
  }

  @Test
  void the_environment_overrides_the_file() throws IOException {
    Path file = file("listen: {mqtt: 1883, enroll: 1443}\ntrust-domain: plant.example\n");
    Config config = ready(Optional.of(file), Map.of("TELLTALE_LISTEN_MQTT", "2883"));
    assertThat(config.ports().mqtt()).isEqualTo(2883);
    assertThat(config.ports().enroll()).isEqualTo(1443);
    assertThat(config.trustDomain()).isEqualTo("plant.example");
  }

  @Test
  void all_mistakes_are_reported_at_once() throws IOException {
    Path file = file("listen: {mqtt: 70000, names: 'a b'}\ntrust-domain: Plant\nlisten.mqt: 1\n");
    assertThat(
            problems(
                Optional.of(file),
                Map.of("TELLTALE_LIMITS_HANDSHAKES", "many", "TELLTALE_TYPO", "1")))
        .hasSize(6)
        .anyMatch(problem -> problem.contains("listen.mqtt must be an integer in [0, 65535]"))
        .anyMatch(problem -> problem.contains("listen.names must be"))
        .anyMatch(problem -> problem.contains("trust-domain must be"))
        .anyMatch(problem -> problem.contains("unknown key 'listen.mqt'"))
        .anyMatch(problem -> problem.contains("TELLTALE_LIMITS_HANDSHAKES in the"))
        .anyMatch(problem -> problem.contains("unknown setting TELLTALE_TYPO"));
  }

  @ParameterizedTest
  @CsvSource({
    "TELLTALE_LISTEN_MQT, TELLTALE_LISTEN_MQTT",
    "TELLTALE_MQTT, TELLTALE_LISTEN_MQTT",
    "TELLTALE_KEYS_PASSPHRASE_FILES, TELLTALE_KEYS_PASSPHRASE_FILE",
    "TELLTALE_, TELLTALE_LISTEN_"
  })
  void a_variable_that_is_none_of_ours_is_told_with_the_nearest(String name, String nearest) {
    assertThat(problems(Optional.empty(), Map.of(name, "1")))
        .singleElement()
        .asString()
        .contains("unknown setting " + name + " in the environment", "the nearest is " + nearest);
  }

  // Firm ground 32: it was the current folder.
  @Test
  void an_empty_name_of_the_data_folder_is_a_mistake() {
    assertThat(ConfigReader.read(Optional.empty(), Map.of(), Path.of("")))
        .isInstanceOfSatisfying(
            Outcome.Mistakes.class,
            invalid -> assertThat(invalid.problems().getFirst()).contains("name is empty"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://pki.example",
        "http://pki.example/",
        "http://10.0.0.5",
        "http://10.0.0.5:8080/status/a.b",
        "https://pki.example:9443"
      })
  void a_place_for_what_is_said_of_certificates_is_taken(String url) {
    assertThat(ready(Optional.empty(), Map.of("TELLTALE_CERTIFICATES_STATUS_URL", url)).statusUrl())
        .contains(url.replaceFirst("/$", ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pki.example",
        "ftp://pki.example",
        "http://",
        "http://999.1.1.1:80",
        "http://pki.example:0",
        "http://pki.example:65536",
        "http://pki.example/../a",
        "http://pki.example/a b",
        "http://me@pki.example",
        "http://pki.example/a?b",
        "http://pki.example/a#b",
        "http://pki.example//a",
        "http://[::1]",
        "/"
      })
  void what_would_stand_in_certificates_for_their_life_and_be_wrong_is_none(String url) {
    assertThat(problems(Optional.empty(), Map.of("TELLTALE_CERTIFICATES_STATUS_URL", url)))
        .singleElement()
        .asString()
        .contains("certificates.status-url (", "must be like http://pki.example");
  }

  @Test
  void a_token_needs_its_library_its_label_and_a_pin_that_is_in_none_of_the_settings()
      throws IOException {
    assertThat(ready(Optional.empty(), Map.of()).token()).isEmpty();
    Path library = Files.writeString(folder.resolve("library.so"), "");
    Path pin = Files.writeString(folder.resolve("pin"), "1234");
    String file = "pkcs11: {library: '%s', token: plant, pin-file: '%s'}\n";
    assertThat(ready(Optional.of(file(file.formatted(library, pin))), Map.of()).token())
        .contains(new CaToken.Place(library, "plant", pin));
    assertThat(problems(Optional.of(file(file.formatted(library, pin + "s"))), Map.of()))
        .singleElement()
        .asString()
        .contains("pkcs11.pin-file: cannot read " + pin + "s");
    assertThat(problems(Optional.empty(), Map.of("TELLTALE_PKCS11_TOKEN", "plant")))
        .singleElement()
        .asString()
        .contains("pkcs11.library", "pkcs11.pin-file", "go together");
    assertThat(problems(Optional.of(file("pkcs11: {pin: 1234}\n")), Map.of()))
        .singleElement()
        .asString()
        .contains("unknown key 'pkcs11.pin'")
        .doesNotContain("1234");
  }

  @ParameterizedTest
  @ValueSource(strings = {"300.1.1.1", "1.2.3", "1.2.3.4.5", "10.0.0."})
  void what_looks_like_an_address_and_is_none_cannot_be_listened_on(String host) {
    assertThat(problems(Optional.empty(), Map.of("TELLTALE_LISTEN_HOST", host)))
        .singleElement()
        .asString()
        .contains("must be an address of this machine");
  }

  @ParameterizedTest
  @ValueSource(strings = {"999.1.1.1", "1.2.3", "127.0.0.1.", "a..b", "-a", "a-", "fe80::1", "*.b"})
  void what_cannot_stand_in_a_certificate_is_no_name(String name) {
    assertThat(problems(Optional.empty(), Map.of("TELLTALE_LISTEN_NAMES", "gate.example," + name)))
        .singleElement()
        .asString()
        .contains("listen.names (", "must be", name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gate", "gate-7.plant.example", "7seas.example", "10.0.0.255"})
  void names_and_addresses_may_stand_in_a_certificate(String name) {
    assertThat(ready(Optional.empty(), Map.of("TELLTALE_LISTEN_NAMES", name)).names())
        .containsExactly(name);
  }

  @Test
  void a_file_that_is_missing_or_not_yaml_is_said() throws IOException {
    assertThat(problems(Optional.of(folder.resolve("none.yaml")), Map.of()))
        .singleElement()
        .asString()
        .contains("cannot read");
    assertThat(problems(Optional.of(file("{")), Map.of()))
        .singleElement()
        .asString()
        .contains("is not YAML");
    assertThat(problems(Optional.of(file("- a\n- b\n")), Map.of()))
        .singleElement()
        .asString()
        .contains("expected keys and values");
  }

  // They stopped run and check: "No content to map".
  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "# listen:\n#   mqtt: 1883\n", "---\n", "null\n"})
  void a_file_without_settings_sets_nothing(String content) throws IOException {
    assertThat(ready(Optional.of(file(content)), Map.of()))
        .isEqualTo(ready(Optional.empty(), Map.of()));
  }

  @Test
  void a_mistyped_key_is_told_with_the_nearest_and_not_with_all() throws IOException {
    assertThat(problems(Optional.of(file("limits: {handshake: 9}\n")), Map.of()))
        .singleElement()
        .asString()
        .contains("unknown key 'limits.handshake'; the nearest is limits.handshakes;")
        .doesNotContain("watchdog");
  }

  // It was: the nearest is listen.host.
  @Test
  void a_key_that_is_like_none_is_told_without_a_guess() throws IOException {
    assertThat(problems(Optional.of(file("foo: 1\n")), Map.of("TELLTALE_WARP", "1")))
        .hasSize(2)
        .allMatch(problem -> problem.contains("all are in docs/operating.md"))
        .noneMatch(problem -> problem.contains("nearest"));
  }

  @Test
  void a_mistake_names_the_variable_that_it_came_from_and_the_name_that_is_wrong() {
    assertThat(problems(Optional.empty(), Map.of("TELLTALE_LISTEN_MQTT", "x")))
        .singleElement()
        .asString()
        .startsWith("listen.mqtt (TELLTALE_LISTEN_MQTT in the environment) must be");
    assertThat(problems(Optional.empty(), Map.of("TELLTALE_LISTEN_NAMES", "gate.example,a b,-c")))
        .singleElement()
        .asString()
        .contains("not 'a b', '-c'")
        .doesNotContain("gate.example");
  }

  @Test
  void the_guide_names_every_setting_with_its_default() throws IOException {
    String guide = Files.readString(GUIDE);
    ConfigReader.defaults()
        .forEach(
            (key, value) ->
                assertThat(guide)
                    .contains(
                        "| `%s` | %s |"
                            .formatted(key, value.isEmpty() ? "none" : "`" + value + "`")));
  }

  @Test
  void a_password_in_the_databases_url_is_refused_and_not_repeated() {
    Map<String, String> environment =
        Map.of("TELLTALE_DATABASE_URL", "postgresql://me:secret@db.example/telltale");
    assertThat(ConfigReader.read(Optional.empty(), environment, folder))
        .isInstanceOfSatisfying(
            Outcome.Mistakes.class,
            mistakes ->
                assertThat(mistakes.problems())
                    .singleElement()
                    .asString()
                    .contains("database.url", "database.password-file")
                    .doesNotContain("secret"));
  }

  private Path file(String content) throws IOException {
    return Files.writeString(folder.resolve("telltale.yaml"), content);
  }

  private Config ready(Optional<Path> file, Map<String, String> environment) {
    Outcome outcome = ConfigReader.read(file, environment, folder);
    assertThat(outcome).isInstanceOf(Outcome.Ready.class);
    return ((Outcome.Ready) outcome).config();
  }

  private List<String> problems(Optional<Path> file, Map<String, String> environment) {
    Outcome outcome = ConfigReader.read(file, environment, folder);
    assertThat(outcome).isInstanceOf(Outcome.Mistakes.class);
    return ((Outcome.Mistakes) outcome).problems();
  }
}
