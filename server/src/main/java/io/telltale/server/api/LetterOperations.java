package io.telltale.server.api;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** What people do with records that could not be processed. */
public interface LetterOperations {
  /** Up to {@code limit} below {@code before}, newest first. */
  List<Letter> list(Wanted wanted, long before, int limit);

  /** The letter that lies where a record was. */
  Optional<Letter> at(TenantId tenant, int partition, long offset);

  /** What waits there for the key of its scope, sealed. */
  Optional<Waiting> waiting(TenantId tenant, int partition, long offset);

  /** Whether the log has, or had, a durable record there. */
  boolean isWritten(int partition, long offset);

  /** Whether a durable record is there that the pipeline has not come to yet. */
  boolean isAhead(int partition, long offset);

  /** Whether it is registered: of no other can there be a letter. */
  boolean isDevice(DeviceId device);

  long count(Wanted wanted);

  /** Opens one on {@code who}'s own grants; that is an event before this returns. */
  Outcome show(SpiffeId who, long number);

  /** Sends letters through the pipeline again, with an event that tells who asked if any went. */
  Replay replay(SpiffeId who, Wanted wanted);

  /** Which; an empty reason is any. */
  record Wanted(TenantId tenant, Optional<DeviceId> device, String reason, OptionalLong number) {}

  /**
   * A letter.
   *
   * @param device its name; empty where it could not be read
   * @param record {@code partition:offset}
   */
  record Letter(
      long number,
      String device,
      String record,
      String reason,
      Instant time,
      boolean replayable,
      boolean replaying) {}

  /** What became of a request to send letters through the pipeline again. */
  sealed interface Replay {
    /** So many are on their way now. */
    record Sent(int count) implements Replay {}

    /** So many were on their way before, and no other one goes. */
    record OnTheirWay(int count) implements Replay {}

    /** None of these so many can ever be opened again. */
    record NotKept(int count) implements Replay {}

    /** There is none like that. */
    record None() implements Replay {}
  }

  /** A record that is set aside. */
  record Waiting(Scope scope, Instant since) {}

  /** What there is to show. */
  sealed interface Outcome {
    record Shown(Letter letter, Map<String, String> facts, Bytes payload) implements Outcome {
      public Shown {
        facts = Map.copyOf(facts);
      }
    }

    record Closed(Letter letter, String why) implements Outcome {}

    record Unknown() implements Outcome {}
  }
}
