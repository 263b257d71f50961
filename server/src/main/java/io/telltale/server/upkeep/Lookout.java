package io.telltale.server.upkeep;

import io.telltale.kernel.Halts;
import io.telltale.kernel.Outbox;
import io.telltale.kernel.Scope;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Looks for what stands still and does not say so by itself. Thread-safe. */
public final class Lookout {
  /** An event that waits for longer is held up: mostly it takes milliseconds. */
  private static final long HELD_NANOS = Duration.ofSeconds(30).toNanos();

  private final Halts halts;
  private final Parts parts;
  private final LongSupplier nanos;
  // By outbox, the first event that waits.
  private final Map<String, First> waiting = new HashMap<>();
  private final Set<Scope> told = new HashSet<>();

  /**
   * What it looks at.
   *
   * @param log why the log takes nothing, or empty
   * @param ledger why the ledger does not work, or empty
   * @param closed scopes whose key is disabled, or waits to be destroyed
   */
  public record Parts(
      Supplier<String> log,
      Supplier<String> ledger,
      List<Outbox> outboxes,
      Supplier<Set<Scope>> closed) {}

  private record First(long number, long sinceNanos) {}

  public Lookout(Halts halts, Parts parts, LongSupplier nanos) {
    this.halts = halts;
    this.parts = parts;
    this.nanos = nanos;
  }

  synchronized void look() {
    halts.tell(Halts.Kind.LOG, "", 1, parts.log().get());
    halts.tell(Halts.Kind.LEDGER, "", 1, parts.ledger().get());
    parts.outboxes().forEach(this::look);
    lookAtScopes();
  }

  synchronized void lookAtScopes() {
    Set<Scope> closed = parts.closed().get();
    told.removeIf(scope -> !closed.contains(scope) && goesOn(scope));
    for (Scope scope : closed) {
      told.add(scope);
      halts.tell(
          Halts.Kind.SCOPE_CLOSED,
          scope.path(),
          1,
          "its key is disabled or waits to be destroyed: nothing of it is taken or opened until"
              + " `./telltale key enable`");
    }
  }

  private boolean goesOn(Scope scope) {
    halts.goesOn(Halts.Kind.SCOPE_CLOSED, scope.path());
    return true;
  }

  private void look(Outbox outbox) {
    long now = nanos.getAsLong();
    String why =
        outbox.after(0, 1).stream()
            .findFirst()
            .map(event -> held(outbox.source(), event.number(), now))
            .orElse("");
    halts.tell(Halts.Kind.OUTBOX, outbox.source(), 1, why);
  }

  private String held(String source, long number, long now) {
    First before = waiting.get(source);
    if (before == null || before.number() != number) {
      waiting.put(source, new First(number, now));
      return "";
    }
    return now - before.sinceNanos() < HELD_NANOS
        ? ""
        : "event %d and those behind it are not in the ledger".formatted(number);
  }
}
