package io.telltale.pipeline.intake;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.UnavailableException;
import io.telltale.leases.RecordOpener.Opened;
import io.telltale.pipeline.PipelineParts;
import io.telltale.pipeline.Place;
import io.telltale.pipeline.letters.LetterSeal;
import io.telltale.pipeline.letters.LetterTables;
import io.telltale.pipeline.letters.LetterTables.Due;
import io.telltale.pipeline.minutes.FinalMinutes;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Takes dead letters again that somebody has asked for. Not thread-safe. */
public final class LettersAgain {
  /** Each is named in an event. */
  static final int TAKEN_MAX = 64;

  private static final String STORED = "stored";
  private static final String DUPLICATE = "duplicate";

  private final PipelineParts parts;
  private final RecordSteps steps;
  private final Isolation isolation;
  private final FinalMinutes past;

  /**
   * What became of a letter.
   *
   * @param outcome {@code stored}, {@code duplicate}, or why it is a letter still
   */
  public record Taken(long number, Place place, String outcome, Optional<DeviceId> device) {
    boolean isOver() {
      return outcome.equals(STORED) || outcome.equals(DUPLICATE);
    }
  }

  public LettersAgain(
      PipelineParts parts, RecordSteps steps, Isolation isolation, FinalMinutes past) {
    this.parts = parts;
    this.steps = steps;
    this.isolation = isolation;
    this.past = past;
  }

  /** Adds what is due to {@code into}, in the order of the log. */
  public void take(Gathered into) {
    List<Due> all = due(Math.min(TAKEN_MAX, isolation.commitMax()));
    if (!all.isEmpty()) {
      past.forgetFailed();
    }
    for (Due due : all) {
      boolean alone = isolation.takesAlone(due.place());
      boolean isFirst = into.entries() == 0;
      if (alone && !isFirst) {
        return;
      }
      try {
        into.again(take(due, into));
        into.weigh(due.sealed().size());
      } catch (UnavailableException e) {
        throw e;
      } catch (RuntimeException | Error e) {
        throw new EntryFailedException(due.place(), isFirst, e);
      }
      if (alone) {
        return;
      }
    }
  }

  private List<Due> due(int max) {
    List<Due> all = parts.database().read(connection -> LetterTables.due(connection, max));
    return all.stream()
        .sorted(
            Comparator.<Due>comparingInt(due -> due.place().partition())
                .thenComparingLong(due -> due.place().offset()))
        .toList();
  }

  private Taken take(Due due, Gathered into) {
    int partition = due.place().partition();
    long offset = due.place().offset();
    return switch (LetterSeal.open(parts.letterKeys(), due.file(), due.place(), due.sealed())) {
      case LetterSeal.Opening.Closed closed -> {
        into.other(partition, offset);
        yield new Taken(due.number(), due.place(), closed.why(), Optional.empty());
      }
      case LetterSeal.Opening.Done done -> {
        String outcome = outcome(due, done.record(), into);
        if (outcome.equals(DUPLICATE)) {
          into.duplicate(partition, offset);
        } else if (!outcome.equals(STORED)) {
          into.other(partition, offset);
        }
        yield new Taken(
            due.number(), due.place(), outcome, Optional.of(done.record().origin().device()));
      }
    };
  }

  private String outcome(Due due, Opened.Authentic record, Gathered into) {
    if (isolation.isGivenUp(due.place())) {
      return DeadLetterReason.NOT_PROCESSED;
    }
    var arrival =
        new RecordSteps.Arrival(due.place(), record, RecordSteps.Coming.again(due.reason()));
    return switch (steps.take(arrival, into)) {
      case RecordSteps.Outcome.Stored stored -> STORED;
      case RecordSteps.Outcome.Duplicate duplicate -> DUPLICATE;
      case RecordSteps.Outcome.Refused refused -> refused.why();
    };
  }

  public static void store(Connection transaction, List<Taken> letters) throws SQLException {
    LetterTables.remove(
        transaction, letters.stream().filter(Taken::isOver).map(Taken::number).toList());
    LetterTables.keep(
        transaction,
        letters.stream()
            .filter(letter -> !letter.isOver())
            .map(letter -> new LetterTables.Kept(letter.number(), letter.outcome()))
            .toList());
  }
}
