package io.telltale.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.leases.RecordOpener;
import io.telltale.leases.RecordSealer;
import io.telltale.record.Origin;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prints what sealing and opening cost here; asserts nothing about time. */
@NullMarked
class TimingTest {
  private static final int ROUNDS = 7;
  private static final int RECORDS = 40_000;
  private static final int DEVICES = 500;

  @TempDir Path folder;

  @Test
  void prints_what_a_record_of_256_bytes_costs() {
    var payload = Bytes.adopt(new byte[256]);
    var origins = new ArrayList<Origin>();
    for (int i = 0; i < DEVICES; i++) {
      origins.add(House.origin(House.SCOPE, "device-" + i, i));
    }
    var sealing = new double[ROUNDS];
    var opening = new double[ROUNDS];
    int size = 0;
    try (House house = new House(folder)) {
      for (int round = 0; round < ROUNDS; round++) {
        try (RecordSealer sealer = house.sealer();
            RecordOpener opener = house.opener(0)) {
          var entries = new ArrayList<Bytes>(RECORDS + 1);
          long start = cpuNanos();
          for (int i = 0; i < RECORDS; i++) {
            RecordSealer.Sealed sealed = sealer.seal(0, origins.get(i % DEVICES), payload);
            entries.addAll(((RecordSealer.Sealed.Ready) sealed).entries());
          }
          sealing[round] = (cpuNanos() - start) / 1e3 / RECORDS;
          size = entries.getLast().size();
          start = cpuNanos();
          int authentic = openAll(opener, entries);
          opening[round] = (cpuNanos() - start) / 1e3 / RECORDS;
          assertThat(authentic).isEqualTo(RECORDS);
        }
      }
    }
    System.out.printf("a record of 256 bytes becomes %d bytes%n", size);
    System.out.printf("sealing, CPU us a record, by round: %s%n", shown(sealing));
    System.out.printf("opening, CPU us a record, by round: %s%n", shown(opening));
  }

  // Of this thread alone, so that a busy machine does not blur it.
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static int openAll(RecordOpener opener, List<Bytes> entries) {
    int authentic = 0;
    for (Bytes entry : entries) {
      authentic += opener.open(entry) instanceof RecordOpener.Opened.Authentic ? 1 : 0;
    }
    return authentic;
  }

  private static String shown(double[] figures) {
    return Arrays.stream(figures).mapToObj(f -> "%.2f".formatted(f)).toList().toString();
  }
}
