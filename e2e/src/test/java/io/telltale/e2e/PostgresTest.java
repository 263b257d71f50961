package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.testkit.PostgresServer;
import io.telltale.testkit.Ran;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Issue 8, slice b: the whole program with its stores in a real PostgreSQL server. */
final class PostgresTest {
  private final PostgresServer server = PostgresServer.shared();

  @TempDir private Path folder;

  @Test
  void tells_the_whole_story_and_its_folder_is_checked_and_belongs_to_that_database()
      throws Exception {
    Ran demo = run("data", "demo", "--once", "--devices", "4", "--seconds", "20");
    assertThat(demo.exitCode()).as(demo.output()).isZero();
    assertThat(demo.output())
        .contains("ok    query answered", "verified it offline", "was cut", "found in 0")
        .doesNotContain("FAIL");
    assertThat(databaseFiles("data")).isEmpty();

    Ran again = run("data", "demo", "--once", "--devices", "4", "--seconds", "15");
    assertThat(again.exitCode()).as(again.output()).isZero();

    Ran check = run("data", "check", "--deep");
    assertThat(check.exitCode()).as(check.output()).isZero();
    assertThat(check.output()).contains("store-registry", "store-pipeline");

    Ran without = start("data", "run").withoutDatabase();
    assertThat(without.exitCode()).as(without.output()).isNotZero();
    assertThat(without.output()).contains("set database.url");

    Ran other = run("other", "run");
    assertThat(other.exitCode()).as(other.output()).isNotZero();
    assertThat(other.output()).contains("another data folder's");

    drop("telltale_backend");
    Ran lost = run("data", "run");
    assertThat(lost.exitCode()).as(lost.output()).isNotZero();
    assertThat(lost.output()).contains("the schema telltale_backend", "is missing", "Nothing was");
    Ran named = run("data", "check");
    assertThat(named.exitCode()).as(named.output()).isNotZero();
    assertThat(named.output()).contains("the schema telltale_backend", "is missing");
    assertThat(hasSchema("telltale_backend")).isFalse();
    assertNoPassword(demo, again, check, without, other, lost, named);
  }

  private void drop(String schema) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("DROP SCHEMA " + schema + " CASCADE");
    }
  }

  private boolean hasSchema(String schema) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT to_regnamespace('" + schema + "') IS NOT NULL")) {
      row.next();
      return row.getBoolean(1);
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:" + server.url(), PostgresServer.USER, server.password());
  }

  private void assertNoPassword(Ran... all) throws IOException {
    for (Ran one : all) {
      assertThat(one.output()).doesNotContain(server.password());
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain(server.password());
      }
    }
  }

  private List<Path> databaseFiles(String data) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve(data))) {
      return files.filter(file -> file.toString().endsWith(".db")).toList();
    }
  }

  private Ran run(String data, String... words) throws IOException, InterruptedException {
    return start(data, words).ran();
  }

  private Start start(String data, String... words) {
    var all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--data", folder.resolve(data).toString()));
    return new Start(
        Product.onFreePorts(Product.command(List.of("-Xmx512m"), all.toArray(String[]::new))));
  }

  /** A command on its way. */
  private final class Start {
    private final ProcessBuilder command;

    Start(ProcessBuilder command) {
      this.command = command;
      command.environment().put("TELLTALE_LISTEN_HOST", "127.0.0.1");
    }

    Ran ran() throws IOException, InterruptedException {
      command.environment().put("TELLTALE_DATABASE_URL", server.url());
      command.environment().put("TELLTALE_DATABASE_USER", PostgresServer.USER);
      command
          .environment()
          .put("TELLTALE_DATABASE_PASSWORD_FILE", server.passwordFile().toString());
      return withoutDatabase();
    }

    Ran withoutDatabase() throws IOException, InterruptedException {
      return Ran.of(command, "");
    }
  }
}
