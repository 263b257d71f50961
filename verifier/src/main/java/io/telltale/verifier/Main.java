package io.telltale.verifier;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import picocli.CommandLine;

/**
 * {@code java -jar telltale-verifier.jar PROOF --trust BUNDLE}: {@code telltale verify} for who has
 * nothing else of Telltale, such as an auditor.
 */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    Optional<String> mistake = TypedText.mistake(arguments);
    if (mistake.isPresent()) {
      System.err.println(mistake.get());
      System.exit(CommandLine.ExitCode.USAGE);
    }
    // Texts are UTF-8 whatever the locale is: devices name themselves in any script.
    System.exit(
        StandardOutput.checked(
            line()
                .setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8))
                .execute(arguments),
            VerifyCommand.SOFTWARE));
  }

  private static CommandLine line() {
    var line =
        new CommandLine(new VerifyCommand()).setCommandName("java -jar telltale-verifier.jar");
    // The whole help would push what is wrong off the screen.
    return line.setParameterExceptionHandler(
        (mistake, _) -> {
          line.getErr().println("telltale: %s; see --help".formatted(mistake.getMessage()));
          return CommandLine.ExitCode.USAGE;
        });
  }
}
