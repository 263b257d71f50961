package io.telltale.doors.session;

import io.telltale.admission.Outcome;

/** How a protocol speaks to the device of one session. On the session's event loop only. */
public interface Wire {
  /** Of the protocol and its version, as in origins and refusals: {@code mqtt5}. */
  String protocol();

  /**
   * Whether a message can be answered with no. Where it cannot, one that is refused ends the
   * session, and one that cannot be stored now waits in the session, unanswered.
   */
  boolean canSayNo();

  /** How many messages may be unanswered at once; who sends more broke the protocol. */
  int unansweredMax();

  /** Puts the answer to message {@code number} behind those that wait to be written. */
  void answer(int number, Outcome outcome);

  /** Writes what waits, without flushing. */
  void write();

  /** Says {@code end}, where the protocol has a word for it, without flushing. */
  void say(End end);

  /** Lets go of what waits and will not be written. */
  void release();

  /** Why a session ends. */
  sealed interface End {
    /** For a person at the other end, maybe empty. */
    String text();

    /** Of the counter {@code sessions.closed}. */
    String cause();
  }

  /**
   * The device broke its protocol.
   *
   * @param code of the protocol
   */
  record Broken(int code, String text, String cause) implements End {}

  /** Ends that any protocol has. */
  enum Ours implements End {
    EXPIRED("the certificate has expired", "expired"),
    SILENT("too long silent", "keep-alive"),
    NOT_OPENED("", "connect-timeout"),
    TAKEN_OVER("connected elsewhere", "taken-over"),
    CROWDED("", "crowded"),
    WITHDRAWN("access was withdrawn", "withdrawn"),
    HOLD_FULL("", "hold-full"),
    HOLD_TIMEOUT("", "hold-timeout"),
    REFUSED("", "refused"),
    OPENING_REFUSED("", "connect-refused"),
    FAILED("", "broken"),
    SHUTDOWN("", "shutdown");

    private final String text;
    private final String cause;

    Ours(String text, String cause) {
      this.text = text;
      this.cause = cause;
    }

    @Override
    public String text() {
      return text;
    }

    @Override
    public String cause() {
      return cause;
    }
  }
}
