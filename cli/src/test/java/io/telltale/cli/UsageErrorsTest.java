package io.telltale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Fifty lines of usage hid the one that said what was wrong. */
class UsageErrorsTest {
  private static final Set<String> OFFLINE = Set.of("verify");

  /** What is typed, and what the sentence must name. */
  private static final String WRONG =
      """
      status --timeout 0 | --timeout
      status --timeout x | give seconds, or a time like 30s, 10m, 2h or 3d
      status --timeout 2d | --timeout must be a whole number from 1 to 86400
      status --timeout 99999999999s | --timeout
      status --server http://localhost:1 | https
      status --server :x | ':x' is no URI
      status --server 127.0.0.1:8444 | https://HOST:PORT
      status --server localhost:8444 | https://HOST:PORT
      status --server https://localhost:99999 | https://HOST:PORT, with a port from 1 to 65535
      status --server https://localhost:0 | https://HOST:PORT
      status more | more
      status --server https://localhost:1 --cert none.pem | --cert: there is no file none.pem
      status --server https://localhost:1 --key src | --key: src is a folder
      device list --limit 0 | --limit
      device list --limit 1001 | --limit
      device list --limit x | whole number
      device show | ID
      device add x | --type
      device add x --type t --label nothing | KEY=VALUE
      device set x | --site
      device set x --site y --if-revision -1 | --if-revision
      device import none.csv | none.csv
      device import pom.xml --from-line 0 | --from-line
      device import pom.xml --ttl soon | --ttl
      device import pom.xml --ttl 1h | --out-dir
      device add x --tpye press | there is no --tpye: did you mean --type?
      device set x --site y --reasn z | did you mean --reason?
      device list --sate active | did you mean --state?
      device lits | did you mean list?
      ledger search --tpye x | did you mean --type?
      enroll-token create --from pom.xml --out-dir y --force | --force
      device revoke x | --reason
      enroll-token create | --from
      enroll-token create --device x --out y --ttl 3 | --ttl
      enroll-token create --from none.csv --out-dir y | none.csv
      enroll-token ceiling --set soon | --set
      enroll-token ceiling --set 59s | --set
      enroll-token ceiling --set 31d | --set
      policy show --version-number x | --version-number
      policy show --version-number 0 | --version-number
      policy check none.json | none.json: there is no such file
      policy check src | is a folder
      policy check /dev/null | /dev/null: the file is empty
      policy diff none.json | none.json: there is no such file
      policy test --device x | --topic
      policy test --device x --topic y --payload none | none
      policy dry-run pom.xml --last 25h | --last
      policy apply pom.xml --if-version -1 | --if-version
      policy rollback --to 0 | --to
      query | SELECT
      query x --query y | SELECT
      query x --limit 0 | --limit
      query x --format y | --format
      query x --format parquet | --output
      tables a;b | a;b
      trace | either --row PARTITION:OFFSET or --query SQL
      trace --row 14 | PARTITION:OFFSET
      trace --row 1:x | PARTITION:OFFSET
      trace --row 1:2 --query x | either --row
      deadletter list --limit 0 | --limit
      deadletter list --limit 1001 | --limit
      deadletter list --before x | --before
      deadletter show | NUMBER
      deadletter show x | whole number
      deadletter replay | --device or --reason
      deadletter replay x | whole number
      proof export | SELECT
      proof export x | --output
      verify | --trust
      verify none.json --trust none.json | none.json
      ledger search --limit 1001 | --limit
      ledger search --before x | --before
      ledger search --since yesterday | --since
      ledger search --since -2h | --since
      ledger search --since= | --since is empty
      ledger search --type= --actor x | --type is empty
      deadletter list --device= | --device is empty
      deadletter replay 4 --device= | --device is empty
      policy show --version-number= | --version-number is empty
      enroll-token ceiling --set= | --set is empty
      device list --state= | --state is empty
      ledger search --until 2026-11-30 | 2026-11-30T08:00:00Z
      ledger prove | EVENT
      ledger prove x | whole number
      authority prepare | --reason
      authority activate --reason x | CA
      authority retire issuing | --reason
      authority revoke issuing --reason x | --yes
      authority request | --output
      authority request --extend --root-certificate pom.xml -o target/x | --root-certificate
      authority request --root-certificate none.pem -o target/x | none.pem
      authority request -o none/x | there is no folder
      authority install none.json --reason x | none.json
      certificate list --limit 0 | --limit
      certificate list --since yesterday | --since
      certificate list --ends-before 2026-11-30 | 2026-11-30T08:00:00Z
      certificate list --state= | --state is empty
      certificate show | ID
      certificate export --serail x | did you mean --serial?
      certificate renewals x | x
      device allow-return x --reason y --ttl soon | --ttl
      device allow-return --reason y | ID
      rekey begin --where type --reason x | --where must be like type=press
      rekey begin --where type=a --where type=b --reason x | names type twice
      rekey begin --per-minute 0 --reason x | --per-minute
      rekey show x | NUMBER
      rekey stop 1 | --reason
      key rotate x | --reason
      key disable --reason x | SCOPE
      key destroy x --reason y | --yes
      """;

  @TempDir Path folder;

  @Test
  void a_mistyped_option_is_told_in_one_sentence_with_the_nearest() {
    Cli ran = Cli.run("enroll-token", "create", "--devcie", "x", "--out", "y");
    assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err().lines())
        .singleElement()
        .asString()
        .contains("--devcie", "did you mean --device?", "'./telltale enroll-token create --help'");
  }

  @Test
  void who_gives_no_verb_is_told_the_verbs() {
    Cli ran = Cli.run("policy");
    assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("dry-run", "rollback");
  }

  private static Stream<List<String>> wrong() {
    return WRONG.lines().map(line -> List.of(line.split(" [|] ", 2)));
  }

  @Test
  void who_gives_sql_for_a_row_is_told_the_option_for_it() {
    String data = folder.toString();
    Cli row = Cli.run("trace", "--row", "SELECT 1 FROM readings", "--data", data);
    assertThat(row.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(row.err()).contains("a SELECT goes behind --query");
    Cli argument = Cli.run("trace", "SELECT 1 FROM readings", "--data", data);
    assertThat(argument.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(argument.err()).contains("--query \"SELECT ...\"");
  }

  @Test
  void the_help_of_a_replay_says_what_reason_is_for() {
    String help = String.join(" ", Cli.run("deadletter", "replay", "--help").out().split("\\s+"));
    assertThat(help).contains("a filter, not why you do it", "Where none matches");
  }

  // Firm ground 34; without a server, so that none is asked what cannot be right
  @ParameterizedTest
  @MethodSource("wrong")
  void wrong_usage_of_any_verb_exits_with_2_and_one_sentence_in_our_words(List<String> row) {
    var typed = new ArrayList<>(Arrays.asList(row.getFirst().split(" ", -1)));
    if (!OFFLINE.contains(typed.getFirst())) {
      typed.add("--data");
      typed.add(folder.toString());
    }
    Cli ran = Cli.run(typed.toArray(String[]::new));
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err().lines())
        .singleElement()
        .asString()
        .startsWith("telltale: ")
        .contains(row.getLast())
        .doesNotContain("Error:", "java.", "Exception", "option option", " int", " long");
  }

  @Test
  void no_command_is_left_out() {
    assertThat(wrong().map(row -> row.getFirst().split(" ", 2)[0]).collect(Collectors.toSet()))
        .isEqualTo(Commands.purposes().keySet());
  }
}
