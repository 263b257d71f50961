package io.telltale.doors;

import io.telltale.admission.Outcome;
import io.telltale.admission.Reply;
import io.telltale.admission.Submission;
import org.jspecify.annotations.Nullable;

/** One PUBLISH on its way: what was submitted, and the answer once there is one. */
final class Publication implements Reply {
  private final MqttSession session;
  private final Submission submission;
  private @Nullable MqttAnswer answer;

  Publication(MqttSession session, Submission submission) {
    this.session = session;
    this.submission = submission;
  }

  @Override
  public void answered(Outcome outcome) {
    session.answered(this, outcome);
  }

  Submission submission() {
    return submission;
  }

  /** QoS 1; a QoS 0 message has no packet number. */
  boolean wantsAnswer() {
    return submission.packet() != Submission.NO_PACKET;
  }

  @Nullable MqttAnswer answer() {
    return answer;
  }

  void answer(MqttAnswer answer) {
    this.answer = answer;
  }
}
