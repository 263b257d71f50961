package io.telltale.dbpostgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresUrlTest {
  private static PostgresUrl url(String text) {
    return ((PostgresUrl.Parsed.Url) PostgresUrl.parse(text)).url();
  }

  @ParameterizedTest
  @CsvSource({
    "postgresql://db.example:6432/telltale,postgresql://db.example:6432/telltale",
    "jdbc:postgresql://db.example/telltale,postgresql://db.example:5432/telltale",
    "postgresql://me@[::1]/telltale,postgresql://[::1]:5432/telltale"
  })
  void reads_where_a_database_is(String text, String shown) {
    assertThat(url(text).text()).isEqualTo(shown);
  }

  // Each was told as a PSQLException, and none named the setting.
  @ParameterizedTest
  @CsvSource({
    "08001, database.url",
    "28P01, database.password-file",
    "08004, database.user",
    "3D000, create it",
    "57P01, tried again"
  })
  void a_database_that_is_not_to_be_had_is_told_with_what_to_look_at(String state, String named) {
    assertThat(PostgresFailures.of("opening it", new SQLException("no", state)))
        .hasMessageStartingWith("opening it: ")
        .hasMessageContaining(named);
  }

  // The driver's words and those of its cause stood behind ours: the same three times.
  @ParameterizedTest
  @ValueSource(strings = {"postgresql://127.0.0.1:1/telltale", "postgresql://no.invalid/telltale"})
  void where_nothing_answers_that_is_told_once(String text) {
    var database = new PostgresDatabase(url(text), "me", Optional.empty(), Optional.empty());
    SQLException refused = catchThrowableOfType(SQLException.class, database::connect);
    RuntimeException told = PostgresFailures.of("opening it", refused);
    assertThat(told)
        .isInstanceOf(UnavailableException.class)
        .hasMessage("opening it: see that PostgreSQL runs, and what database.url says");
    assertThat(told.getCause()).isInstanceOf(IOException.class).hasNoCause();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://me:secret@db/telltale",
        "jdbc:postgresql://db/telltale?password=secret",
        "mysql://db/telltale?secret",
        "postgresql://db/secret/other",
        "postgresql:///secret",
        "secret"
      })
  void refuses_what_is_none_and_does_not_repeat_it(String text) {
    assertThat(PostgresUrl.parse(text))
        .isInstanceOfSatisfying(
            PostgresUrl.Parsed.Mistake.class,
            mistake -> assertThat(mistake.what()).isNotEmpty().doesNotContain("secret"));
  }

  @ParameterizedTest
  @CsvSource({
    "postgresql://localhost/t,prefer",
    "postgresql://127.0.0.1/t,prefer",
    "postgresql://[::1]/t,prefer",
    "postgresql://127.0.0.1.example/t,verify-full",
    "postgresql://10.0.0.7/t,verify-full",
    "postgresql://db.example/t,verify-full"
  })
  void another_machines_server_must_show_who_it_is(String text, String mode) {
    var plain = new PostgresDatabase(url(text), "me", Optional.empty(), Optional.empty());
    assertThat(plain.properties().getProperty("sslmode")).isEqualTo(mode);
    var rooted =
        new PostgresDatabase(url(text), "me", Optional.empty(), Optional.of(Path.of("ca.pem")));
    assertThat(rooted.properties())
        .containsEntry("sslmode", "verify-full")
        .containsEntry("sslrootcert", "ca.pem");
  }

  @Test
  void the_systems_authorities_vouch_where_none_are_given() {
    var database =
        new PostgresDatabase(
            url("postgresql://db.example/t"), "me", Optional.empty(), Optional.empty());
    assertThat(database.properties())
        .containsEntry("sslmode", "verify-full")
        .containsEntry("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
  }
}
