package io.telltale.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** What {@code --help} says (OP-3, firm ground 34). */
final class HelpTest {
  @Test
  void every_command_option_and_parameter_is_named_and_described() {
    var unclear = new ArrayList<String>();
    look(Main.commandLine(), "telltale", unclear);
    assertThat(unclear).isEmpty();
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
