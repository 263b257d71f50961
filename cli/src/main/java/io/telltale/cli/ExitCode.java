package io.telltale.cli;

/** What the exit codes of every command mean. */
public final class ExitCode {
  public static final int OK = 0;
  public static final int REFUSED = 1;
  public static final int USAGE = 2;
  public static final int UNREACHABLE = 3;

  /** For the end of every help text. */
  public static final String HELP =
      "Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 server not reachable.";

  private ExitCode() {}
}
