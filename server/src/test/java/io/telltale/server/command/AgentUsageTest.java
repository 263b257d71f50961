package io.telltale.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What an agent, and what the demo, refuses before it does anything. */
final class AgentUsageTest {
  private static final int USAGE = 2;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"http://h:1", "https://h:99999", "https://h:0", "127.0.0.1:9443", "h:1"})
  void an_address_that_is_none_is_told_by_its_form(String server) {
    assertThat(refused("agent", "--server", server))
        .contains("https://HOST:PORT, with a port from 1 to");
  }

  private static Stream<Arguments> ofOneSource() {
    return Stream.of("agent", "demo")
        .flatMap(
            command ->
                options(command)
                    .filter(option -> option.description()[0].startsWith("With --"))
                    .map(option -> Arguments.of(command, option)));
  }

  @ParameterizedTest
  @MethodSource("ofOneSource")
  void an_option_of_one_source_is_refused_without_it(String command, OptionSpec option) {
    String source = option.description()[0].replaceFirst("^With (--[a-z-]+):.*", "$1");
    var typed = new ArrayList<>(List.of(option.longestName()));
    if (option.arity().min() > 0) {
      typed.add(Objects.requireNonNullElse(option.defaultValue(), "x"));
    }
    assertThat(refused(command, typed.toArray(String[]::new)))
        .contains(option.longestName(), "goes with " + source + " only");
  }

  @Test
  void whatever_says_how_a_file_is_written_goes_with_it() {
    assertThat(options("demo").filter(one -> one.description()[0].startsWith("With --replay:")))
        .hasSize(9);
    assertThat(options("agent").filter(one -> one.description()[0].startsWith("With --replay:")))
        .hasSize(11);
  }

  private static Stream<OptionSpec> options(String command) {
    return sub(Main.commandLine(command), command).getCommandSpec().options().stream();
  }

  private static CommandLine sub(CommandLine line, String command) {
    return Objects.requireNonNull(line.getSubcommands().get(command));
  }

  /** The one sentence that the command line is refused by. */
  private String refused(String command, String... options) {
    Path data = folder.resolve("data");
    var typed =
        new ArrayList<>(
            List.of(
                command, command.equals("agent") ? "--device-data" : "--data", data.toString()));
    typed.addAll(List.of(options));
    var err = new StringWriter();
    CommandLine line = Main.commandLine(command);
    sub(line, command).setErr(new PrintWriter(err, true));
    int exit = line.execute(typed.toArray(String[]::new));
    assertThat(exit).as(err.toString()).isEqualTo(USAGE);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(data).doesNotExist();
    return err.toString();
  }
}
