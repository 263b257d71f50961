package io.telltale.cli.api;

import picocli.CommandLine.Option;

/** Why somebody does what cannot be done without saying it. */
public final class ReasonOption {
  @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why; recorded.")
  private String reason = "";

  public String text() {
    return reason;
  }
}
