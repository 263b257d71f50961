package io.telltale.server.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Event;
import io.telltale.kernel.Outbox;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.TenantId;
import io.telltale.server.metrics.Metrics;
import io.telltale.server.metrics.Standstills;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

// Firm ground 16
final class LookoutTest {
  private static final class Waiting implements Outbox {
    private final List<Numbered> events = new ArrayList<>();

    @Override
    public String source() {
      return "registry";
    }

    @Override
    public List<Numbered> after(long number, int limit) {
      return events.stream().limit(limit).toList();
    }

    @Override
    public void sequenced(long number) {
      events.clear();
    }

    @Override
    public long forgotten() {
      return 0;
    }

    @Override
    public void onCommitted(Runnable listener) {}

    void add(long number) {
      Event event = Event.of("test", Instant.EPOCH, TenantId.DEFAULT, "me", "it", Map.of());
      events.add(new Numbered(number, event));
    }
  }

  private final Standstills standing = new Standstills(() -> Instant.EPOCH, new Metrics());
  private final Waiting outbox = new Waiting();
  private String trouble = "";
  private Set<Scope> closed = Set.of();
  private long nanos;
  private final Lookout lookout =
      new Lookout(
          standing,
          new Lookout.Parts(() -> trouble, () -> "", List.of(outbox), () -> closed),
          () -> nanos);

  // Firm ground 3: devices are told to try later, and nobody else would be told why.
  @Test
  void a_scope_whose_key_is_disabled_stands_still_until_it_is_enabled() {
    var scope = new Scope(TenantId.DEFAULT, "prod", "eu", "line-1", Sensitivity.INTERNAL);
    closed = Set.of(scope);
    lookout.look();
    lookout.look();
    assertThat(standing.shown()).hasSize(1);
    assertThat(standing.shown().getFirst())
        .containsEntry("what", "scope-closed")
        .containsEntry("about", scope.path());
    closed = Set.of();
    lookout.look();
    assertThat(standing.shown()).isEmpty();
  }

  private void later(int seconds) {
    nanos += Duration.ofSeconds(seconds).toNanos();
    lookout.look();
  }

  @Test
  void an_outbox_whose_first_event_stays_is_held_up_until_the_ledger_takes_it() {
    outbox.add(7);
    later(0);
    later(10);
    assertThat(standing.shown()).isEmpty();
    later(50);
    assertThat(standing.shown()).hasSize(1);
    assertThat(standing.shown().getFirst())
        .containsEntry("what", "outbox")
        .containsEntry("about", "registry");
    outbox.sequenced(7);
    later(1);
    assertThat(standing.shown()).isEmpty();
  }

  @Test
  void an_outbox_that_moves_on_is_not_held_up_however_full_it_is() {
    for (int number = 1; number < 5; number++) {
      outbox.events.clear();
      outbox.add(number);
      later(60);
      assertThat(standing.shown()).isEmpty();
    }
  }

  @Test
  void a_log_that_takes_nothing_is_told_with_its_reason() {
    trouble = "the disk is nearly full";
    later(1);
    assertThat(standing.shown().getFirst()).containsEntry("why", "the disk is nearly full");
  }
}
