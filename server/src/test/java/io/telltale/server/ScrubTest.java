package io.telltale.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Event;
import io.telltale.kernel.Finding;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

final class ScrubTest {
  private static final Instant NOON = Instant.parse("2026-11-28T12:00:00Z");
  private static final Finding TORN = Finding.lost("/data/a", "is torn");

  private final Metrics metrics = new Metrics();
  private final Standstills standstills = new Standstills(() -> NOON, metrics);
  private final List<Event> events = new ArrayList<>();
  private final List<Finding> condemned = new ArrayList<>();

  private Scrub scrub(StoreCheck... checks) {
    return new Scrub(
        _ -> parts(checks),
        new Scrub.Watch(
            standstills,
            metrics,
            event -> {
              events.add(event);
              return events.size();
            },
            Names.in("telltale.local").authority(),
            () -> NOON));
  }

  private List<Scrub.Part> parts(StoreCheck... checks) {
    return List.of(checks).stream().map(check -> new Scrub.Part(check, condemned::addAll)).toList();
  }

  private static StoreCheck check(String name, Function<String, StoreCheck.Step> steps) {
    return new StoreCheck() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Step next(String position) {
        return steps.apply(position);
      }
    };
  }

  private static StoreCheck.Step step(String position, boolean last, Finding... findings) {
    return new StoreCheck.Step(position, last, 1_000, 0, List.of(findings));
  }

  @Test
  void every_step_is_made_and_what_is_found_is_told_once_and_condemned() {
    var scrub =
        scrub(check("a", from -> from.isEmpty() ? step("1", false) : step("2", true, TORN)));
    scrub.readAtOnce();
    scrub.readAtOnce();
    assertThat(standstills.shown().toString()).contains("damaged", "about=a", "/data/a is torn");
    assertThat(condemned).contains(TORN);
    assertThat(events).extracting(Event::type).containsExactly("store.damaged");
    assertThat(metrics.byCause("scrub.found")).containsEntry("a", 1L);
    assertThat(metrics.byCause("scrub.bytes")).containsEntry("a", 4_000L);
  }

  @Test
  void what_is_not_there_at_the_second_look_was_let_go_of_meanwhile() {
    var looks = new ArrayList<String>();
    scrub(
            check(
                "a",
                from -> {
                  looks.add(from);
                  return looks.size() == 1 ? step("1", true, TORN) : step("1", true);
                }))
        .readAtOnce();
    assertThat(looks).hasSize(2);
    assertThat(standstills.shown()).isEmpty();
    assertThat(condemned).isEmpty();
  }

  @Test
  void what_was_mended_is_told_no_longer() {
    var mended = new ArrayList<String>();
    Scrub scrub =
        scrub(check("a", _ -> mended.isEmpty() ? step("1", true, TORN) : step("1", true)));
    scrub.readAtOnce();
    mended.add("yes");
    scrub.readAtOnce();
    assertThat(standstills.shown()).isEmpty();
  }

  @Test
  void what_cannot_be_read_now_is_said_and_keeps_nothing_else_from_being_read() {
    scrub(
            check(
                "a",
                _ -> {
                  throw new UnavailableException("the disk is away");
                }),
            check("b", _ -> step("1", true, TORN)))
        .readAtOnce();
    assertThat(standstills.shown().toString()).contains("upkeep", "scrub a", "disk is away");
    assertThat(standstills.shown().toString()).contains("damaged", "about=b");
    assertThat(condemned).containsOnly(TORN);
  }

  @Test
  void once_it_is_to_end_no_other_step_is_made() {
    var looks = new ArrayList<String>();
    var scrubs = new ArrayList<Scrub>();
    scrubs.add(
        scrub(
            check(
                "a",
                from -> {
                  looks.add(from);
                  scrubs.getFirst().close();
                  return step("1", false);
                })));
    scrubs.getFirst().readAtOnce();
    assertThat(looks).hasSize(1);
  }

  @Test
  void it_rests_nine_times_as_long_as_it_works_and_reads_16_MiB_a_second() {
    long second = TimeUnit.SECONDS.toNanos(1);
    assertThat(SlowPace.due(second, 0)).isEqualTo(9 * second);
    assertThat(SlowPace.due(0, 16L << 20)).isEqualTo(second);
    assertThat(SlowPace.due(60 * second, 0)).isEqualTo(30 * second);
  }
}
