package io.telltale.server.metrics;

import io.telltale.kernel.Halts;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** What stands still now, since when and why: for the status, metrics and the log. Thread-safe. */
public final class Standstills implements Halts {
  private static final Logger LOG = System.getLogger(Standstills.class.getName());
  private static final Comparator<Place> ORDER =
      Comparator.comparing(Place::kind).thenComparing(Place::about);

  private final InstantSource clock;
  private final ConcurrentSkipListMap<Place, Halt> standing = new ConcurrentSkipListMap<>(ORDER);

  private record Place(Kind kind, String about) {}

  private record Halt(long count, Instant since, String why) {}

  public Standstills(InstantSource clock, Metrics metrics) {
    this.clock = clock;
    for (Kind kind : Kind.values()) {
      metrics.gauge("halted", kind.text(), () -> count(kind));
    }
  }

  @Override
  public void tell(Kind kind, String about, long count, String why) {
    var place = new Place(kind, about);
    if (why.isEmpty()) {
      if (standing.remove(place) != null) {
        LOG.log(Level.INFO, "halt.ended kind={0} about=\"{1}\"", kind.text(), about);
      }
      return;
    }
    Halt before = standing.get(place);
    Instant since = before == null ? clock.instant() : before.since();
    standing.put(place, new Halt(count, since, why));
    if (before == null) {
      LOG.log(
          Level.WARNING, "halt.began kind={0} about=\"{1}\" why=\"{2}\"", kind.text(), about, why);
    }
  }

  /** How much of the kind stands still; 0 while all is well. */
  private long count(Kind kind) {
    return standing.entrySet().stream()
        .filter(halt -> halt.getKey().kind() == kind)
        .mapToLong(halt -> halt.getValue().count())
        .sum();
  }

  /** For {@code GET /v1/status}; empty while all is well. */
  public List<Map<String, Object>> shown() {
    return standing.entrySet().stream().map(halt -> shown(halt.getKey(), halt.getValue())).toList();
  }

  private static Map<String, Object> shown(Place place, Halt halt) {
    var facts = new LinkedHashMap<String, Object>();
    facts.put("what", place.kind().text());
    if (!place.about().isEmpty()) {
      facts.put("about", place.about());
    }
    facts.put("count", halt.count());
    facts.put("since", halt.since().toString());
    facts.put("why", halt.why());
    return facts;
  }
}
