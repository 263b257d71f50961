package io.telltale.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import io.telltale.testkit.MovingClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

class TimedListTest {
  private static final Duration LIFE = Duration.ofHours(24);

  private final MovingClock clock = new MovingClock(Instant.parse("2026-12-01T00:00:00Z"));
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicLong changes = new AtomicLong();
  private long cost;
  private boolean away;
  private int made;
  private final TimedList list =
      new TimedList(
          new TimedList.Clocks(clock, nanos::get),
          new TimedList.Terms(LIFE, 100),
          changes::get,
          now -> make());

  private Bytes make() {
    if (away) {
      throw new UnavailableException("the test took it away");
    }
    nanos.addAndGet(cost);
    made++;
    return Bytes.utf8("list " + made);
  }

  @Test
  void is_the_same_until_something_changes() {
    assertThat(list.newest()).isSameAs(list.newest());
    changes.incrementAndGet();
    assertThat(list.newest().asUtf8()).isEqualTo("list 2");
  }

  @Test
  void a_change_that_nobody_asks_after_makes_none() {
    list.newest();
    changes.addAndGet(1_000_000);
    assertThat(made).isEqualTo(1);
  }

  @Test
  void is_made_again_once_a_quarter_of_its_life_is_over_and_where_the_clock_was_set_back() {
    list.newest();
    clock.move(LIFE.dividedBy(4).minusSeconds(1));
    assertThat(list.newest().asUtf8()).isEqualTo("list 1");
    clock.move(Duration.ofSeconds(1));
    assertThat(list.newest().asUtf8()).isEqualTo("list 2");
    clock.move(Duration.ofHours(-1));
    assertThat(list.newest().asUtf8()).isEqualTo("list 3");
  }

  // Whoever revokes and asks by turns would have it made all day long.
  @Test
  void one_that_is_dear_is_not_made_for_each_change() {
    cost = TimeUnit.SECONDS.toNanos(1);
    for (int second = 0; second < 1_000; second++) {
      changes.incrementAndGet();
      list.newest();
      nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
    }
    assertThat(made).isBetween(9, 11);
  }

  @Test
  void however_dear_it_is_what_it_lacks_is_in_it_after_five_minutes() {
    cost = TimeUnit.MINUTES.toNanos(1);
    list.newest();
    changes.incrementAndGet();
    nanos.addAndGet(TimeUnit.MINUTES.toNanos(5) - 1);
    assertThat(list.newest().asUtf8()).isEqualTo("list 1");
    nanos.incrementAndGet();
    assertThat(list.newest().asUtf8()).isEqualTo("list 2");
  }

  // Each of those who waited made another, and held a place of the listener meanwhile.
  @Test
  void who_asks_while_it_is_made_gets_the_one_before() throws Exception {
    var asked = new ArrayList<String>();
    var within = new AtomicReference<TimedList>();
    var slow =
        new TimedList(
            new TimedList.Clocks(clock, nanos::get),
            new TimedList.Terms(LIFE, 100),
            changes::get,
            now -> {
              TimedList self = within.get();
              if (self != null && made < 2) {
                asked.add(onAnotherThread(self));
              }
              return make();
            });
    slow.newest();
    changes.incrementAndGet();
    within.set(slow);
    assertThat(slow.newest().asUtf8()).isEqualTo("list 2");
    assertThat(asked).containsExactly("list 1");
    assertThat(made).isEqualTo(2);
  }

  // All places of the listener waited for it, with a list in hand that was good for long.
  @Test
  void nobody_waits_for_one_that_is_made_since_a_quarter_of_its_life_is_over() {
    var asked = new ArrayList<String>();
    var within = new AtomicReference<TimedList>();
    var slow =
        new TimedList(
            new TimedList.Clocks(clock, nanos::get),
            new TimedList.Terms(LIFE, 100),
            changes::get,
            now -> {
              TimedList self = within.get();
              if (self != null && made < 2) {
                asked.add(onAnotherThread(self));
              }
              return make();
            });
    slow.newest();
    clock.move(LIFE.dividedBy(4));
    within.set(slow);
    assertThat(slow.newest().asUtf8()).isEqualTo("list 2");
    assertThat(asked).containsExactly("list 1");
  }

  @Test
  void who_keeps_it_good_makes_none_for_a_change() {
    list.keepGood();
    changes.incrementAndGet();
    list.keepGood();
    assertThat(made).isEqualTo(1);
    clock.move(LIFE.dividedBy(4));
    list.keepGood();
    assertThat(made).isEqualTo(2);
  }

  private static String onAnotherThread(TimedList list) {
    return CompletableFuture.supplyAsync(() -> list.newest().asUtf8()).join();
  }

  @Test
  void the_last_one_is_told_of_when_it_is_good_no_more() {
    list.newest();
    clock.move(LIFE);
    away = true;
    assertThat(list.last().asUtf8()).isEqualTo("list 1");
  }

  @Test
  void what_changes_while_it_is_made_is_in_the_next() {
    var during =
        new TimedList(
            new TimedList.Clocks(clock, nanos::get),
            new TimedList.Terms(LIFE, 100),
            changes::get,
            now -> {
              changes.incrementAndGet();
              return make();
            });
    during.newest();
    assertThat(during.newest().asUtf8()).isEqualTo("list 2");
  }

  @Test
  void one_that_cannot_be_made_is_asked_for_again() {
    list.newest();
    changes.incrementAndGet();
    away = true;
    Assertions.assertThatThrownBy(list::newest).isInstanceOf(UnavailableException.class);
    away = false;
    assertThat(list.newest().asUtf8()).isEqualTo("list 2");
  }
}
