package io.telltale.lake;

/** A question that got no answer, in words for the analyst. */
final class QuestionFailed extends Exception {
  private static final long serialVersionUID = 1L;

  private final String code;
  private final String reason;

  QuestionFailed(String code, String reason) {
    super(code, null, false, false);
    this.code = code;
    this.reason = reason;
  }

  String code() {
    return code;
  }

  String reason() {
    return reason;
  }
}
