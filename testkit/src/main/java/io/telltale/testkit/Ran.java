package io.telltale.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A program that ran to its end.
 *
 * @param output what it wrote, errors included
 */
public record Ran(int exitCode, String output) {
  private static final long SECONDS_MAX = 600;

  /** Runs a program that reads no input. */
  public static Ran of(String... command) throws IOException, InterruptedException {
    return of(List.of(command));
  }

  /** Runs a program that reads no input. */
  public static Ran of(List<String> command) throws IOException, InterruptedException {
    return of(new ProcessBuilder(command), "");
  }

  /** Runs {@code program} on {@code input}; fails the test where it does not end in ten minutes. */
  public static Ran of(ProcessBuilder program, String input)
      throws IOException, InterruptedException {
    return within(SECONDS_MAX, program, input);
  }

  /** As {@link #of(ProcessBuilder, String)}, where that is not time enough. */
  public static Ran within(long secondsMax, ProcessBuilder program, String input)
      throws IOException, InterruptedException {
    Process process = program.redirectErrorStream(true).start();
    var overdue =
        new CompletableFuture<Process>().completeOnTimeout(process, secondsMax, TimeUnit.SECONDS);
    // By its handle, since the other way closes the stream that is being read.
    overdue.thenAccept(late -> late.toHandle().destroyForcibly());
    try (var stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int exitCode = process.waitFor();
    if (!overdue.cancel(false)) {
      throw new AssertionError(
          "not at an end after %d s: %s%n%s"
              .formatted(secondsMax, String.join(" ", program.command()), output));
    }
    return new Ran(exitCode, output);
  }
}
