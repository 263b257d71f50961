package io.telltale.engine;

/** A question that got no answer, in words for the analyst. */
public final class QuestionFailed extends Exception {
  private static final long serialVersionUID = 1L;

  private final String code;
  private final String reason;

  public QuestionFailed(String code, String reason) {
    super(code, null, false, false);
    this.code = code;
    this.reason = reason;
  }

  public String code() {
    return code;
  }

  public String reason() {
    return reason;
  }
}
