package io.telltale.verifier;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/**
 * {@code java -jar telltale-verifier.jar PROOF --trust BUNDLE}: {@code telltale verify} for who has
 * nothing else of Telltale, such as an auditor.
 */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    // Texts are UTF-8 whatever the locale is: devices name themselves in any script.
    System.exit(
        new CommandLine(new VerifyCommand())
            .setCommandName("java -jar telltale-verifier.jar")
            .setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
            .setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8))
            .execute(arguments));
  }
}
