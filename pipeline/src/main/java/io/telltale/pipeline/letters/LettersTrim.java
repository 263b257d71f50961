package io.telltale.pipeline.letters;

import io.telltale.kernel.Event;
import io.telltale.pipeline.PipelineParts;
import io.telltale.pipeline.PipelineSettings;
import io.telltale.pipeline.letters.LetterTables.Share;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Keeps dead letters within their bounds: who has most gives its oldest, so that nobody's flood
 * takes what is another's. What can be replayed and what never can are two shares of a tenant.
 */
public final class LettersTrim {
  private final PipelineParts parts;
  private List<Share> dropped = List.of();

  public LettersTrim(PipelineParts parts) {
    this.parts = parts;
  }

  /** Drops what is too much; the events that tell of it. */
  public List<Event> trim(Connection transaction) throws SQLException {
    List<Share> all = LetterTables.shares(transaction);
    PipelineSettings.LettersMax max = parts.settings().lettersMax();
    long letters = level(all, Share::letters, max.letters());
    long bytes = level(all, Share::bytes, max.bytes());
    var lost = new ArrayList<Share>();
    for (Share share : all) {
      if (share.letters() > letters || share.bytes() > bytes) {
        lost.add(LetterTables.drop(transaction, share, letters, bytes));
      }
    }
    dropped = lost;
    return lost.stream().map(this::event).toList();
  }

  /** What each may have at most so that all have no more than {@code max}. */
  private static long level(List<Share> all, ToLongFunction<Share> of, long max) {
    long low = 0;
    long high = max;
    while (low < high) {
      long middle = high - (high - low) / 2;
      long sum = all.stream().mapToLong(share -> Math.min(of.applyAsLong(share), middle)).sum();
      if (sum <= max) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private Event event(Share lost) {
    return Event.of(
        "record.letters-dropped",
        parts.clock().instant(),
        lost.tenant(),
        parts.self().uri(),
        "pipeline",
        Map.of(
            "letters", Long.toString(lost.letters()),
            "bytes", Long.toString(lost.bytes()),
            "replayable", Boolean.toString(lost.replayable())));
  }

  /** What was dropped is gone. */
  public void committed() {
    for (Share lost : dropped) {
      String cause = lost.replayable() ? "replayable" : "never-opened";
      parts.counters().add("pipeline.letters.dropped", cause, lost.letters());
    }
  }
}
