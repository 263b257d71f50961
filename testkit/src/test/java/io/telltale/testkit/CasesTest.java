package io.telltale.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class CasesTest {
  @Test
  void every_case_draws_from_a_seed_of_its_own() {
    List<Long> drawn = new ArrayList<>();
    Cases.check(50, null, random -> drawn.add(random.nextLong()));
    assertThat(drawn).hasSize(50).doesNotHaveDuplicates();
  }

  @Test
  void a_failure_names_the_seed_that_repeats_it() {
    List<Long> drawn = new ArrayList<>();
    Cases.Property fails =
        random -> {
          drawn.add(random.nextLong());
          throw new AssertionError("broken");
        };
    String message = messageOf(null, fails);
    long seed = Long.parseLong(message.replaceAll(".*seed=(-?\\d+): broken", "$1"));
    assertThat(messageOf(seed, fails)).isEqualTo(message);
    assertThat(drawn).hasSize(2);
    assertThat(drawn.getFirst()).isEqualTo(drawn.getLast());
  }

  @Test
  void an_exception_fails_the_case_as_an_assertion_does() {
    assertThatThrownBy(
            () ->
                Cases.check(
                    1,
                    null,
                    random -> {
                      throw new IOException("broken");
                    }))
        .isInstanceOf(AssertionError.class)
        .hasCauseInstanceOf(IOException.class);
  }

  private static String messageOf(@Nullable Long seed, Cases.Property p) {
    try {
      Cases.check(3, seed, p);
    } catch (AssertionError failure) {
      return String.valueOf(failure.getMessage());
    }
    throw new IllegalStateException("the property held");
  }
}
