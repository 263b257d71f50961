package io.telltale.doors;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.admission.Outcome;
import io.telltale.doors.session.Wire;
import org.junit.jupiter.api.Test;

/** Who is cut is cut, also where there is nothing left to say it with. */
class LastWordTest {
  @Test
  void a_session_whose_last_word_fails_is_closed_all_the_same() {
    try (var plant = new Plant();
        var door = new EmbeddedDoor(plant, plant.device("speechless"))) {
      assertThat(door.closesBy(new Speechless())).isTrue();
    }
  }

  /** Has no memory for a last word. */
  private static final class Speechless implements Wire {
    @Override
    public String protocol() {
      return "none";
    }

    @Override
    public boolean canSayNo() {
      return true;
    }

    @Override
    public int unansweredMax() {
      return 1;
    }

    @Override
    public void answer(int number, Outcome outcome) {}

    @Override
    public void write() {}

    @Override
    public void say(End end) {
      throw new IllegalStateException("planted: no memory");
    }

    @Override
    public void release() {}
  }
}
