package io.telltale.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.sql.SQLException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a command that failed says: words, unless it is a mistake of ours. */
class FailureWordsTest {
  private static Stream<Throwable> causes() {
    return Stream.of(
        new ConnectException(),
        new UnknownHostException("gate"),
        new AccessDeniedException("a"),
        new IOException("Input/output error"),
        new SQLException("FATAL: no such role"));
  }

  @ParameterizedTest
  @MethodSource("causes")
  void are_words_and_no_names_of_classes(Throwable cause) {
    assertThat(Main.describe(new UnavailableException("opening a", cause), true))
        .startsWith("opening a: ")
        .doesNotContain("Exception", "java.");
  }

  @Test
  void of_a_mistake_in_the_program_name_what_happened() {
    assertThat(Main.describe(new IllegalStateException("bug", new SQLException("x")), false))
        .contains("please report it", "IllegalStateException", "java.sql.SQLException: x");
  }
}
