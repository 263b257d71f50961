package io.telltale.doors;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A loop that does not come back is named, and ends the process at last (firm ground 1). */
class LoopWatchTest {
  private static final LoopWatch.Terms TERMS =
      new LoopWatch.Terms(Duration.ofSeconds(2), Duration.ofSeconds(5));

  private final EventLoops loops = EventLoops.open("watched", 1, System::nanoTime);
  private final Map<String, Long> counted = new ConcurrentHashMap<>();
  private final AtomicInteger ended = new AtomicInteger();
  private final CountDownLatch release = new CountDownLatch(1);
  private final LoopWatch watch =
      LoopWatch.still(
          List.of(loops),
          TERMS,
          (name, cause, n) -> counted.merge(name + " " + cause, n, Long::sum),
          ended::incrementAndGet);

  @AfterEach
  void close() {
    release.countDown();
    watch.close();
    loops.close();
  }

  /** Looks so often that {@code seconds} would have passed, each time after every free loop ran. */
  private void look(int seconds, List<EventExecutor> free) throws InterruptedException {
    for (int i = 0; i < 2 * seconds; i++) {
      watch.look();
      for (EventExecutor loop : free) {
        loop.submit(() -> {}).sync();
      }
    }
  }

  private void blockedHere() {
    try {
      release.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void names_a_stuck_loop_with_its_stack_and_ends_the_process_only_much_later() throws Exception {
    List<EventExecutor> all = loops.executors();
    look(10, all);
    assertThat(watch.stuck()).isEmpty();
    EventExecutor victim = all.getLast();
    victim.execute(this::blockedHere);
    List<EventExecutor> free = all.subList(0, all.size() - 1);
    look(3, free);
    assertThat(watch.stuck()).hasSize(1);
    assertThat(watch.stuck().getFirst().thread()).startsWith("watched-");
    assertThat(watch.stuck().getFirst().stack()).contains("LoopWatchTest.blockedHere");
    assertThat(counted).containsEntry("loops stuck", 1L);
    assertThat(ended).hasValue(0);
    look(3, free);
    assertThat(ended.get()).isPositive();
    release.countDown();
    look(1, all);
    assertThat(watch.stuck()).isEmpty();
    assertThat(counted).containsEntry("loops stuck", 1L);
  }

  @Test
  void a_loop_that_has_ended_is_not_stuck() throws Exception {
    look(1, loops.executors());
    loops.close();
    look(10, List.of());
    assertThat(watch.stuck()).isEmpty();
    assertThat(ended).hasValue(0);
  }
}
