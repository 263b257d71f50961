package io.telltale.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.admission.ReplayWindows;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.LakeMemory;
import io.telltale.server.data.DataFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One budget that adds up (ADR 0112, firm ground 9 and 34). */
class BudgetTest {
  private static final Config.Limits GENEROUS =
      new Config.Limits(10_000_000, 10_000, 200, 16_384L << 20);

  @ParameterizedTest
  @CsvSource({
    "64, 32, 1024",
    "512, 256, 1024",
    "512, 256, 4096",
    "512, 256, 20000",
    "512, 512, 1048576",
    "32768, 8192, 1073741816"
  })
  void the_shares_add_up_whatever_there_is(long heapMib, long directMib, long descriptors) {
    var machine =
        new Machine(
            heapMib << 20, directMib << 20, descriptors, (3 * heapMib + directMib + 512) << 20);
    Budget budget = Budget.of(machine, GENEROUS);
    Map<String, Long> sums =
        budget.shares().stream()
            .collect(
                Collectors.groupingBy(
                    Budget.Share::of, Collectors.summingLong(Budget.Share::amount)));
    assertThat(sums.get("heap")).isLessThanOrEqualTo(machine.heapBytes() / 64 * 56);
    assertThat(sums.get("beside")).isLessThanOrEqualTo((2 * heapMib + 512) << 20);
    assertThat(sums.get("direct")).isLessThanOrEqualTo(machine.directBytes() / 2);
    assertThat(sums.get("descriptors")).isLessThanOrEqualTo(descriptors);
    assertThat(budget.shares()).allSatisfy(share -> assertThat(share.amount()).isPositive());
    assertThat(budget.forDevices().knownMax()).isPositive();
    assertThat(budget.forDevices().strangersPerSourceMax())
        .isLessThan(budget.forDevices().strangersMax());
  }

  @Test
  void takes_no_more_than_the_operator_allows() {
    var wanted = new Config.Limits(1_000, 100, 200, 8L << 20);
    Budget budget = Budget.of(new Machine(512L << 20, 256L << 20, 1_048_576, 2L << 30), wanted);
    assertThat(budget.forDevices().knownMax()).isEqualTo(1_000);
    assertThat(budget.forEnrollment().strangersMax()).isEqualTo(100);
    assertThat(budget.inFlightBytes()).isEqualTo(8L << 20);
  }

  @Test
  void says_what_to_do_where_there_are_too_few_descriptors() {
    var machine = new Machine(512L << 20, 256L << 20, 256, 2L << 30);
    assertThatThrownBy(() -> Budget.of(machine, GENEROUS))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("may open 256 files")
        .hasMessageContaining("ulimit -n 65536")
        .hasMessageContaining("LimitNOFILE");
  }

  // Firm ground 17: out of memory by design.
  @Test
  void the_lake_and_the_pipeline_take_less_where_there_is_less() {
    var small = new Machine(512L << 20, 256L << 20, 20_000, 1_792L << 20);
    Budget budget = Budget.of(small, GENEROUS);
    assertThat(budget.commitBytes()).isEqualTo(32L << 20);
    assertThat(budget.lake().questions()).isEqualTo(1);
    assertThat(budget.lake().answerBytes()).isEqualTo(16L << 20);
    assertThat(budget.lake().traceBytes()).isEqualTo(16L << 20);
    // Of 512: one worker at work and one that is ready have 160 each beside their engine.
    assertThat(budget.lake().questionMegabytes()).isEqualTo(192);
    assertThat(budget.lake().idleBytes()).isEqualTo(128L << 20);
    assertThat(budget.lake().fileBytes()).isEqualTo(256L << 20);
    var large = new Machine(16L << 30, 4L << 30, 20_000, 64L << 30);
    assertThat(Budget.of(large, GENEROUS).lake()).isEqualTo(LakeMemory.STANDARD);
  }

  // All that the machine has may be what the heap and the buffers take.
  @Test
  void a_question_reads_something_on_the_smallest_machine_too() {
    for (long memoryMib : new long[] {512, 768, 1_024, 1_280, 1_408, 1_536, 1_792}) {
      var machine = new Machine(512L << 20, 256L << 20, 20_000, memoryMib << 20);
      assertThat(Budget.of(machine, GENEROUS).lake().fileBytes())
          .as("%d MiB", memoryMib)
          .isGreaterThanOrEqualTo(64L << 20);
    }
  }

  // Firm ground 17: their number followed from descriptors alone.
  @Test
  void takes_as_many_devices_as_the_heap_holds_with_full_windows() {
    var small = new Machine(512L << 20, 256L << 20, 1_048_576, 2L << 30);
    int few = Budget.of(small, GENEROUS).forDevices().knownMax();
    assertThat(few).isBetween(10_000, 11_000);
    var large = new Machine(2L << 30, 256L << 20, 1_048_576, 8L << 30);
    assertThat(Budget.of(large, GENEROUS).forDevices().knownMax()).isBetween(4 * few, 4 * few + 3);
  }

  @Test
  void the_page_for_operators_has_what_the_launchers_heap_gives() throws IOException {
    // What Java counts of -Xmx512m: of two spaces for survivors one is always empty.
    long heap = 518_979_584;
    Budget budget = Budget.of(new Machine(heap, 256L << 20, 1_048_576, 2L << 30), GENEROUS);
    assertThat(Files.readString(Path.of("../docs/operating.md")))
        .contains(
            String.format(
                Locale.ROOT,
                "%,d in the launcher's 512 MiB (Java counts %d of them",
                budget.forDevices().knownMax(),
                heap >> 20),
            "(%d in the launcher's, of which the start shows the double, %d,"
                .formatted(budget.inFlightBytes() >> 20, (2 * budget.inFlightBytes()) >> 20));
  }

  @Test
  void reads_of_devices_wait_with_buffers_only_where_direct_memory_has_room_for_all() {
    var usual = new Machine(512L << 20, 256L << 20, 20_000, 2L << 30);
    assertThat(Budget.of(usual, new Config.Limits(10_000, 512, 200, 64L << 20)).readsMayWait())
        .isTrue();
    var more = new Machine(2L << 30, 256L << 20, 1_048_576, 8L << 30);
    assertThat(Budget.of(more, GENEROUS).readsMayWait()).isFalse();
  }

  // Firm ground 17: a share is worth nothing that its part does not get.
  @Test
  void log_pipeline_and_doors_are_given_their_shares(@TempDir Path data) {
    var small = new Machine(256L << 20, 64L << 20, 20_000, 1L << 30);
    Config config = config(data);
    Budget budget = Budget.of(small, config.limits());
    try (DataFolder folder = DataFolder.at(data)) {
      assertThat(DataPath.log(config, budget, folder).queuedBytesMax())
          .isEqualTo(budget.logQueueBytes())
          .isEqualTo(16 << 20);
    }
    assertThat(DataPath.settings(config, budget).bytesMax())
        .isEqualTo(budget.commitBytes())
        .isEqualTo(16L << 20);
    assertThat(DataPath.settings(config, budget).leaseBytesMax())
        .isEqualTo(budget.leaseBytes())
        .isEqualTo(4 << 20);
    assertThat(DataPath.settings(config, budget).windowBytesMax())
        .isEqualTo(budget.windowBytes())
        .isEqualTo(32L << 20);
    assertThat(budget.doorWindows()).isEqualTo((8 << 20) / ReplayWindows.WINDOW_BYTES);
    assertThat(DataPath.settings(config, budget).setAsideBytesMax()).isEqualTo(7L << 20);
    long loops = Runtime.getRuntime().availableProcessors();
    assertThat(Listeners.admissionLimits(budget).inFlightBytesMax() * loops)
        .isBetween(budget.inFlightBytes() - loops, budget.inFlightBytes());
  }

  private static Config config(Path data) {
    var environment = Map.of("TELLTALE_DISK_SET_ASIDE_MIB", "7");
    return switch (ConfigReader.read(Optional.empty(), environment, data)) {
      case ConfigReader.Outcome.Ready(Config ready) -> ready;
      case ConfigReader.Outcome.Mistakes(var problems) -> throw new AssertionError(problems);
    };
  }

  @Test
  void is_readable_at_the_start() {
    Budget budget = Budget.of(new Machine(512L << 20, 256L << 20, 20_000, 2L << 30), GENEROUS);
    assertThat(budget.text())
        .contains("heap: 512 MiB all; 64 MiB admitted and not durable yet;")
        .contains("direct: 256 MiB all; 64 MiB unfinished packets of devices;")
        .contains("descriptors: 20000 all; 512 files of our own;");
    assertThat(Budget.of(Machine.here(), GENEROUS).facts())
        .containsOnlyKeys("heap", "direct", "beside", "descriptors");
  }
}
