package io.telltale.verifier;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/**
 * {@code java -jar telltale-verifier.jar PROOF --trust BUNDLE}: {@code telltale verify} for who has
 * nothing else of Telltale, such as an auditor.
 */
public final class Main {
  // Of sysexits.h: neither a verdict nor wrong usage.
  private static final int SOFTWARE = 70;

  private Main() {}

  public static void main(String[] arguments) {
    // Texts are UTF-8 whatever the locale is: devices name themselves in any script.
    System.exit(
        new CommandLine(new VerifyCommand())
            .setCommandName("java -jar telltale-verifier.jar")
            .setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
            .setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8))
            .setExecutionExceptionHandler(Main::failed)
            .execute(arguments));
  }

  private static int failed(Exception why, CommandLine command, ParseResult read) {
    command
        .getErr()
        .println("telltale: no verdict: this is a mistake of the verifier: " + why.getClass());
    return SOFTWARE;
  }
}
