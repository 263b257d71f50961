package io.telltale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Fifty lines of usage hid the one that said what was wrong. */
class UsageErrorsTest {
  @Test
  void a_mistyped_option_is_told_in_one_sentence_with_the_nearest() {
    Cli ran = Cli.run("enroll-token", "create", "--devcie", "x", "--out", "y");
    assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err().lines())
        .singleElement()
        .asString()
        .contains("--devcie", "did you mean --device?", "'telltale enroll-token create --help'");
  }

  @Test
  void who_gives_no_verb_is_told_the_verbs() {
    Cli ran = Cli.run("policy");
    assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("dry-run", "rollback");
  }
}
