package io.telltale.doors.accept;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What an operator reads when something of ours broke. */
class FailureTextTest {
  @Test
  void says_what_broke_and_where_and_quotes_nothing() {
    var failure =
        new IllegalStateException(
            "payload {\"temperature\": 77.3}", new ArithmeticException("77.3"));
    assertThat(FailureText.of(failure))
        .contains("java.lang.IllegalStateException at io.telltale.doors.accept.FailureTextTest")
        .contains(" <- java.lang.ArithmeticException at ")
        .doesNotContain("77.3");
  }
}
