package io.telltale.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.TenantId;
import io.telltale.keys.KeyAct;
import io.telltale.registry.Act;
import io.telltale.registry.NewDevice;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.LifecycleState;
import io.telltale.server.data.DataFolder;
import io.telltale.server.metrics.Metrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Firm ground 5: what decides trust is what we last wrote, or the start is refused and says where.
 */
class GuardedStoresTest {
  private static final String OPERATOR = "spiffe://telltale.local/default/person/operator";
  private static final DeviceId DEVICE = new DeviceId(TenantId.DEFAULT, "pump-1");
  private static final String SEAL_TABLES = "seal_head,seal_row,seal_bucket,seal_change";

  private static Path made;

  @TempDir Path dir;

  @FunctionalInterface
  private interface Use {
    void on(Foundation foundation, DataPath path);
  }

  private Path data() {
    return dir.resolve("data");
  }

  private static Config config(Path data) {
    return switch (ConfigReader.read(Optional.empty(), Map.of(), data)) {
      case ConfigReader.Outcome.Ready(Config config) -> config;
      case ConfigReader.Outcome.Mistakes(var problems) -> throw new AssertionError(problems);
    };
  }

  private void run(Use use) {
    run(data(), use);
  }

  /** Everything that has a store, without the doors. */
  private static void run(Path data, Use use) {
    Config config = config(data);
    Budget budget =
        Budget.of(new Machine(512L << 20, 256L << 20, 20_000, 2L << 30), config.limits());
    try (var closing = new Closing()) {
      DataFolder folder = closing.add(DataFolder.at(data));
      Foundation foundation = Foundation.open(config, folder, InstantSource.system(), closing);
      DataPath path = DataPath.open(config, budget, folder, foundation, new Metrics(), closing);
      use.on(foundation, path);
    }
  }

  @BeforeEach
  void aCopyOfIt() throws IOException {
    copyFolder(made, data());
  }

  private static void copyFolder(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  /** One factory that has run, made once and copied for each test. */
  @BeforeAll
  static void aFactoryThatHasRun(@TempDir Path shared) {
    made = shared.resolve("made");
    run(
        made,
        (foundation, path) -> {
          var asset = new AssetRecord("prod", "eu", "line-a", "pump", "team", "hall 1", Map.of());
          foundation.registry().addDevice(new NewDevice(DEVICE, asset), OPERATOR);
          var scope = new Scope(TenantId.DEFAULT, "plant-1", "eu", "pumps", Sensitivity.INTERNAL);
          LocalDate today = LocalDate.ofInstant(foundation.clock().instant(), ZoneOffset.UTC);
          foundation.keys().epochPublic(scope, today, foundation.names().door());
        });
  }

  private Path store(String name) {
    return data()
        .resolve(
            switch (name) {
              case "registry" -> "registry/control.db";
              case "keys" -> "shred/shred.db";
              case "backend" -> "keys/backend.db";
              case "pipeline" -> "lake/pipeline.db";
              default -> "ledger/index.db";
            });
  }

  private void byHand(String store, String... statements) {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + store(store))) {
      for (String sql : statements) {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
          statement.execute();
        }
      }
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  private void refused(String store, String why) {
    assertThatThrownBy(() -> run((foundation, path) -> {}))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining(store(store).toString())
        .hasMessageContaining(why)
        .hasMessageContaining("Nothing is served from it");
  }

  private void copy(String from, String to) throws IOException {
    Files.copy(store(from), dir.resolve(to), StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void what_only_we_wrote_starts_again() {
    run((foundation, path) -> assertThat(foundation.registry().find(DEVICE)).isPresent());
  }

  @Test
  void an_older_registry_does_not_bring_a_revoked_device_back() throws IOException {
    copy("registry", "older.db");
    run(
        (foundation, path) ->
            foundation
                .registry()
                .transition(DEVICE, LifecycleState.COMPROMISED, new Act(OPERATOR, "stolen")));
    Files.move(dir.resolve("older.db"), store("registry"), StandardCopyOption.REPLACE_EXISTING);
    refused("registry", "is an older copy or a new file");
  }

  @Test
  void an_older_shred_store_does_not_bring_a_grant_back() throws IOException {
    copy("keys", "older.db");
    run(
        (foundation, path) -> {
          var grant = foundation.keys().grants().getFirst();
          var act = new KeyAct(foundation.names().operator(), "no more");
          foundation.keys().withdraw(grant, act);
        });
    Files.move(dir.resolve("older.db"), store("keys"), StandardCopyOption.REPLACE_EXISTING);
    refused("keys", "is an older copy or a new file");
  }

  @Test
  void an_older_key_backend_does_not_bring_a_destroyed_key_back() throws IOException {
    copy("backend", "older.db");
    run((foundation, path) -> foundation.backend().create("scope:one"));
    Files.move(dir.resolve("older.db"), store("backend"), StandardCopyOption.REPLACE_EXISTING);
    refused("backend", "is an older copy or a new file");
  }

  @Test
  void an_older_pipeline_database_is_refused() throws IOException {
    copy("pipeline", "older.db");
    // Whoever opens the pipeline takes the next generation.
    run((foundation, path) -> {});
    Files.move(dir.resolve("older.db"), store("pipeline"), StandardCopyOption.REPLACE_EXISTING);
    refused("pipeline", "is an older copy or a new file");
  }

  @Test
  void an_older_index_of_the_ledger_is_refused() throws IOException {
    copy("ledger", "older.db");
    run(
        (foundation, path) ->
            foundation
                .registry()
                .transition(DEVICE, LifecycleState.COMPROMISED, new Act(OPERATOR, "stolen")));
    Files.move(dir.resolve("older.db"), store("ledger"), StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> run((foundation, path) -> {}))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("ledger");
  }

  @Test
  void an_older_ledger_is_named_as_what_may_be_the_older_one() throws IOException {
    copyFolder(data().resolve("ledger"), dir.resolve("older"));
    Files.copy(dir.resolve("older/checkpoint"), dir.resolve("checkpoint"));
    run(
        (foundation, path) ->
            foundation
                .registry()
                .transition(DEVICE, LifecycleState.COMPROMISED, new Act(OPERATOR, "stolen")));
    Files.move(data().resolve("ledger"), dir.resolve("newer"));
    Files.move(dir.resolve("older"), data().resolve("ledger"));
    assertThatThrownBy(() -> run((foundation, path) -> {}))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining(data().resolve("ledger") + " is older than the store registry")
        .hasMessageContaining("restore the whole data folder of one moment");
    assertThat(data().resolve("ledger/checkpoint"))
        .hasSameBinaryContentAs(dir.resolve("checkpoint"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"registry", "keys", "pipeline", "backend"})
  void a_store_taken_away_is_not_taken_for_a_first_start(String store) throws IOException {
    Files.delete(store(store));
    assertThatThrownBy(() -> run((foundation, path) -> {})).isInstanceOf(CorruptException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"registry", "keys", "ledger", "backend"})
  void no_store_is_made_in_the_place_of_one_that_is_gone(String store) throws IOException {
    Files.delete(store(store));
    assertThatThrownBy(() -> run((foundation, path) -> {}))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining(store(store) + " is missing");
    assertThat(store(store)).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"registry", "keys", "pipeline", "backend"})
  void seals_taken_off_do_not_make_a_store_an_old_one(String store) {
    byHand(
        store,
        Stream.of(SEAL_TABLES.split(",", -1))
            .map(table -> "DROP TABLE " + table)
            .toArray(String[]::new));
    refused(store, "the ledger");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "registry; UPDATE principal SET state = 'active' WHERE name = 'pump-1'; of table principal"
            + " was edited",
        "registry; UPDATE principal SET roles = 'operator' WHERE kind = 'device'; of table"
            + " principal was edited",
        "registry; DELETE FROM principal WHERE name = 'pump-1'; of table principal was removed",
        "registry; UPDATE policy SET document = CAST('{}' AS BLOB); of table policy was edited",
        "registry; INSERT INTO token VALUES (zeroblob(32), 5, 0, 'me', 9e12, NULL, NULL); was"
            + " added",
        "registry; UPDATE setting SET value = 'x'; of table setting was edited",
        "keys; UPDATE signers SET public = zeroblob(91); of table signers was edited",
        "keys; UPDATE epochs SET public = zeroblob(1216); of table epochs was edited",
        "keys; UPDATE epochs SET signed = zeroblob(100); of table epochs was edited",
        "keys; DELETE FROM signers; of table signers was removed",
        "keys; INSERT INTO grants VALUES ('spiffe://telltale.local/default/person/eve',"
            + " 'default/*/*/*/*', 'OPEN'); of table grants was added",
        "keys; UPDATE scopes SET state = 2; of table scopes was edited",
        "backend; UPDATE keys SET state = 2; of table keys was edited",
        "pipeline; UPDATE pipeline_generation SET generation = 9; of table pipeline_generation was"
            + " edited",
        "ledger; UPDATE source SET number = number - 1; of table source was edited",
      })
  void a_row_changed_by_hand_is_refused_and_named(String storeChangeFinding) {
    String[] parts = storeChangeFinding.split("; ", -1);
    byHand(parts[0], parts[1]);
    refused(parts[0], parts[2]);
  }
}
