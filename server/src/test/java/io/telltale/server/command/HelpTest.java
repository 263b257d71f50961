package io.telltale.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** What {@code --help} says (OP-3, firm ground 34). */
final class HelpTest {
  @Test
  void every_command_option_and_parameter_is_named_and_described() {
    var unclear = new ArrayList<String>();
    look(Main.commandLine(), "telltale", unclear);
    assertThat(unclear).isEmpty();
  }

  // A start makes only the command that is asked for
  @Test
  void says_the_same_whether_all_commands_are_made_or_one_or_none() {
    CommandLine whole = Main.commandLine();
    assertThat(Main.commandLine("--help").getUsageMessage()).isEqualTo(whole.getUsageMessage());
    whole
        .getSubcommands()
        .forEach(
            (name, command) -> {
              var alone = Objects.requireNonNull(Main.commandLine(name).getSubcommands().get(name));
              assertThat(alone.getUsageMessage()).isEqualTo(command.getUsageMessage());
            });
  }

  // A list shows the first line of a description alone.
  @Test
  void each_line_of_a_list_of_commands_is_a_whole_sentence() {
    var cut = new ArrayList<String>();
    each(
        Main.commandLine(),
        command -> {
          String list = command.getHelp().commandList().replaceAll("\\s+", " ");
          command
              .getSubcommands()
              .forEach(
                  (name, sub) -> {
                    UsageMessageSpec usage = sub.getCommandSpec().usageMessage();
                    String[] told =
                        usage.header().length > 0 ? usage.header() : usage.description();
                    if (!told[0].endsWith(".") || !list.contains(told[0])) {
                      cut.add(name + ": " + told[0]);
                    }
                  });
        });
    assertThat(cut).isEmpty();
  }

  @Test
  void each_verb_has_examples_and_all_are_of_that_verb() {
    var wrong = new ArrayList<String>();
    each(
        Main.commandLine(),
        command -> {
          String name = command.getCommandSpec().qualifiedName();
          List<String> examples = examples(command);
          boolean needsSome = command.getSubcommands().isEmpty() && !name.endsWith(" help");
          if (!examples.stream().allMatch(line -> (line + " ").startsWith(name + " "))
              || (needsSome && examples.isEmpty())) {
            wrong.add(name + ": " + examples);
          }
        });
    assertThat(wrong).isEmpty();
  }

  // One searched for an event type that there is none of.
  @Test
  void each_example_can_be_typed_and_asks_for_events_that_there_are() throws IOException {
    String events = Files.readString(Path.of("..", "docs", "format", "events.md"));
    var wrong = new ArrayList<String>();
    each(
        Main.commandLine(),
        command -> {
          for (String line : examples(command)) {
            for (String typed : line.split(" && | > | < ", -1)) {
              List<String> words = words(typed);
              if (!words.getFirst().equals("./telltale")) {
                continue;
              }
              try {
                Main.commandLine().parseArgs(words.subList(1, words.size()).toArray(String[]::new));
              } catch (CommandLine.ParameterException e) {
                wrong.add(typed + ": " + e.getMessage());
              }
              int type = words.indexOf("--type");
              if (words.contains("ledger")
                  && type > 0
                  && !events.contains("`" + words.get(type + 1) + "`")) {
                wrong.add(typed + ": no such event");
              }
            }
          }
        });
    assertThat(wrong).isEmpty();
  }

  /** As a shell reads them: a line that ends with a backslash goes on with the next. */
  private static List<String> examples(CommandLine command) {
    String footer =
        String.join("\n", command.getCommandSpec().usageMessage().footer())
            .replaceAll(" *\\\\\n *", " ");
    return footer
        .lines()
        .filter(line -> line.startsWith("Example: ") || line.startsWith("  ./"))
        .map(line -> line.replaceFirst("^Example: ", "").strip())
        .toList();
  }

  private static List<String> words(String line) {
    return Pattern.compile("\"[^\"]*\"|'[^']*'|\\S+")
        .matcher(line)
        .results()
        .map(word -> word.group().replaceAll("^[\"']|[\"']$", ""))
        .toList();
  }

  // The parser breaks what is too long, also within a path, an address or a command.
  @Test
  void nothing_that_is_to_be_typed_is_broken_over_two_lines() {
    var broken = new ArrayList<String>();
    each(
        Main.commandLine(),
        command -> {
          List<String> shown = List.of(command.getUsageMessage().split("\\s+", -1));
          String name = command.getCommandSpec().qualifiedName();
          for (String line : command.getCommandSpec().usageMessage().footer()) {
            boolean typed = line.startsWith("Example: ") || line.startsWith("  ");
            if (typed && line.length() > command.getUsageHelpWidth() - 1) {
              broken.add(name + ": " + line);
            }
          }
          for (OptionSpec option : command.getCommandSpec().options()) {
            for (String word : String.join(" ", option.description()).split("\\s+", -1)) {
              boolean typed = word.contains("/") && !word.contains("$");
              if (typed && !shown.contains(word)) {
                broken.add(name + " " + option.longestName() + ": " + word);
              }
            }
          }
        });
    assertThat(broken).isEmpty();
  }

  // A list of exit codes was broken in the middle.
  @Test
  void each_line_below_the_options_is_a_whole_sentence_or_an_example() {
    var broken = new ArrayList<String>();
    each(
        Main.commandLine(),
        command -> {
          UsageMessageSpec usage = command.getCommandSpec().usageMessage();
          for (String line : usage.footer()) {
            boolean typed =
                line.isEmpty()
                    || line.startsWith("Example")
                    || line.startsWith("  ")
                    || line.startsWith("Check it with: ");
            boolean whole = line.endsWith(".") && !Character.isLowerCase(line.charAt(0));
            if (!typed && (!whole || line.length() >= command.getUsageHelpWidth())) {
              broken.add(command.getCommandSpec().qualifiedName() + ": " + line);
            }
          }
        });
    assertThat(broken).isEmpty();
  }

  @Test
  void an_import_says_whose_tokens_it_writes_and_what_the_same_file_does_again() {
    var told = new ArrayList<String>();
    each(
        Main.commandLine(), command -> told.add(command.getUsageMessage().replaceAll("\\s+", " ")));
    assertThat(told)
        .anyMatch(
            text ->
                text.contains("for each that has not enrolled.")
                    && text.contains("a row whose device was changed since fails"));
  }

  // It printed nothing, and said that all was well.
  @Test
  void every_command_tells_its_version() {
    each(
        Main.commandLine(),
        command -> {
          var out = new StringWriter();
          command.printVersionHelp(new PrintWriter(out, true));
          assertThat(out.toString())
              .as(command.getCommandSpec().qualifiedName())
              .startsWith("telltale ");
        });
  }

  private static void each(CommandLine command, Consumer<CommandLine> look) {
    look.accept(command);
    command.getSubcommands().values().forEach(sub -> each(sub, look));
  }

  @Test
  void an_unknown_command_is_told_the_known_ones() {
    var err = new StringWriter();
    int exit =
        Main.commandLine("stauts").setErr(new PrintWriter(err, true)).execute("stauts", "--json");
    assertThat(exit).isEqualTo(2);
    assertThat(err.toString()).contains("stauts").contains("status");
  }

  // It was told as a reading that was refused, after an enrolment.
  @Test
  void an_agent_is_told_that_its_file_is_not_there_before_it_does_anything(@TempDir Path folder) {
    var err = new StringWriter();
    String file = folder.resolve("missing.csv").toString();
    String home = folder.resolve("agent").toString();
    int exit =
        Main.commandLine("agent")
            .setErr(new PrintWriter(err, true))
            .execute("agent", "--device-data", home, "--replay", file);
    assertThat(exit).isEqualTo(2);
    assertThat(err.toString().lines()).singleElement().asString().contains("is not there");
    assertThat(folder).isEmptyDirectory();
  }

  // It was not listened to.
  @Test
  void an_agent_takes_no_word_of_a_replay_without_one(@TempDir Path folder) {
    for (List<String> word :
        List.of(List.of("--unit", "degF"), List.of("--metric", "x"), List.of("--anew"))) {
      var err = new StringWriter();
      var words = new ArrayList<>(List.of("agent", "--device-data", folder + "/agent"));
      words.addAll(word);
      int exit =
          Main.commandLine("agent")
              .setErr(new PrintWriter(err, true))
              .execute(words.toArray(String[]::new));
      assertThat(exit).isEqualTo(2);
      assertThat(err.toString().lines()).singleElement().asString().contains("--replay");
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void an_agent_whose_token_file_is_not_there_was_called_wrongly(@TempDir Path folder) {
    var err = new StringWriter();
    String token = folder.resolve("token.json").toString();
    int exit =
        Main.commandLine("agent")
            .setErr(new PrintWriter(err, true))
            .execute(
                "agent",
                "--device-data",
                folder.resolve("agent").toString(),
                "--token-file",
                token);
    assertThat(exit).isEqualTo(2);
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .contains("--token-file: there is no file " + token);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void an_agent_without_a_token_in_an_empty_folder_was_called_wrongly(@TempDir Path folder) {
    var err = new StringWriter();
    int exit =
        Main.commandLine("agent")
            .setErr(new PrintWriter(err, true))
            .execute("agent", "--device-data", folder.resolve("agent").toString());
    assertThat(exit).isEqualTo(2);
    assertThat(err.toString().lines()).singleElement().asString().contains("give a token file");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void an_agent_whose_token_file_is_a_folder_is_told_so(@TempDir Path folder) {
    var err = new StringWriter();
    int exit =
        Main.commandLine("agent")
            .setErr(new PrintWriter(err, true))
            .execute("agent", "--token-file", folder.toString());
    assertThat(exit).isEqualTo(2);
    assertThat(err.toString()).contains(folder + " is a folder: name a file");
  }

  private static void look(CommandLine command, String name, List<String> unclear) {
    if (command.getCommandSpec().usageMessage().description().length == 0) {
      unclear.add(name);
    }
    for (OptionSpec option : command.getCommandSpec().options()) {
      boolean unnamed = option.arity().max() > 0 && isGenerated(option.paramLabel());
      if (unnamed || option.description().length == 0) {
        unclear.add(name + " " + option.longestName());
      }
    }
    for (PositionalParamSpec parameter : command.getCommandSpec().positionalParameters()) {
      if (isGenerated(parameter.paramLabel())) {
        unclear.add(name + " " + parameter.paramLabel());
      }
    }
    command.getSubcommands().forEach((sub, line) -> look(line, name + " " + sub, unclear));
  }

  private static boolean isGenerated(String label) {
    return label.startsWith("<");
  }
}
