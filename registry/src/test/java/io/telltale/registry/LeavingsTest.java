package io.telltale.registry;

import static io.telltale.registry.Fixture.OPERATOR;
import static io.telltale.registry.Fixture.device;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Hash;
import io.telltale.roster.LifecycleState;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A long year of acts: what nobody asks for any more goes, what anybody might ask for stays. */
class LeavingsTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration KEPT = Duration.ofDays(30);

  @TempDir Path folder;
  private Fixture fixture;

  @SuppressWarnings("NullAway.Init") // JUnit calls open() first
  LeavingsTest() {}

  @BeforeEach
  void open() {
    fixture = new Fixture(folder);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private long count(String table) throws SQLException {
    try (Connection raw = TestStores.byHand(fixture.file);
        var statement = raw.createStatement();
        ResultSet rows = statement.executeQuery("SELECT count(*) FROM " + table)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private Hash token(String device, String text) {
    Hash hash = Registry.tokenHash(text);
    assertThat(fixture.registry.createToken(device(device), hash, HOUR, OPERATOR))
        .isInstanceOf(TokenCreation.Created.class);
    return hash;
  }

  private int dropTokens() {
    Instant then = fixture.now.minus(KEPT);
    int dropped = 0;
    // Once to the newest, and once from the oldest again.
    for (int round = 0; round < 2; round++) {
      dropped += fixture.registry.leavings().dropTokens(then);
    }
    return dropped;
  }

  @Test
  void a_token_leaves_thirty_days_after_it_was_spent_voided_or_expired_and_no_sooner()
      throws SQLException {
    List.of("spent", "voided", "expired", "open").forEach(fixture::add);
    Hash spent = token("spent", "s");
    token("voided", "v");
    token("expired", "e");
    assertThat(fixture.present("spent", spent)).isInstanceOf(TokenEnrollment.Enrolled.class);
    fixture.move("voided", LifecycleState.DISABLED);

    fixture.now = fixture.now.plus(KEPT);
    assertThat(dropTokens()).isZero();
    Hash open = token("open", "o");
    fixture.now = fixture.now.plus(Duration.ofMinutes(1));
    assertThat(dropTokens()).as("spent and voided").isEqualTo(2);
    fixture.now = fixture.now.plus(HOUR);
    assertThat(dropTokens()).as("expired").isEqualTo(1);
    assertThat(count("token")).isEqualTo(1);

    fixture.reopen();
    fixture.now = fixture.now.minus(HOUR);
    assertThat(fixture.present("open", open)).isInstanceOf(TokenEnrollment.Enrolled.class);
    assertThat(fixture.present("spent", spent))
        .isEqualTo(new TokenEnrollment.TokenRefused(TokenRefusal.UNKNOWN_TOKEN));
    // What a reading's provenance says of it does not hang on the token.
    assertThat(fixture.registry.find(device("spent")).orElseThrow().provisioned())
        .isEqualTo("est-token");
    assertThat(fixture.events()).contains("token.created", "token.spent");
  }

  @Test
  void ten_thousand_tokens_of_an_import_leave_though_young_ones_stand_before_them()
      throws SQLException {
    int devices = 1_200;
    List<NewDevice> all =
        IntStream.range(0, devices)
            .mapToObj(i -> new NewDevice(device("d-" + i), Fixture.press()))
            .toList();
    fixture.registry.addDevices(all, OPERATOR);
    List<NewToken> tokens =
        IntStream.range(0, 8 * devices)
            .mapToObj(
                i ->
                    new NewToken(
                        device("d-" + i % devices), Registry.tokenHash(Integer.toString(i))))
            .toList();
    fixture.registry.createTokens(tokens.subList(0, devices), Duration.ofHours(24), OPERATOR);
    fixture.now = fixture.now.plus(Duration.ofMinutes(1));
    fixture.registry.createTokens(tokens.subList(devices, 8 * devices), HOUR, OPERATOR);
    fixture.now = fixture.now.plus(KEPT).plus(Duration.ofHours(2));
    assertThat(dropTokens()).isEqualTo(7 * devices);
    assertThat(count("token")).isEqualTo(devices);
    fixture.now = fixture.now.plus(Duration.ofDays(1));
    assertThat(dropTokens()).isEqualTo(devices);
    assertThat(count("token")).isZero();
    fixture.reopen();
  }

  @Test
  void feed_entries_that_every_view_has_taken_in_leave_and_positions_go_on() throws SQLException {
    for (int i = 0; i < 600; i++) {
      fixture.add("d-" + i);
    }
    long position = fixture.registry.view().position();
    assertThat(count("feed")).isEqualTo(position);
    assertThat(fixture.registry.leavings().dropFeed()).isEqualTo((int) position - 1);
    assertThat(fixture.registry.leavings().dropFeed()).isZero();

    fixture.reopen();
    assertThat(fixture.registry.view().position()).isEqualTo(position);
    fixture.enrolled("next");
    assertThat(fixture.registry.view().position()).isGreaterThan(position);
    assertThat(fixture.registry.view().byDevice(device("next")).orElseThrow().feedPosition())
        .isGreaterThan(position);
  }

  // Who did what to a device is asked for years later.
  @Test
  void a_devices_history_stays() {
    int number = fixture.enrolled("press-1").number();
    fixture.move("press-1", LifecycleState.QUARANTINED);
    fixture.now = fixture.now.plus(Duration.ofDays(3_650));
    fixture.registry.leavings().dropFeed();
    dropTokens();
    assertThat(fixture.registry.history(number, 10)).hasSize(3);
  }
}
