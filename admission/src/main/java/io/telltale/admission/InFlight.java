package io.telltale.admission;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A record between its sealing and the moment the log says it is durable, or is not. */
final class InFlight {
  static final long NO_SEQUENCE = -1;

  private final DeviceSession session;
  private final Submission submission;
  private final long sequence;
  private final DeviceContext device;
  private final Reply reply;
  private long bytes;
  // Retransmissions that wait for the same answer; they may sit on other event loops.
  private @Nullable List<Reply> waiting;
  private @Nullable Outcome settled;

  InFlight(DeviceSession session, Submission submission, long sequence, Reply reply) {
    this.session = session;
    this.submission = submission;
    this.sequence = sequence;
    this.device = session.context();
    this.reply = reply;
  }

  DeviceSession session() {
    return session;
  }

  DeviceContext device() {
    return device;
  }

  Submission submission() {
    return submission;
  }

  long sequence() {
    return sequence;
  }

  /** What it takes of the memory for records on their way to the log. */
  long bytes() {
    return bytes;
  }

  void bytes(long bytes) {
    this.bytes = bytes;
  }

  /** Gives {@code reply} this record's outcome, now or later, on the settling thread. */
  void join(Reply reply) {
    Outcome known;
    synchronized (this) {
      if (waiting == null) {
        waiting = new ArrayList<>(1);
      }
      known = settled;
      if (known == null) {
        waiting.add(reply);
      }
    }
    if (known != null) {
      reply.answered(known);
    }
  }

  void settle(Outcome outcome) {
    List<Reply> others;
    synchronized (this) {
      settled = outcome;
      others = waiting;
    }
    reply.answered(outcome);
    if (others != null) {
      others.forEach(other -> other.answered(outcome));
    }
  }
}
