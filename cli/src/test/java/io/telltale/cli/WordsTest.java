package io.telltale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.cli.api.Lifetime;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What answers say beside the server's own words (OP-3). */
class WordsTest {
  private static final String SCOPE = "default/prod/eu/main/internal";

  @TempDir Path folder;
  @AutoClose private final TestServer server = TestServer.start();
  private String data = "";

  @BeforeEach
  void make_the_data_folder() throws IOException {
    data = server.dataFolder(folder);
  }

  @Test
  void a_search_without_a_hit_prints_no_empty_table() {
    server.reply("GET /v1/ledger/search", 200, "{\"events\":[]}");
    Cli ran = Cli.run("ledger", "search", "--subject", "nobody", "--data", data);
    assertThat(ran.exit()).isEqualTo(ExitCode.OK);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err().strip()).isEqualTo("no event matches");
    Cli ofType = Cli.run("ledger", "search", "--type", "none", "--data", data);
    assertThat(ofType.err()).contains("no event matches: all types are in docs/format/events.md");
  }

  @Test
  void the_time_of_a_search_goes_to_the_server_as_a_moment_or_as_how_long_ago() {
    server.reply("GET /v1/ledger/search", 200, "{\"events\":[]}");
    String until = "2026-11-30T09:00:00+01:00";
    Cli ran = Cli.run("ledger", "search", "--since", "2d", "--until", until, "--data", data);
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.OK);
    assertThat(server.requests)
        .singleElement()
        .asString()
        .contains("?since=PT48H&until=2026-11-30T08%3A00%3A00Z&limit=20");
  }

  @Test
  void a_search_goes_on_while_a_page_is_empty_with_the_moments_that_were_meant() {
    String times = "\"since\":\"2026-11-30T08:00:00Z\",\"until\":null";
    server.reply(
        "GET /v1/ledger/search",
        200,
        "{\"events\":[],\"next\":900000," + times + "}",
        "{\"events\":[],\"next\":800000," + times + "}",
        "{\"events\":[{\"index\":799999}],\"next\":700000," + times + "}");
    Cli ran = Cli.run("ledger", "search", "--since", "2h", "--type", "a.", "--data", data);
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.OK);
    assertThat(ran.out()).contains("799999");
    assertThat(ran.err())
        .contains("none from event 800000 on: looking further back")
        .contains("--before 700000")
        .contains("--since 2026-11-30T08:00:00Z");
    assertThat(server.requests).hasSize(3);
    assertThat(server.requests.getLast())
        .contains("since=2026-11-30T08%3A00%3A00Z&before=800000&limit=20");
  }

  private static final String EMPTY_PAGE = "{\"events\":[],\"next\":900000}";

  private static String refusal(String code) {
    return "{\"error\":{\"code\":\"%s\",\"message\":\"the server says why\"}}".formatted(code);
  }

  @Test
  void a_search_that_is_told_of_others_asks_for_the_same_page_again() {
    server.reply("GET /v1/ledger/search", 503, refusal("busy"));
    server.thenReply("GET /v1/ledger/search", 200, EMPTY_PAGE);
    server.thenReply("GET /v1/ledger/search", 503, refusal("busy"), refusal("busy"));
    server.thenReply("GET /v1/ledger/search", 200, "{\"events\":[{\"index\":7}],\"next\":7}");
    Cli ran = Cli.run("ledger", "search", "--data", data);
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.OK);
    assertThat(ran.out()).contains("7");
    assertThat(ran.err()).contains("--before 7 ").doesNotContain("the server says why");
    assertThat(server.requests).hasSize(5);
    assertThat(server.requests.subList(0, 2)).noneMatch(asked -> asked.contains("before="));
    assertThat(server.requests.subList(2, 5)).allMatch(asked -> asked.contains("before=900000&"));
  }

  @ParameterizedTest
  @CsvSource({"busy, 503", "unavailable, 503", "internal, 500"})
  void a_search_that_ends_halfway_says_how_to_go_on(String code, int status) {
    server.reply("GET /v1/ledger/search", 200, EMPTY_PAGE);
    server.thenReply("GET /v1/ledger/search", status, refusal(code));
    Cli ran = Cli.run("ledger", "search", "--timeout", "1", "--data", data);
    assertThat(ran.exit()).isNotEqualTo(ExitCode.OK);
    assertThat(ran.err()).contains("further back: ", "--before 900000 ", "the server says why");
  }

  @Test
  void a_search_whose_times_the_server_refuses_was_typed_wrong() {
    server.reply(
        "GET /v1/ledger/search",
        400,
        "{\"error\":{\"code\":\"invalid\",\"message\":\"until must be after since\"}}");
    Cli ran = Cli.run("ledger", "search", "--since", "1h", "--until", "2h", "--data", data);
    assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("until must be after since");
  }

  @Test
  void a_key_that_is_to_be_destroyed_is_told_with_the_day_and_what_brings_it_back() {
    server.reply(
        "POST /v1/keys/destroy",
        200,
        """
        {"scope":"%s","state":"pending_destruction","versions":["1 enabled"],
         "destroyedAt":"2026-12-07T10:00:00Z","changed":"2026-11-30T10:00:00Z"}
        """
            .formatted(SCOPE));
    Cli ran = Cli.run("key", "destroy", SCOPE, "--reason", "ended", "--yes", "--data", data);
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.OK);
    assertThat(ran.out())
        .contains(
            "it is destroyed for good on 2026-12-07 (UTC); until then this brings it back:"
                + " ./telltale key enable "
                + SCOPE
                + " --reason ");
  }

  @Test
  void a_ceiling_is_told_in_hours_beside_its_seconds() {
    server.reply("GET /v1/policy", 200, "{\"tokenSecondsMax\":86400}");
    assertThat(Cli.run("enroll-token", "ceiling", "--data", data).out())
        .isEqualToIgnoringNewLines("a token is good for 24 h (86400 s) at most");
    assertThat(Lifetime.text(90)).isEqualTo("90 s");
    assertThat(Lifetime.text(600)).isEqualTo("10 min (600 s)");
  }

  @Test
  void a_list_with_nothing_in_it_is_none() {
    server.reply(
        "GET /v1/status", 200, "{\"halted\":[],\"stuck\":[],\"by\":{},\"roles\":[\"auditor\"]}");
    assertThat(Cli.run("status", "--data", data).out().lines())
        .containsExactly("halted: none", "stuck: none", "by: none", "roles: auditor");
  }
}
