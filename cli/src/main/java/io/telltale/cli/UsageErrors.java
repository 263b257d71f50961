package io.telltale.cli;

import io.telltale.kernel.HttpsAddress;
import io.telltale.kernel.Inert;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Says of a wrong command line one sentence: what is wrong with it, what was perhaps meant, and
 * where the help is. The help itself would push the sentence off the screen.
 */
public final class UsageErrors implements IParameterExceptionHandler {
  private static final Pattern CONVERSION =
      Pattern.compile("cannot convert '(.*)' to (\\w+) \\(.*\\)$");

  private static final int SLIPS_MAX = 2;

  @Override
  public int handleParseException(ParameterException failure, String[] arguments) {
    CommandLine line = failure.getCommandLine();
    // Nothing is wrong with what was typed, it is only not enough: then the verbs are told.
    boolean verbMissing =
        failure.getClass() == ParameterException.class && !line.getSubcommands().isEmpty();
    if (verbMissing) {
      line.getErr().println(Inert.text(String.valueOf(failure.getMessage())));
      line.usage(line.getErr());
    } else {
      line.getErr()
          .println(
              "telltale: %s%s; see '%s --help'"
                  .formatted(
                      Inert.text(inWords(String.valueOf(failure.getMessage()))),
                      meant(failure) + alsoUnknown(failure, arguments),
                      line.getCommandSpec().qualifiedName()));
    }
    return ExitCode.USAGE;
  }

  /** Without the parser's own words, which name its types and Java's. */
  private static String inWords(String message) {
    String plain = message.replaceFirst("^Error: ", "").replace("option option ", "option ");
    return CONVERSION
        .matcher(plain)
        .replaceFirst("'$1' is no $2")
        .replaceFirst("is not an? (int|long)$", "is not a whole number")
        // Every URI that is typed is a server's.
        .replaceFirst("is no URI$", "is no URI: it " + HttpsAddress.FORM);
  }

  private static String meant(ParameterException failure) {
    return failure instanceof UnmatchedArgumentException unmatched
        ? unmatched.getUnmatched().stream()
            .findFirst()
            .flatMap(typed -> nearest(failure.getCommandLine(), typed))
            .map(": did you mean %s?"::formatted)
            .orElse("")
        : "";
  }

  /** What was typed and is no option, where something else is missing, too: maybe that is it. */
  private static String alsoUnknown(ParameterException failure, String[] arguments) {
    if (!(failure instanceof MissingParameterException)) {
      return "";
    }
    CommandLine line = failure.getCommandLine();
    for (String typed : arguments) {
      String name = typed.split("=", 2)[0];
      if (name.startsWith("--") && !line.getCommandSpec().optionsMap().containsKey(name)) {
        return "; there is no %s%s"
            .formatted(
                Inert.text(name),
                nearest(line, name).map(": did you mean %s?"::formatted).orElse(""));
      }
    }
    return "";
  }

  /** An option or verb of the command that is a slip or two away. */
  private static Optional<String> nearest(CommandLine line, String typed) {
    String name = typed.split("=", 2)[0];
    Set<String> known =
        name.startsWith("-")
            ? line.getCommandSpec().optionsMap().keySet()
            : line.getSubcommands().keySet();
    return known.stream()
        .filter(one -> EditDistance.between(name, one) <= SLIPS_MAX)
        .min(Comparator.comparingInt(one -> EditDistance.between(name, one)));
  }
}
