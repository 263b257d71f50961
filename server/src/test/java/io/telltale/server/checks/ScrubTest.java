package io.telltale.server.checks;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.db.CheckPace;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Event;
import io.telltale.kernel.Finding;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import io.telltale.server.data.Names;
import io.telltale.server.metrics.Metrics;
import io.telltale.server.metrics.Standstills;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ScrubTest {
  private static final Instant NOON = Instant.parse("2026-11-28T12:00:00Z");
  private static final Finding TORN = Finding.lost("/data/a", "is torn");

  @TempDir private Path folder;
  private final Metrics metrics = new Metrics();
  private final Standstills standstills = new Standstills(() -> NOON, metrics);
  private final List<Event> events = new ArrayList<>();
  private final List<Finding> condemned = new ArrayList<>();
  private Optional<RuntimeException> refusal = Optional.empty();

  private Scrub scrub(StoreCheck... checks) {
    return scrub(_ -> parts(checks));
  }

  private Scrub scrub(Function<CheckPace, List<Scrub.Part>> parts) {
    return new Scrub(
        parts,
        new Scrub.Watch(
            standstills,
            metrics,
            event -> {
              if (refusal.isPresent()) {
                throw refusal.get();
              }
              events.add(event);
              return events.size();
            },
            Names.in("telltale.local").authority(),
            () -> NOON),
        ScrubPlace.in(file()));
  }

  private Path file() {
    return folder.resolve("scrub");
  }

  /** A part of so many steps, which notes them; ends the process after one when told to. */
  private Scrub.Part steps(String name, int count, List<String> looks) {
    return new Scrub.Part(
        check(
            name,
            from -> {
              int at = from.isEmpty() ? 0 : Integer.parseInt(from);
              looks.add(name + at);
              return step(Integer.toString(at + 1), at + 1 == count);
            }));
  }

  /** Goes on for so many rests. */
  private static Pace rests(int count) {
    var left = new AtomicInteger(count);
    return new Pace() {
      @Override
      public boolean rest(long bytes) {
        return left.decrementAndGet() >= 0;
      }

      @Override
      public boolean goesOn() {
        return true;
      }

      @Override
      public boolean restBeforeSecondLook() {
        return true;
      }
    };
  }

  @Test
  void a_round_goes_on_after_a_restart_where_it_was_and_reads_all_in_the_end() {
    var looks = new ArrayList<String>();
    Function<CheckPace, List<Scrub.Part>> parts =
        _ -> List.of(steps("a", 2, looks), steps("b", 3, looks), steps("c", 1, looks));
    Scrub first = scrub(parts);
    first.read(rests(2));
    first.close();
    assertThat(looks).containsExactly("a0", "a1", "b0", "b1");
    assertThat(ScrubPlace.in(file()).shown().toString()).contains("part=b", "position=2");
    looks.clear();
    scrub(parts).readAtOnce();
    assertThat(looks).containsExactly("b2", "c0", "a0", "a1");
    assertThat(ScrubPlace.in(file()).whole()).contains(NOON);
    assertThat(ScrubPlace.in(file()).shown().toString()).contains("a=", "b=", "c=");
  }

  @Test
  void a_part_that_never_comes_on_keeps_no_other_from_being_read() {
    var looks = new ArrayList<String>();
    Function<CheckPace, List<Scrub.Part>> parts =
        _ ->
            List.of(
                new Scrub.Part(
                    check(
                        "long",
                        _ -> {
                          looks.add("long");
                          throw new IllegalStateException("ended");
                        })),
                steps("b", 1, looks));
    ScrubPlace.in(file()).begin("long");
    scrub(parts).readAtOnce();
    assertThat(looks).containsExactly("b0", "long");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "at b x\n", "at b", "nonsense", "read b yesterday\n", "at gone 3\n"})
  void a_place_that_makes_no_sense_keeps_nothing_from_being_read(String text) throws IOException {
    Files.writeString(file(), text);
    var looks = new ArrayList<String>();
    scrub(_ -> List.of(steps("a", 1, looks), steps("b", 2, looks))).readAtOnce();
    assertThat(looks).containsExactlyInAnyOrder("a0", "b0", "b1");
    assertThat(standstills.shown()).isEmpty();
  }

  @Test
  void damage_is_named_again_soon_after_a_restart() {
    Function<CheckPace, List<Scrub.Part>> parts =
        _ ->
            List.of(
                new Scrub.Part(
                    check(
                        "a",
                        from ->
                            switch (from) {
                              case "" -> step("1", false);
                              case "1" -> step("2", false, TORN);
                              default -> step("3", true);
                            })));
    Scrub first = scrub(parts);
    first.read(rests(1));
    first.close();
    assertThat(ScrubPlace.in(file()).begin("a")).isEqualTo("1");
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
      public Step next(String position, BooleanSupplier goesOn) {
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
        scrub(
            _ ->
                List.of(
                    new Scrub.Part(
                        check(
                            "a",
                            _ -> mended.isEmpty() ? step("1", true, TORN) : step("1", true)))));
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
  void what_is_said_in_other_words_at_the_second_look_is_found() {
    var looks = new ArrayList<String>();
    scrub(
            check(
                "a",
                from -> {
                  looks.add(from);
                  return step(
                      "1",
                      true,
                      new Finding("/data/a", "is an older copy", ": at " + looks.size(), "Do."));
                }))
        .readAtOnce();
    assertThat(standstills.shown().toString()).contains("damaged", "is an older copy: at 1");
  }

  /** A pace of a test, which ends when told to. */
  private static final class Counting implements Pace {
    private final boolean ends;
    private int secondLooks;

    Counting(boolean ends) {
      this.ends = ends;
    }

    @Override
    public boolean rest(long bytes) {
      return true;
    }

    @Override
    public boolean goesOn() {
      return true;
    }

    @Override
    public boolean restBeforeSecondLook() {
      secondLooks++;
      return !ends;
    }
  }

  @Test
  void what_condemns_is_looked_at_again_after_a_while_only_and_once() {
    var pace = new Counting(false);
    Scrub scrub = scrub(check("a", _ -> step("1", true, TORN)));
    scrub.read(pace);
    scrub.read(pace);
    assertThat(pace.secondLooks).isEqualTo(1);
    assertThat(condemned).isNotEmpty();
  }

  @Test
  void nothing_is_condemned_when_it_is_to_end_before_the_second_look() {
    scrub(check("a", _ -> step("1", true, TORN))).read(new Counting(true));
    assertThat(condemned).isEmpty();
    assertThat(standstills.shown()).isEmpty();
  }

  @Test
  void what_the_disk_does_not_give_is_damaged_condemns_nothing_and_the_round_is_not_whole() {
    Finding sector = Finding.unreadable("/data/a", new IOException("Input/output error"));
    scrub(check("a", from -> from.isEmpty() ? step("1", false, sector) : step("2", true, TORN)))
        .readAtOnce();
    assertThat(standstills.shown().toString())
        .contains("damaged", "count=2", "/data/a cannot be read: the disk (Input/output error)");
    assertThat(condemned).containsExactly(TORN);
    assertThat(metrics.byCause("scrub.rounds")).containsOnlyKeys("partial");
  }

  @Test
  void a_round_with_a_part_that_could_not_be_read_is_not_whole() {
    Scrub scrub =
        scrub(
            check(
                "a",
                _ -> {
                  throw new UnavailableException(
                      "reading the object x", new IOException("Input/output error"));
                }));
    scrub.readAtOnce();
    assertThat(standstills.shown().toString()).contains("reading the object x: Input/output error");
    assertThat(metrics.byCause("scrub.rounds")).containsOnlyKeys("partial");
  }

  /** Nothing is served from it until a restart: that must not look as if all were well. */
  @Test
  void what_was_condemned_stays_damaged_though_it_reads_well_later() {
    var mended = new ArrayList<String>();
    Scrub scrub =
        scrub(check("a", _ -> mended.isEmpty() ? step("1", true, TORN) : step("1", true)));
    scrub.readAtOnce();
    mended.add("yes");
    scrub.readAtOnce();
    assertThat(standstills.shown().toString())
        .contains("damaged", "is not trusted until the server is restarted", "/data/a is torn");
  }

  @Test
  void each_damage_is_named_however_many_there_are() {
    Finding[] many =
        IntStream.range(0, 400)
            .mapToObj(i -> Finding.lost("/data/" + i, "is torn"))
            .toArray(Finding[]::new);
    scrub(check("a", _ -> step("1", true, many))).readAtOnce();
    assertThat(standstills.shown().toString()).contains("count=400");
    assertThat(metrics.byCause("scrub.found")).containsEntry("a", 400L);
    assertThat(events).hasSize(400);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void what_the_ledger_did_not_take_is_recorded_the_next_time(boolean corrupt) {
    refusal =
        Optional.of(corrupt ? new CorruptException("edited") : new UnavailableException("away"));
    Scrub scrub =
        scrub(check("a", _ -> step("1", true, TORN)), check("b", _ -> step("1", true, TORN)));
    scrub.readAtOnce();
    assertThat(standstills.shown().toString())
        .contains("about=a", "about=b")
        .doesNotContain("upkeep");
    refusal = Optional.empty();
    scrub.readAtOnce();
    assertThat(events).extracting(Event::type).containsExactly("store.damaged");
  }

  /** What a store looks like that is being closed is no damage. */
  @Test
  void a_step_is_told_to_end_and_what_it_found_then_is_not_told() {
    var scrubs = new ArrayList<Scrub>();
    var asked = new ArrayList<Boolean>();
    scrubs.add(
        scrub(
            _ ->
                List.of(
                    new Scrub.Part(
                        new StoreCheck() {
                          @Override
                          public String name() {
                            return "a";
                          }

                          @Override
                          public Step next(String position, BooleanSupplier goesOn) {
                            asked.add(goesOn.getAsBoolean());
                            scrubs.getFirst().close();
                            asked.add(goesOn.getAsBoolean());
                            return step("1", false, TORN);
                          }
                        }))));
    scrubs.getFirst().readAtOnce();
    assertThat(asked).containsExactly(true, false, false, false);
    assertThat(standstills.shown()).isEmpty();
    assertThat(events).isEmpty();
  }

  @Test
  void what_nobody_can_tell_is_no_damage_and_its_round_is_partial() {
    Finding untold = Finding.untold("whether all is there", "the store is out of service");
    scrub(check("a", from -> from.isEmpty() ? step("1", false, untold) : step("2", true)))
        .readAtOnce();
    assertThat(standstills.shown().toString())
        .contains("upkeep", "scrub a", "whether all is there cannot be told now: the store is out")
        .doesNotContain("damaged");
    assertThat(events).isEmpty();
    assertThat(condemned).isEmpty();
    assertThat(metrics.byCause("scrub.rounds")).containsOnlyKeys("partial");
    assertThat(ScrubPlace.in(file()).whole()).isEmpty();
  }

  @Test
  void what_could_not_be_told_is_told_no_longer_once_it_can_be() {
    var untold = new ArrayList<>(List.of(Finding.untold("whether all is there", "it is away")));
    Scrub scrub = scrub(check("a", _ -> step("1", true, untold.toArray(Finding[]::new))));
    scrub.readAtOnce();
    assertThat(standstills.shown().toString()).contains("upkeep", "scrub a", "is away");
    untold.clear();
    scrub.readAtOnce();
    assertThat(standstills.shown()).isEmpty();
    assertThat(metrics.byCause("scrub.rounds")).containsOnlyKeys("partial", "whole");
  }

  /** A step that was told to end throws, which says nothing about what it read. */
  @Test
  void a_step_that_throws_since_it_was_told_to_end_is_not_told() {
    var scrubs = new ArrayList<Scrub>();
    scrubs.add(
        scrub(
            check(
                "a",
                _ -> {
                  scrubs.getFirst().close();
                  throw new UnavailableException("was ended");
                })));
    scrubs.getFirst().readAtOnce();
    assertThat(standstills.shown()).isEmpty();
    assertThat(metrics.byCause("scrub.rounds")).isEmpty();
  }

  @Test
  void what_is_known_to_be_damaged_is_looked_at_once_a_round() {
    var looks = new AtomicInteger();
    Scrub scrub =
        scrub(
            check(
                "a",
                _ -> {
                  looks.incrementAndGet();
                  return step("1", true, TORN);
                }));
    scrub.readAtOnce();
    assertThat(looks.get()).isEqualTo(2);
    scrub.readAtOnce();
    assertThat(looks.get()).isEqualTo(3);
  }

  @Test
  void a_check_that_takes_long_rests_in_its_middle_but_where_it_must_not() {
    var asked = new ArrayList<Boolean>();
    scrub(
            pace -> {
              asked.add(pace.goesOn());
              asked.add(pace.goesOn());
              asked.add(pace.goesOnAtOnce());
              return List.of();
            })
        .read(rests(1));
    assertThat(asked).containsExactly(true, false, true);
  }
}
