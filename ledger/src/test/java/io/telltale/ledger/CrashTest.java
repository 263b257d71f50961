package io.telltale.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.Entropy;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Event;
import io.telltale.testkit.JavaProgram;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 under load: what was acknowledged is there, once, and the whole ledger verifies. */
class CrashTest {
  private static final int ROUNDS = Integer.getInteger("kill.rounds", 5);
  private static final int THREADS = 4;

  @TempDir Path folder;

  private static Ledger open(Path folder) {
    return Ledger.open(
        new LedgerParts(
            folder,
            TestStores.at(folder.resolve("index.db")),
            StoredNoteSigner.open("telltale.local/ledger", Secrets.known()),
            Secrets.known(),
            new XorSealer(),
            Entropy.system(),
            Duration.ofMillis(15),
            System::nanoTime));
  }

  /** The process that gets killed: prints the number and subject of each recorded event. */
  public static final class Child {
    private Child() {}

    public static void main(String[] arguments) throws InterruptedException {
      Ledger ledger = open(Path.of(arguments[0]));
      var out =
          new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
      var threads = new ArrayList<Thread>();
      for (int i = 0; i < THREADS; i++) {
        String name = arguments[1] + "-" + i + "-";
        threads.add(Thread.ofPlatform().start(() -> load(ledger, name, out)));
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }

    private static void load(Ledger ledger, String name, PrintStream out) {
      for (int i = 0; ; i++) {
        long number = ledger.record(LedgerTest.event("token.created", name + i));
        out.println(number + " " + name + i);
      }
    }
  }

  @Test
  void acknowledged_events_survive_at_their_number() throws IOException, InterruptedException {
    var acknowledged = new ArrayList<String>();
    var random = new Random();
    for (int round = 0; round < ROUNDS; round++) {
      acknowledged.addAll(runAndKill("r" + round, 50 + random.nextInt(400)));
      try (Ledger ledger = open(folder)) {
        assertThat(ledger.verify()).isEmpty();
        assertThat(ledger.status().published()).isEqualTo(ledger.status().size());
        for (String line : acknowledged) {
          String[] parts = line.split(" ", 2);
          Event event = ledger.event(Long.parseLong(parts[0])).orElseThrow().event().orElseThrow();
          assertThat(event.subject()).isEqualTo(parts[1]);
        }
      }
    }
    System.out.println(
        "killed %d times; %d acknowledged events".formatted(ROUNDS, acknowledged.size()));
  }

  private List<String> runAndKill(String name, int lines) throws IOException, InterruptedException {
    var options = new ArrayList<>(List.of("--enable-native-access=ALL-UNNAMED"));
    options.addAll(TestStores.options());
    Process child =
        new ProcessBuilder(JavaProgram.command(options, Child.class, folder.toString(), name))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    var acknowledged = new ArrayList<String>();
    try (var out =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      String line;
      while ((line = out.readLine()) != null) {
        // A line cut off by the kill acknowledges nothing that we could name.
        if (line.matches("[0-9]+ r[0-9]+-[0-9]+-[0-9]+") && acknowledged.size() < lines) {
          acknowledged.add(line);
        }
        if (acknowledged.size() == lines) {
          // By its handle, since the other way closes the stream that is being read.
          child.toHandle().destroyForcibly();
        }
      }
    } finally {
      child.destroyForcibly();
    }
    assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(acknowledged).hasSize(lines);
    return acknowledged;
  }
}
