package io.telltale.server.command;

import io.telltale.cli.Commands;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import io.telltale.server.demo.DemoCommand;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The one program: {@code telltale <command>}. */
@Command(
    name = "telltale",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = "Secures an IoT data pipeline end to end, and proves it afterwards.",
    synopsisSubcommandLabel = "COMMAND")
public final class Main {
  // What the JVM makes of bytes that are no characters: the argument is not what was typed.
  private static final char UNDECODABLE = '\uFFFD';

  private Main() {}

  public static void main(String[] arguments) {
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].indexOf(UNDECODABLE) >= 0) {
        System.err.printf(
            "telltale: argument %d is not text in the encoding of this locale (%s): set LC_ALL to a"
                + " UTF-8 locale, such as C.UTF-8, and type it in UTF-8%n",
            i + 1, System.getProperty("sun.jnu.encoding"));
        System.exit(CommandLine.ExitCode.USAGE);
      }
    }
    System.exit(commandLine().execute(arguments));
  }

  /** The whole command line, for tests and for the demo, which types as a person would. */
  public static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    line.addSubcommand(new DemoCommand(Main::commandLine, Main.class.getName()));
    line.addSubcommand(new RunCommand());
    line.addSubcommand(new AgentCommand());
    line.addSubcommand(new CheckCommand());
    Commands.all().forEach(line::addSubcommand);
    line.addSubcommand(new CommandLine.HelpCommand());
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          // Our own exceptions say what was attempted; anything else is a bug and says so.
          boolean expected =
              failure instanceof UnavailableException || failure instanceof CorruptException;
          command.getErr().println("telltale: " + describe(failure, expected));
          return 1;
        });
    return line;
  }

  private static String describe(Throwable failure, boolean expected) {
    var text =
        new StringBuilder(
            expected
                ? String.valueOf(failure.getMessage())
                : "this is a mistake in the program, please report it: " + failure);
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      text.append(": ").append(reason(cause));
    }
    return text.toString();
  }

  /** What the system says, in words where its exceptions have none. */
  private static String reason(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    return switch (cause) {
      case NoSuchFileException _ -> "there is no " + message;
      case AccessDeniedException _ -> "no permission for " + message;
      case FileAlreadyExistsException _ -> message + " is in the way";
      case FileSystemException _, UncheckedIOException _ -> message;
      default -> cause.toString();
    };
  }

  /** Reads the version from the jar's manifest. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"telltale " + (version == null ? "(not from a jar)" : version)};
    }
  }
}
