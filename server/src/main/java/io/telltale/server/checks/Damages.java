package io.telltale.server.checks;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Event;
import io.telltale.kernel.Finding;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Names each damage that the scrub finds once: in the log, the metrics and the ledger. One that the
 * ledger did not take is recorded when it is found the next time. One thread.
 */
final class Damages {
  private static final System.Logger LOG = System.getLogger(Damages.class.getName());
  private static final String STORE = "store-";

  /** A bound for memory: more of them say nothing new, and are counted. */
  static final int NAMED_MAX = 10_000;

  private final Scrub.Watch watch;
  private final Set<String> named = new HashSet<>();
  private final Set<String> recorded = new HashSet<>();

  Damages(Scrub.Watch watch) {
    this.watch = watch;
  }

  /** Whether it was found before. */
  boolean isKnown(Finding finding) {
    return named.contains(key(finding));
  }

  private static String key(Finding finding) {
    return finding.where() + " " + finding.kind();
  }

  void name(String part, Finding finding) {
    String key = key(finding);
    if (named.size() < NAMED_MAX && named.add(key)) {
      LOG.log(System.Logger.Level.ERROR, "scrub.found part={0} what=\"{1}\"", part, finding.text());
      watch.metrics().add("scrub.found", part, 1);
    }
    if (named.contains(key) && !recorded.contains(key) && isRecorded(part, finding)) {
      recorded.add(key);
    }
  }

  private boolean isRecorded(String part, Finding finding) {
    try {
      watch
          .ledger()
          .record(
              Event.of(
                  "store.damaged",
                  watch.clock().instant(),
                  TenantId.DEFAULT,
                  watch.self().uri(),
                  subject(part),
                  Map.of("where", finding.where(), "what", finding.what())));
      return true;
    } catch (UnavailableException | CorruptException e) {
      LOG.log(System.Logger.Level.WARNING, "scrub.unrecorded part=" + part, e);
      return false;
    }
  }

  /** A database goes by the name that its other events have. */
  static String subject(String part) {
    return part.startsWith(STORE) ? "store/" + part.substring(STORE.length()) : "files/" + part;
  }
}
