package io.telltale.server.command;

import io.telltale.cli.Commands;
import io.telltale.cli.ExitCode;
import io.telltale.cli.UsageErrors;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import io.telltale.server.data.LogKeeper;
import io.telltale.server.demo.DemoCommand;
import io.telltale.verifier.StandardOutput;
import io.telltale.verifier.TypedText;
import io.telltale.verifier.VerifyCommand;
import io.telltale.verifier.Version;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The one program: {@code telltale <command>}. */
@Command(
    name = "./telltale",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "Secures an IoT data pipeline end to end, and proves it afterwards.",
    synopsisSubcommandLabel = "COMMAND")
public final class Main {
  private static final String HELP = "Display help information about the specified command.";
  // Beside the commands of the module cli: what only the server's module can do.
  private static final Map<String, String> OWN = own();

  private Main() {}

  public static void main(String[] arguments) {
    // First of all: whoever logs before has the JDK's.
    System.setProperty(LogKeeper.PROPERTY, LogKeeper.class.getName());
    Optional<String> mistake = TypedText.mistake(arguments);
    if (mistake.isPresent()) {
      System.err.println(mistake.get());
      System.exit(CommandLine.ExitCode.USAGE);
    }
    String first = arguments.length == 0 ? "" : arguments[0];
    CommandLine line = commandLine(first);
    int exit = line.execute(arguments);
    System.exit(
        switch (ran(line)) {
          // What these print is not what they are for; what is, the agent looks at itself.
          case "run", "agent" -> exit;
          // 1 is a verdict there.
          case "verify" -> StandardOutput.checked(exit, VerifyCommand.SOFTWARE);
          default -> StandardOutput.checked(exit, ExitCode.REFUSED);
        });
  }

  // A file of arguments may have named it.
  private static String ran(CommandLine line) {
    CommandLine.ParseResult parsed = line.getParseResult();
    return parsed != null && parsed.hasSubcommand() ? parsed.subcommand().commandSpec().name() : "";
  }

  /** The whole command line, for tests and for the demo, which types as a person would. */
  public static CommandLine commandLine() {
    return commandLine("help");
  }

  /** Of the whole line what answers an argument list that begins with {@code first}. */
  static CommandLine commandLine(String first) {
    CommandLine line = new CommandLine(new Main());
    var purposes = new LinkedHashMap<>(OWN);
    purposes.putAll(Commands.purposes());
    // A file of arguments may hold any command.
    if (first.equals("help") || first.startsWith("@")) {
      purposes.keySet().forEach(name -> line.addSubcommand(named(name)));
      line.addSubcommand(new CommandLine.HelpCommand());
    } else if (purposes.containsKey(first)) {
      line.addSubcommand(named(first));
    } else {
      purposes.put("help", HELP);
      purposes.forEach((name, purpose) -> line.addSubcommand(name, overview(name, purpose)));
    }
    return handled(line);
  }

  private static Map<String, String> own() {
    var purposes = new LinkedHashMap<String, String>();
    purposes.put("demo", DemoCommand.PURPOSE);
    purposes.put("run", RunCommand.PURPOSE);
    purposes.put("agent", AgentCommand.PURPOSE);
    purposes.put("check", CheckCommand.PURPOSE);
    purposes.put("root", RootCommand.PURPOSE);
    return purposes;
  }

  private static Object named(String name) {
    return switch (name) {
      case "demo" -> new DemoCommand(Main::commandLine, Main.class.getName());
      case "run" -> new RunCommand();
      case "agent" -> new AgentCommand();
      case "check" -> new CheckCommand();
      case "root" -> new RootCommand();
      default -> Commands.named(name);
    };
  }

  /** A line in the list of commands, of one that is not asked for. */
  private static CommandLine.Model.CommandSpec overview(String name, String purpose) {
    var spec = CommandLine.Model.CommandSpec.create().name(name);
    spec.usageMessage().description(purpose);
    return spec;
  }

  // Each takes --version, and the parser gives them nothing to say.
  private static void tellVersion(CommandLine line) {
    line.getCommandSpec().versionProvider(new Version());
    line.getSubcommands().values().forEach(Main::tellVersion);
  }

  private static CommandLine handled(CommandLine line) {
    line.setParameterExceptionHandler(new UsageErrors());
    tellVersion(line);
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

  static String describe(Throwable failure, boolean expected) {
    var text =
        new StringBuilder(
            expected
                ? String.valueOf(failure.getMessage())
                : "this is a mistake in the program, please report it: " + failure);
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      text.append(": ").append(reason(cause, text, expected));
    }
    return text.toString();
  }

  /** What the system says, in words where its exceptions have none. */
  private static String reason(Throwable cause, CharSequence before, boolean expected) {
    String message = cause.getMessage() == null ? "" : cause.getMessage();
    String file = before.toString().contains(message) ? "it" : message;
    return switch (cause) {
      case NoSuchFileException _ -> file + " is not there";
      case AccessDeniedException _ -> "no permission for " + file;
      case FileAlreadyExistsException _ -> file + " is in the way";
      case ConnectException _ -> "nothing listens there";
      case UnknownHostException _ -> "there is no host of that name: " + message;
      case FileSystemException _ -> message;
      // Only who mends a mistake of ours needs the names of classes.
      default -> expected && !message.isBlank() ? message : cause.toString();
    };
  }
}
