package io.telltale.doors.accept;

/** What broke, for the log: types and places, never messages, which may quote a peer's bytes. */
public final class FailureText {
  private static final int CAUSES_MAX = 4;
  private static final int FRAMES_MAX = 6;

  private FailureText() {}

  public static String of(Throwable failure) {
    var text = new StringBuilder();
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < CAUSES_MAX; depth++, cause = cause.getCause()) {
      text.append(depth == 0 ? "" : " <- ").append(cause.getClass().getName());
      StackTraceElement[] frames = cause.getStackTrace();
      for (int i = 0; i < Math.min(frames.length, FRAMES_MAX); i++) {
        text.append(" at ").append(frames[i]);
      }
    }
    return text.toString();
  }
}
