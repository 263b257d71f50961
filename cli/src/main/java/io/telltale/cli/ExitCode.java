package io.telltale.cli;

/** What the exit codes of every command mean. */
final class ExitCode {
  static final int OK = 0;
  static final int REFUSED = 1;
  static final int USAGE = 2;
  static final int UNREACHABLE = 3;

  /** For the end of every help text. */
  static final String HELP =
      "Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 server not reachable.";

  private ExitCode() {}
}
