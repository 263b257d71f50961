package io.telltale.server.api;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.SpiffeId;
import io.telltale.roster.Policy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a policy would say to what came lately. */
public interface PolicyRehearsals {
  /** Opens records on {@code who}'s own grants; that is an event before this returns. */
  Outcome rehearse(SpiffeId who, Candidate candidate, Duration last);

  /**
   * A policy that is not in force.
   *
   * @param document as it came
   */
  record Candidate(Policy policy, Bytes document) {}

  /** What came of it. */
  sealed interface Outcome {
    /**
     * @param judged how many records were opened and judged
     * @param refused how many of them would be refused
     * @param refusals by reason, message type and topic, the most frequent first
     * @param devices how many refused records each device has, the most first; the first few
     * @param notJudged how many could not be judged, by why
     * @param part what all this is said of
     */
    record Rehearsed(
        long judged,
        long refused,
        List<Refusal> refusals,
        Map<String, Long> devices,
        Map<String, Long> notJudged,
        Part part)
        implements Outcome {
      public Rehearsed {
        refusals = List.copyOf(refusals);
        notJudged = Map.copyOf(notJudged);
      }
    }

    /** None of what came may be opened by who asks. */
    record NotGranted(long records) implements Outcome {}

    /** Somebody else has one made now. */
    record Busy() implements Outcome {}
  }

  /**
   * How much was looked at: where there is too much, blocks that lie evenly over all of it.
   *
   * @param from when the first of what was judged came; empty if there is none
   * @param to when the last came
   * @param seen entries of the log that were looked at, of all tenants
   * @param entries how many it has of the time that was asked for
   */
  record Part(Optional<Instant> from, Optional<Instant> to, long seen, long entries) {}

  /**
   * What would be refused for one reason.
   *
   * @param topic the template of where it came
   * @param first the first few of them
   */
  record Refusal(
      String reason,
      String sentence,
      String messageType,
      String topic,
      long records,
      long devices,
      List<Example> first) {
    public Refusal {
      first = List.copyOf(first);
    }
  }

  /**
   * @param record {@code partition:offset}
   */
  record Example(String device, String record, Instant received) {}
}
