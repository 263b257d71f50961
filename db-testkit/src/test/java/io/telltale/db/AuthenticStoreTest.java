package io.telltale.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.CorruptException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Firm ground 5 (ADR 0130), below every store: rows are what we wrote, or it is said. */
class AuthenticStoreTest {
  private static final List<String> SCHEMA =
      List.of(
          """
          CREATE TABLE person (
            number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,
            state TEXT NOT NULL,
            weight REAL, picture BLOB) STRICT;
          CREATE TABLE grants (
            who TEXT NOT NULL, what TEXT NOT NULL, since INTEGER NOT NULL,
            PRIMARY KEY (who, what)) WITHOUT ROWID, STRICT;
          CREATE TABLE log (line TEXT NOT NULL %s) STRICT;
          """
              // Files have numbers for the rows of a table without a key.
              .formatted(TestStores.either("", "PRIMARY KEY")));
  private static final SecretBytes KEY = SecretBytes.copyOf(new byte[32]);

  @TempDir Path dir;

  private Path file() {
    return dir.resolve("store.db");
  }

  private static StoreSeal seal() {
    return new StoreSeal("test", KEY, Entropy.system()).quietAbout("log");
  }

  private Database open() {
    return Database.open(TestStores.at(file()), SCHEMA, seal());
  }

  private static int run(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      return statement.executeUpdate();
    }
  }

  private static void write(Database database, String... statements) {
    database.write(
        connection -> {
          int changed = 0;
          for (String statement : statements) {
            changed += run(connection, statement);
          }
          return changed;
        });
  }

  /** A store with people and grants, closed. */
  private void fill() {
    try (Database database = open()) {
      write(
          database,
          "INSERT INTO person (name, state, weight, picture) VALUES ('ann', 'active', 61.5, %s)"
              .formatted(TestStores.either("x'00'", "'\\x00'")),
          "INSERT INTO person (name, state) VALUES ('bob', 'revoked')",
          "INSERT INTO person (name, state) VALUES ('cas', 'active')",
          "INSERT INTO grants VALUES ('ann', 'read', 1), ('ann', 'write', 2), ('bob', 'read', 3)",
          "INSERT INTO log VALUES ('begun')");
      write(database, "UPDATE person SET state = 'disabled' WHERE name = 'cas'");
      write(database, "DELETE FROM grants WHERE who = 'bob'");
    }
  }

  /** As somebody with an editor would. */
  private void byHand(String... statements) {
    try (Connection connection = TestStores.byHand(file())) {
      for (String statement : statements) {
        run(connection, statement);
      }
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  private static String state(Database database, String name) {
    return database.read(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement("SELECT state FROM person WHERE name = ?")) {
            select.setString(1, name);
            try (ResultSet row = select.executeQuery()) {
              return row.next() ? row.getString(1) : "";
            }
          }
        });
  }

  @Test
  void what_only_we_wrote_opens_again_and_again() {
    fill();
    try (Database database = open()) {
      assertThat(database.store().check()).isEmpty();
      assertThat(database.store().adopted()).isFalse();
      write(
          database,
          "INSERT INTO person VALUES (2, 'bob', 'active', NULL, NULL)"
              + " ON CONFLICT (number) DO UPDATE SET state = excluded.state");
      write(database, "UPDATE person SET number = 70 WHERE name = 'ann'");
      write(
          database,
          "INSERT INTO grants VALUES ('ann', 'read', 9)"
              + " ON CONFLICT (who, what) DO UPDATE SET since = excluded.since");
      assertThat(database.store().check()).isEmpty();
    }
    try (Database database = open()) {
      assertThat(state(database, "bob")).isEqualTo("active");
    }
    assertThat(AuthenticStore.check(TestStores.at(file()), seal())).isEmpty();
  }

  // It deletes rows that no statement of ours names.
  @Tag("sqlite")
  @Test
  void a_row_that_takes_the_place_of_others_opens_again() {
    fill();
    try (Database database = open()) {
      write(database, "INSERT OR REPLACE INTO person VALUES (2, 'ann', 'active', NULL, NULL)");
      assertThat(database.store().check()).isEmpty();
    }
    try (Database database = open()) {
      assertThat(state(database, "bob")).isEmpty();
    }
  }

  private static List<String> changesAndFindings() {
    return List.of(
        "UPDATE person SET state = 'active' WHERE name = 'bob' -- row 2 of table person was edited",
        "UPDATE person SET weight = 61 WHERE number = 1 -- row 1 of table person was edited",
        "UPDATE person SET picture = NULL WHERE number = 1 -- row 1 of table person was edited",
        "DELETE FROM person WHERE number = 3 -- row 3 of table person was removed",
        "INSERT INTO person VALUES (9, 'eve', 'active', 1, NULL) -- row 9 of table person was"
            + " added",
        "INSERT INTO grants VALUES ('bob', 'read', 3) -- table grants was added",
        "DELETE FROM grants WHERE what = 'write' -- table grants was removed",
        "UPDATE grants SET since = 0 WHERE what = 'read' -- table grants was edited",
        "UPDATE %s SET seq = 0 -- a counter of row numbers"
            .formatted(TestStores.either("sqlite_sequence", "row_counter")),
        trigger() + " -- its schema",
        "CREATE TABLE more (a INTEGER) -- its schema",
        "CREATE VIEW v AS SELECT * FROM person -- its schema",
        "DELETE FROM seal_head -- the seal of the whole is missing",
        "UPDATE seal_head SET body = zeroblob(9) -- the seal of the whole was edited",
        "DELETE FROM seal_row WHERE %s -- row 2 of table person was added".formatted(sealOf(2)));
  }

  /** One that writes whenever we write. */
  private static String trigger() {
    return TestStores.either(
        "CREATE TRIGGER t AFTER INSERT ON log BEGIN UPDATE person SET state = 'active'; END",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS"
            + " $$ BEGIN UPDATE person SET state = 'active'; RETURN NULL; END $$;"
            + " CREATE TRIGGER t AFTER INSERT ON log EXECUTE FUNCTION f()");
  }

  /** Where the seal of a person lies. */
  private static String sealOf(int number) {
    return "tab = 3 AND key = "
        + TestStores.either("%d", "record_send(ROW(%d::BIGINT))").formatted(number);
  }

  @ParameterizedTest
  @MethodSource("changesAndFindings")
  void what_somebody_changed_by_hand_is_refused_and_named(String changeAndFinding) {
    String[] parts = changeAndFinding.split(" -- ", 2);
    fill();
    byHand(parts[0]);
    assertThat(AuthenticStore.check(TestStores.at(file()), seal()).toString()).contains(parts[1]);
    assertThatThrownBy(this::open)
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining(TestStores.at(file()).place())
        .hasMessageContaining(parts[1])
        .hasMessageContaining("newest copy");
  }

  @Test
  void a_row_put_back_together_with_its_seal_is_noticed_and_its_place_named() throws SQLException {
    fill();
    long change;
    byte[] tag;
    try (Connection connection = TestStores.byHand(file());
        PreparedStatement select =
            connection.prepareStatement("SELECT change, tag FROM seal_row WHERE " + sealOf(1));
        ResultSet row = select.executeQuery()) {
      assertThat(row.next()).isTrue();
      change = row.getLong(1);
      tag = row.getBytes(2);
    }
    try (Database database = open()) {
      write(database, "UPDATE person SET state = 'revoked' WHERE name = 'ann'");
    }
    byHand("UPDATE person SET state = 'active' WHERE name = 'ann'");
    try (Connection connection = TestStores.byHand(file());
        PreparedStatement update =
            connection.prepareStatement(
                "UPDATE seal_row SET change = ?, tag = ? WHERE " + sealOf(1))) {
      update.setLong(1, change);
      update.setBytes(2, tag);
      assertThat(update.executeUpdate()).isEqualTo(1);
    }
    assertThatThrownBy(this::open)
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("table person has older rows")
        .hasMessageContaining("look at 1");
  }

  @Test
  void a_row_taken_away_together_with_its_seal_is_noticed() {
    fill();
    byHand("DELETE FROM person WHERE number = 2", "DELETE FROM seal_row WHERE " + sealOf(2));
    assertThatThrownBy(this::open)
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("table person has older rows than it had, or has lost some");
  }

  @Test
  void a_store_sealed_under_another_key_is_said_to_be_another_ones() {
    fill();
    byte[] other = new byte[32];
    other[0] = 1;
    var seal = new StoreSeal("test", SecretBytes.adopt(other), Entropy.system());
    assertThatThrownBy(() -> Database.open(TestStores.at(file()), SCHEMA, seal))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("another root key");
  }

  @Test
  void an_edit_under_the_running_store_is_not_laundered_by_a_write_to_the_same_row() {
    fill();
    try (Database database = open()) {
      byHand("UPDATE person SET name = 'eve' WHERE number = 2");
      assertThatThrownBy(
              () -> write(database, "UPDATE person SET state = 'active' WHERE number = 2"))
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("row 2 of table person was edited");
      assertThat(database.store().check()).containsExactly("row 2 of table person was edited");
    }
  }

  @Test
  void a_trigger_put_under_the_running_store_does_not_write_in_our_name() {
    fill();
    try (Database database = open()) {
      byHand(trigger());
      assertThatThrownBy(() -> write(database, "INSERT INTO log VALUES ('x')"))
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("schema");
    }
  }

  @Test
  void an_older_copy_put_under_the_running_store_is_named_by_its_check() throws Exception {
    fill();
    Path copy = dir.resolve("copy.db");
    TestStores.copy(file(), copy);
    try (Database database = open()) {
      write(database, "UPDATE person SET state = 'revoked'");
      TestStores.copy(copy, file());
      assertThat(database.store().check().toString()).contains("an older copy was put in place");
    }
  }

  @Test
  void a_work_that_fails_leaves_neither_rows_nor_seals() {
    fill();
    try (Database database = open()) {
      AuthenticStore.Position before = database.store().position();
      assertThatThrownBy(
              () ->
                  write(
                      database,
                      "UPDATE person SET state = 'x'",
                      "INSERT INTO person (name, state) VALUES ('ann', 'twice')"))
          .isInstanceOf(IllegalStateException.class);
      assertThat(database.store().position()).isEqualTo(before);
      write(database, "UPDATE person SET state = 'y'");
      assertThat(database.store().check()).isEmpty();
      assertThat(database.store().position().change()).isEqualTo(before.change() + 1);
    }
  }

  @Test
  void a_position_tells_an_older_copy_and_one_that_went_another_way() throws Exception {
    fill();
    Path copy = dir.resolve("copy.db");
    TestStores.copy(file(), copy);
    AuthenticStore.Position then;
    AuthenticStore.Position newest;
    try (Database database = open()) {
      then = database.store().position();
      write(database, "UPDATE person SET state = 'revoked'");
      newest = database.store().position();
      assertThat(relation(database, then)).isEqualTo(AuthenticStore.Relation.FOLLOWS);
      assertThat(relation(database, newest)).isEqualTo(AuthenticStore.Relation.FOLLOWS);
    }
    TestStores.copy(copy, file());
    try (Database database = open()) {
      assertThat(relation(database, then)).isEqualTo(AuthenticStore.Relation.FOLLOWS);
      assertThat(relation(database, newest)).isEqualTo(AuthenticStore.Relation.BEHIND);
      write(database, "UPDATE person SET state = 'active'");
      assertThat(relation(database, newest)).isEqualTo(AuthenticStore.Relation.ELSEWHERE);
    }
  }

  private static AuthenticStore.Relation relation(Database database, AuthenticStore.Position at) {
    return database.store().relationTo(at.change(), at.chain());
  }

  @Test
  void changes_of_quiet_tables_alone_need_no_new_anchor() {
    fill();
    try (Database database = open()) {
      AuthenticStore.Position before = database.store().position();
      write(database, "INSERT INTO log VALUES ('x')");
      assertThat(database.store().position().change()).isGreaterThan(before.change());
      assertThat(database.store().position().told()).isEqualTo(before.told());
      write(database, "DELETE FROM grants");
      assertThat(database.store().position().told()).isGreaterThan(before.told());
    }
  }

  @Test
  void a_store_from_before_seals_is_adopted_and_from_then_on_guarded() {
    TestStores.makeUnsealed(
        file(),
        SCHEMA,
        writer -> {
          Connections.execute(writer, "INSERT INTO person (name, state) VALUES ('ann', 'active')");
          return 1;
        });
    try (Database database = open()) {
      assertThat(database.store().adopted()).isTrue();
      assertThat(database.store().check()).isEmpty();
    }
    try (Database database = open()) {
      assertThat(database.store().adopted()).isTrue();
    }
    byHand("UPDATE person SET state = 'revoked'");
    assertThatThrownBy(this::open).isInstanceOf(CorruptException.class);
  }

  @Test
  void a_migration_seals_what_it_changes_and_covers_its_new_tables() {
    fill();
    List<String> newer =
        List.of(
            SCHEMA.getFirst(),
            "ALTER TABLE person ADD COLUMN enrolment INTEGER NOT NULL DEFAULT 1; CREATE TABLE extra"
                + " (a INTEGER PRIMARY KEY) STRICT; INSERT INTO extra VALUES (4)");
    try (Database database = Database.open(TestStores.at(file()), newer, seal())) {
      assertThat(database.store().check()).isEmpty();
      assertThat(database.store().adopted()).isFalse();
      write(database, "UPDATE person SET enrolment = 2");
    }
    byHand("UPDATE extra SET a = 5");
    assertThatThrownBy(() -> Database.open(TestStores.at(file()), newer, seal()))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("table extra was");
  }

  /** Many rows are looked at by several threads: what is wrong is named, in order, all the same. */
  @Test
  void an_edited_row_among_very_many_is_named() {
    try (Database database = open()) {
      write(
          database,
          "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < 9000)"
              + " INSERT INTO person (name, state) SELECT 'p' || i, 'new' FROM k");
    }
    open().close();
    byHand("UPDATE person SET state = 'active' WHERE number IN (3, 5000, 8999)");
    assertThatThrownBy(this::open)
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("row 3 of table person was edited")
        .hasMessageContaining("row 5000 of table person was edited")
        .hasMessageContaining("row 8999 of table person was edited");
  }

  @Test
  void a_migration_does_not_make_an_edited_row_authentic() {
    fill();
    byHand("INSERT INTO log VALUES ('forged')");
    StoreSeal later = new StoreSeal("test", KEY, Entropy.system()).lookingLaterAt("log");
    List<String> newer =
        List.of(SCHEMA.getFirst(), "CREATE TABLE extra (a INTEGER PRIMARY KEY) STRICT");
    Database.open(TestStores.at(file()), SCHEMA, later).close();
    assertThatThrownBy(() -> Database.open(TestStores.at(file()), newer, later))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("table log was added");
  }

  @Tag("sqlite")
  @Test
  void sealing_keeps_no_state_of_the_file_so_that_its_log_can_be_emptied() throws SQLException {
    fill();
    try (Database database = open();
        Connection other = TestStores.byHand(file());
        PreparedStatement checkpoint = other.prepareStatement("PRAGMA wal_checkpoint(TRUNCATE)")) {
      write(database, "UPDATE person SET state = 'x'");
      write(database, "UPDATE person SET state = 'y'");
      try (ResultSet row = checkpoint.executeQuery()) {
        assertThat(row.getInt(1)).as("busy").isZero();
        assertThat(row.getInt(2)).as("frames left").isZero();
      }
    }
  }

  @Test
  void a_condemned_store_serves_nothing() {
    fill();
    try (Database database = open()) {
      database.store().condemn("it was edited");
      assertThatThrownBy(() -> state(database, "ann"))
          .isInstanceOf(CorruptException.class)
          .hasMessage("it was edited");
      assertThatThrownBy(() -> write(database, "DELETE FROM log"))
          .isInstanceOf(CorruptException.class);
      assertThat(database.writeLater(connection -> run(connection, "DELETE FROM log")))
          .failsWithin(Duration.ofSeconds(20))
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(CorruptException.class);
    }
    try (Database database = open()) {
      assertThat(lines(database)).as("what was written before").isEqualTo(1);
    }
  }

  private static long lines(Database database) {
    return database.read(connection -> SealSchema.number(connection, "SELECT count(*) FROM log"));
  }

  @Test
  void what_waits_when_a_store_is_condemned_is_not_written() {
    fill();
    try (Database database = open()) {
      var begun = new CompletableFuture<Integer>();
      var first = new CompletableFuture<Integer>();
      CompletableFuture<Integer> condemning =
          database.writeLater(
              connection -> {
                begun.complete(1);
                first.join();
                return 0;
              });
      CompletableFuture<Integer> waiting =
          database.writeLater(connection -> run(connection, "DELETE FROM log"));
      begun.join();
      database.store().condemn("it was edited");
      first.complete(1);
      assertThat(condemning).succeedsWithin(Duration.ofSeconds(20));
      assertThat(waiting)
          .failsWithin(Duration.ofSeconds(20))
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(CorruptException.class);
    }
  }
}
