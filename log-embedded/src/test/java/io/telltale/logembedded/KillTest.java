package io.telltale.logembedded;

import static io.telltale.fakes.RecordLogContract.readAll;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.log.RecordLog;
import io.telltale.log.RecordLog.Entry;
import io.telltale.log.RecordLog.Stored;
import io.telltale.testkit.JavaProgram;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SIGKILL at random moments: everything that was acknowledged is there, nothing is skipped. */
@Timeout(120)
class KillTest {
  private static final int ROUNDS = 6;

  @TempDir Path folder;

  @Test
  void everything_acknowledged_survives_kill_9() throws Exception {
    long[] acknowledged = new long[RecordLog.PARTITIONS];
    var random = new Random(9);
    for (int round = 0; round < ROUNDS; round++) {
      runAndKill(acknowledged, 30 + random.nextInt(300));
      long total = 0;
      try (var log = EmbeddedLog.open(config(folder.resolve("log")))) {
        for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
          assertThat(log.end(partition)).isGreaterThanOrEqualTo(acknowledged[partition]);
          List<Stored> all = readAll(log, partition, 0, 1 << 20);
          assertThat(all).hasSize((int) log.end(partition));
          for (int i = 0; i < all.size(); i++) {
            assertThat(all.get(i).offset()).isEqualTo(i);
            assertThat(all.get(i).body()).isEqualTo(bodyOf(partition, i));
          }
          total += acknowledged[partition];
        }
      }
      System.out.printf("round %d: %d records acknowledged so far%n", round, total);
    }
  }

  private void runAndKill(long[] acknowledged, long millis) throws Exception {
    Path acknowledgements = folder.resolve("acknowledged.txt");
    Process child =
        new ProcessBuilder(
                JavaProgram.command(
                    List.of("-Xmx128m"), Appender.class, folder.resolve("log").toString()))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .redirectOutput(acknowledgements.toFile())
            .start();
    Waiting.until(
        "it acknowledges", 60, () -> Files.size(acknowledgements) > 0 || !child.isAlive());
    assertThat(child.waitFor(millis, TimeUnit.MILLISECONDS)).isFalse();
    child.destroyForcibly();
    assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
    for (String line : Files.readAllLines(acknowledgements, StandardCharsets.US_ASCII)) {
      // The last line may be cut; it is told by its missing end mark.
      if (line.endsWith(";")) {
        String[] words = line.substring(0, line.length() - 1).split(" ", 2);
        int partition = Integer.parseInt(words[0]);
        acknowledged[partition] = Math.max(acknowledged[partition], Long.parseLong(words[1]) + 1);
      }
    }
  }

  private static EmbeddedLogConfig config(Path folder) {
    return EmbeddedLogConfig.in(folder)
        .withSegmentBytes(200_000)
        .withFreeBytes(() -> Long.MAX_VALUE);
  }

  private static Bytes bodyOf(int partition, long offset) {
    byte[] bytes = new byte[1 + (int) ((offset * 31 + partition * 7L) % 400)];
    new Random(offset * 16L + partition).nextBytes(bytes);
    return Bytes.adopt(bytes);
  }

  /** The child process: appends as fast as it can and prints what was acknowledged. */
  static final class Appender {
    private Appender() {}

    public static void main(String[] arguments) throws IOException {
      var out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
      var log = EmbeddedLog.open(config(Path.of(arguments[0])));
      var threads = new ArrayList<Thread>();
      out.println("open");
      out.flush();
      for (int i = 0; i < 4; i++) {
        int first = i;
        threads.add(Thread.ofPlatform().start(() -> appendForever(log, first, out)));
      }
      threads.forEach(KillTest::join);
    }

    // Four threads with four partitions each.
    private static void appendForever(RecordLog log, int first, PrintStream out) {
      long[] next = new long[RecordLog.PARTITIONS];
      for (int partition = 0; partition < next.length; partition++) {
        next[partition] = log.end(partition);
      }
      while (true) {
        var batch = new ArrayList<Entry>();
        for (int partition = first; partition < RecordLog.PARTITIONS; partition += 4) {
          batch.add(new Entry(partition, bodyOf(partition, next[partition]++)));
        }
        long[] offsets = log.append(batch).join();
        var lines = new StringBuilder();
        for (int i = 0; i < offsets.length; i++) {
          lines.append(batch.get(i).partition()).append(' ').append(offsets[i]).append(";\n");
        }
        synchronized (out) {
          out.print(lines);
          out.flush();
        }
      }
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
