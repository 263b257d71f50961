package io.telltale.lake.table;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("one-store")
class ReadersTest {
  @Test
  void what_was_let_go_of_after_a_reader_had_looked_stays_until_it_ends() {
    var readers = new Readers();
    assertThat(readers.unusedTo(9)).isEqualTo(9);
    try (Readers.Lease early = readers.enter()) {
      assertThat(readers.unusedTo(9)).as("not looked yet").isZero();
      early.saw(4);
      try (Readers.Lease late = readers.enter()) {
        late.saw(7);
        assertThat(readers.unusedTo(9)).isEqualTo(4);
      }
      assertThat(readers.unusedTo(9)).isEqualTo(4);
    }
    assertThat(readers.unusedTo(9)).isEqualTo(9);
  }
}
