package io.telltale.pipeline.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.pipeline.Place;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Where memory runs out: whose fault it is taken for. */
@Tag("one-store")
class IsolationTest {
  private static OutOfMemoryError heapIsFull() {
    return new OutOfMemoryError("Java heap space");
  }

  @Test
  void a_heap_that_is_full_of_others_things_is_no_records_fault_however_long() {
    var room = new AtomicBoolean();
    var isolation = new Isolation(room::get, new Random(1), System::nanoTime);
    var place = new Place(0, 5);
    for (int i = 0; i < 1_000; i++) {
      isolation.ranOutOfMemory(place, true, heapIsFull());
      assertThat(isolation.isDoubtful()).isTrue();
    }
    assertThat(isolation.isGivenUp(place)).isFalse();
    room.set(true);
    for (int i = 0; i < Isolation.MEMORY_TRIES; i++) {
      // With others gathered, the entry is not judged.
      isolation.ranOutOfMemory(place, false, heapIsFull());
      assertThat(isolation.isGivenUp(place)).isFalse();
      assertThat(isolation.holdsAggregates()).isTrue();
      isolation.ranOutOfMemory(place, true, heapIsFull());
    }
    assertThat(isolation.isGivenUp(place)).isTrue();
    assertThat(isolation.holdsAggregates()).isFalse();
  }

  @Test
  void too_few_threads_or_too_little_direct_memory_is_no_records_fault_for_a_minute() {
    var isolation = new Isolation(() -> true, new Random(1), System::nanoTime);
    var place = new Place(0, 5);
    for (String message :
        List.of(
            "unable to create native thread: possibly out of memory or process limits reached",
            "Cannot reserve 65536 bytes of direct buffer memory (allocated: 1, limit: 1)")) {
      isolation.ranOutOfMemory(place, true, new OutOfMemoryError(message));
      for (int i = 1; i < Isolation.MACHINE_TRIES; i++) {
        isolation.ranOutOfMemory(place, true, new OutOfMemoryError(message));
        assertThat(isolation.isDoubtful()).as("there is a pause").isTrue();
        assertThat(isolation.isGivenUp(place)).isFalse();
      }
      isolation.waits(place);
      isolation.entryFailed(new Place(1, 1));
      assertThat(isolation.isDoubtful()).isFalse();
    }
  }
}
