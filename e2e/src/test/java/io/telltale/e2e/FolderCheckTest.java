package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.telltale.device.MqttConnector;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Finding;
import io.telltale.kernel.UnavailableException;
import io.telltale.server.Config;
import io.telltale.server.Server;
import io.telltale.server.checks.FolderCheck;
import io.telltale.testkit.MovingClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Firm ground 35: what a check of a stopped folder reads, in which order, and what it leaves. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FolderCheckTest {
  private static final String NOT_READ =
      "what stands on that was not read: mend it, and check again";

  private final List<String> progress = new ArrayList<>();
  private Path made;

  @SuppressWarnings("NullAway.Init") // set in aFactoryThatHasRun
  FolderCheckTest() {}

  @BeforeAll
  void aFactoryThatHasRun(@TempDir Path shared) throws Exception {
    made = shared.resolve("made");
    var clock = new MovingClock(Instant.now());
    try (Server server = Server.start(InProcess.config(shared, "made"), clock);
        var connector = new MqttConnector(1)) {
      InProcess.publish(server, connector, clock, "press-0");
      InProcess.await(server, 1);
      assertThatThrownBy(() -> check(shared, "made", false))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("a server is running on " + made);
    }
  }

  private FolderCheck.Outcome check(Path folder, String name, boolean deep) {
    progress.clear();
    return FolderCheck.run(InProcess.config(folder, name), deep, progress::add);
  }

  private Path copy(Path folder) throws IOException {
    Path copy = folder.resolve("copy");
    try (Stream<Path> all = Files.walk(made)) {
      for (Path one : (Iterable<Path>) all::iterator) {
        Files.copy(
            one, copy.resolve(made.relativize(one).toString()), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    return copy;
  }

  private static Map<String, Long> sizes(Path data) throws IOException {
    var sizes = new TreeMap<String, Long>();
    try (Stream<Path> all = Files.walk(data)) {
      for (Path one : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
        sizes.put(data.relativize(one).toString(), Files.size(one));
      }
    }
    return sizes;
  }

  private static void flip(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
  }

  private static Path any(Path folder, String suffix) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(file -> file.toString().endsWith(suffix))
          .min(Comparator.naturalOrder())
          .orElseThrow();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_whole_folder_is_read_in_part_or_deep(boolean deep, @TempDir Path folder)
      throws IOException {
    Path data = copy(folder);
    FolderCheck.Outcome outcome = check(folder, "copy", deep);
    assertThat(outcome.findings()).isEmpty();
    assertThat(outcome.unread()).isZero();
    assertThat(progress).contains("reading ca", "reading operator").doesNotContain(NOT_READ);
    long objects =
        sizes(data).entrySet().stream()
            .filter(file -> file.getKey().startsWith("lake/objects/"))
            .mapToLong(Map.Entry::getValue)
            .sum();
    if (deep) {
      assertThat(progress)
          .containsExactly(
              "reading log",
              "reading store-backend",
              "reading store-keys",
              "reading store-registry",
              "reading store-pipeline",
              "reading ca",
              "reading operator",
              "reading store-ledger",
              "reading ledger",
              "reading lake",
              "reading leaves");
      assertThat(outcome.bytes()).isGreaterThan(objects);
    } else {
      assertThat(progress).containsExactly("reading ca", "reading operator");
      assertThat(outcome.bytes()).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "keys/root.key",
        "keys/stores.sealed",
        "keys/backend.db",
        "keys/ledger-name-key.sealed",
        "shred/shred.db",
        "registry/control.db",
        "ca/root.crt.pem",
        "ca/issuing.crt.pem",
        "ca/issuing.key.sealed",
        "ledger/index.db",
        "lake/pipeline.db"
      })
  void a_lost_file_is_named_and_nothing_is_made_in_its_place(String lost, @TempDir Path folder)
      throws IOException {
    Path data = copy(folder);
    Files.delete(data.resolve(lost));
    Map<String, Long> left = sizes(data);
    for (boolean deep : new boolean[] {false, true}) {
      assertThat(check(folder, "copy", deep).findings())
          .extracting(Finding::where, Finding::what)
          .containsExactly(tuple(data.resolve(lost).toString(), "is missing"));
      assertThat(progress).isEqualTo(deep ? List.of("reading log") : List.of());
      assertThat(sizes(data)).isEqualTo(left);
    }
  }

  @Test
  void a_damaged_store_is_named_and_not_opened(@TempDir Path folder) throws Exception {
    Path data = copy(folder);
    Path store = data.resolve("lake/pipeline.db");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + store);
        Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate("UPDATE pipeline_leaves SET bytes = bytes + 1"))
          .isPositive();
    }
    flip(data.resolve("ca/root.crl"));
    Path segment = any(data.resolve("log"), ".seg");
    flip(segment);
    byte[] before = Files.readAllBytes(store);
    assertThat(check(folder, "copy", true).findings())
        .extracting(Finding::where)
        .startsWith(segment.toString())
        .containsOnly(segment.toString(), store.toString());
    assertThat(progress).endsWith("reading store-pipeline", NOT_READ);
    assertThat(Files.readAllBytes(store)).isEqualTo(before);
  }

  @Test
  void a_damaged_log_hides_nothing_else(@TempDir Path folder) throws IOException {
    Path data = copy(folder);
    Path segment = any(data.resolve("log"), ".seg");
    flip(segment);
    Path object = any(data.resolve("lake/objects/data"), "");
    flip(object);
    assertThat(check(folder, "copy", true).findings())
        .extracting(Finding::text)
        .satisfiesExactly(
            text -> assertThat(text).startsWith(segment + " is damaged at byte "),
            text -> assertThat(text).contains("(log/)", "or some of it is gone"),
            text -> assertThat(text).contains(object.getFileName() + " is not what was stored"));
    assertThat(progress).endsWith("reading leaves");
  }

  @Test
  void a_log_that_is_older_than_what_was_made_of_it_is_named(@TempDir Path folder)
      throws IOException {
    Path data = copy(folder);
    try (Stream<Path> all = Files.list(data.resolve("log"))) {
      for (Path file : (Iterable<Path>) all::iterator) {
        Files.delete(file);
      }
    }
    for (boolean deep : new boolean[] {false, true}) {
      assertThat(check(folder, "copy", deep).findings())
          .singleElement()
          .matches(one -> one.text().startsWith("what a start reads ended: "))
          .matches(one -> one.text().contains("(log/)"));
    }
    // A refused start left a new one there.
    assertThatThrownBy(() -> Server.start(InProcess.config(folder, "copy")))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("(log/)");
    assertThat(data.resolve("log")).isEmptyDirectory();
  }

  // It said to see whether a database or a disk answers.
  @Test
  void a_folder_whose_key_has_a_passphrase_asks_for_the_settings_that_name_it(@TempDir Path folder)
      throws IOException {
    Config plain = InProcess.config(folder, "sealed");
    Path passphrase = Files.writeString(folder.resolve("passphrase"), "correct horse battery");
    Server.start(
            new Config(
                plain.data(),
                plain.trustDomain(),
                plain.host(),
                plain.names(),
                plain.ports(),
                plain.limits(),
                plain.disk(),
                plain.pipeline(),
                plain.watchdog(),
                passphrase,
                plain.statusUrl(),
                plain.database(),
                plain.token()))
        .close();
    for (boolean deep : new boolean[] {false, true}) {
      assertThat(check(folder, "sealed", deep).findings())
          .first()
          .extracting(Finding::text)
          .asString()
          .contains("is protected by a passphrase", "--config FILE");
    }
  }

  @Test
  void where_there_are_no_keys_there_is_no_data_folder(@TempDir Path folder) {
    assertThatThrownBy(() -> check(folder, "none", false))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("there is no data folder at " + folder.resolve("none"));
    assertThat(folder).isEmptyDirectory();
  }
}
