package io.telltale.server.demo;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import picocli.CommandLine;

/** Runs {@code telltale} commands as a person would, and keeps what they printed. */
final class Shell {
  private static final long PROCESS_SECONDS_MAX = 60;

  private final Supplier<CommandLine> program;
  private final String mainClass;

  /**
   * @param program makes the whole command line
   * @param mainClass starts it in a process
   */
  Shell(Supplier<CommandLine> program, String mainClass) {
    this.program = program;
    this.mainClass = mainClass;
  }

  /** What a command printed and how it ended. */
  record Ran(int exitCode, String output) {
    boolean ok() {
      return exitCode == 0;
    }

    List<String> lines() {
      return output.lines().toList();
    }
  }

  /** In this process: the command talks to the server over its API all the same. */
  Ran here(String... arguments) {
    var text = new StringWriter();
    var writer = new PrintWriter(text, true);
    CommandLine line = program.get();
    line.setOut(writer);
    line.setErr(writer);
    line.getSubcommands().values().forEach(sub -> redirect(sub, writer));
    int exitCode = line.execute(arguments);
    return new Ran(exitCode, text.toString());
  }

  private static void redirect(CommandLine line, PrintWriter writer) {
    line.setOut(writer);
    line.setErr(writer);
    line.getSubcommands().values().forEach(sub -> redirect(sub, writer));
  }

  /** In a process of its own, in {@code folder}, without our environment. */
  Ran elsewhere(Path folder, String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-cp");
    command.add(absolute(System.getProperty("java.class.path")));
    command.add(mainClass);
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().clear();
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(PROCESS_SECONDS_MAX, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      return new Ran(-1, output + "\n(no end in " + PROCESS_SECONDS_MAX + " s)");
    }
    return new Ran(process.exitValue(), output);
  }

  private static String absolute(String classPath) {
    var parts = new ArrayList<String>();
    for (String part : classPath.split(File.pathSeparator, -1)) {
      parts.add(Path.of(part).toAbsolutePath().toString());
    }
    return String.join(File.pathSeparator, parts);
  }
}
