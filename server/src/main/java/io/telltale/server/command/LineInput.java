package io.telltale.server.command;

import io.telltale.server.Interruption;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Lines of an input that may stay silent for ever, in a program that may be asked to end. */
final class LineInput {
  private static final int AHEAD_MAX = 16;
  private static final long LOOK_MILLIS = 50;

  private final BlockingQueue<Optional<String>> lines = new ArrayBlockingQueue<>(AHEAD_MAX);
  private volatile @Nullable IOException failure;

  LineInput(InputStream input) {
    // A read from a terminal cannot be ended; this thread does not keep the process.
    Thread.ofPlatform().daemon(true).name("agent-input").start(() -> read(input));
  }

  private void read(InputStream input) {
    var reader = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8));
    try {
      try {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          lines.put(Optional.of(line));
        }
      } catch (IOException e) {
        failure = e;
      }
      lines.put(Optional.empty());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The next line, or null at the end. */
  @Nullable String next(Interruption interruption) throws IOException, InterruptedException {
    Optional<String> line = lines.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
    while (line == null) {
      interruption.check();
      line = lines.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }
    interruption.check();
    IOException why = failure;
    if (line.isEmpty() && why != null) {
      throw why;
    }
    return line.orElse(null);
  }
}
