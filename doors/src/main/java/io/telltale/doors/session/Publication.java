package io.telltale.doors.session;

import io.telltale.admission.Outcome;
import io.telltale.admission.Reply;
import io.telltale.admission.Submission;
import org.jspecify.annotations.Nullable;

/** One message on its way: what was submitted, and the outcome once there is one. */
public final class Publication implements Reply {
  private final DeviceLink link;
  private final Submission submission;
  private @Nullable Outcome outcome;

  public Publication(DeviceLink link, Submission submission) {
    this.link = link;
    this.submission = submission;
  }

  @Override
  public void answered(Outcome outcome) {
    link.answered(this, outcome);
  }

  Submission submission() {
    return submission;
  }

  /** Not every message has a number by which it could be answered. */
  boolean wantsAnswer() {
    return submission.packet() != Submission.NO_PACKET;
  }

  @Nullable Outcome outcome() {
    return outcome;
  }

  void outcome(Outcome outcome) {
    this.outcome = outcome;
  }
}
