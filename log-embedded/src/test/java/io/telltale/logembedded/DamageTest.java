package io.telltale.logembedded;

import static io.telltale.fakes.RecordLogContract.appended;
import static io.telltale.fakes.RecordLogContract.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.fakes.RecordLogContract;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import io.telltale.log.RecordLog.Entry;
import io.telltale.logembedded.MemoryFiles.Fault;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What disks do to the embedded log: torn writes, flipped bits, full, failing, power cuts. */
class DamageTest {
  private static final List<Fault> FAULTS = List.of(Fault.values());
  private static final String FIRST = SegmentFormat.name(1);

  private static EmbeddedLog open(MemoryFiles files) throws IOException {
    return open(files, 1 << 20);
  }

  private static EmbeddedLog open(MemoryFiles files, int segmentBytes) throws IOException {
    var config = EmbeddedLogConfig.in(Path.of("unused")).withSegmentBytes(segmentBytes);
    return EmbeddedLog.open(config.withFreeBytes(() -> Long.MAX_VALUE), files);
  }

  private static List<Entry> batch(int round) {
    return List.of(
        new Entry(0, Bytes.utf8("zero " + round)),
        new Entry(3, Bytes.utf8("three " + round)),
        new Entry(0, Bytes.utf8("zero again " + round)));
  }

  private static MemoryFiles withRounds(int rounds) throws Exception {
    var files = new MemoryFiles();
    try (var log = open(files)) {
      for (int i = 0; i < rounds; i++) {
        appended(log, batch(i));
      }
    }
    return files;
  }

  @Test
  void a_write_torn_at_any_byte_loses_nothing_before_it() throws Exception {
    int before = withRounds(4).bytesOf(FIRST).length;
    byte[] whole = withRounds(5).bytesOf(FIRST);
    for (int cut = before; cut < whole.length; cut++) {
      for (boolean zeros : new boolean[] {false, true}) {
        var files = new MemoryFiles();
        byte[] torn = Arrays.copyOf(whole, cut);
        files.put(FIRST, zeros ? Arrays.copyOf(torn, whole.length) : torn);
        try (var log = open(files)) {
          // The group is all or nothing: it was never acknowledged.
          assertThat(log.end(0)).as("cut at %d, zeros %s", cut, zeros).isEqualTo(8);
          assertThat(log.end(3)).isEqualTo(4);
          assertThat(appended(log, batch(99))).containsExactly(8, 4, 9);
        }
        try (var log = open(files)) {
          assertThat(readAll(log, 0, 0, 1_000)).hasSize(10);
        }
      }
    }
  }

  @Test
  void after_a_clean_stop_nothing_is_cut_off() throws Exception {
    var stopped = withRounds(5);
    byte[] whole = stopped.bytesOf(FIRST);
    byte[] mark = stopped.bytesOf(StopMark.NAME);
    for (int at = 0; at < whole.length; at++) {
      byte[] flipped = whole.clone();
      flipped[at] ^= (byte) (1 << at % 8);
      for (byte[] bytes : List.of(flipped, Arrays.copyOf(whole, at))) {
        var files = new MemoryFiles();
        files.put(FIRST, bytes);
        files.put(StopMark.NAME, mark);
        assertThatThrownBy(() -> open(files))
            .as("byte %d", at)
            .isInstanceOf(CorruptException.class);
        assertThat(files.bytesOf(FIRST)).isEqualTo(bytes);
      }
    }
    var gone = new MemoryFiles();
    gone.put(StopMark.NAME, mark);
    assertThatThrownBy(() -> open(gone)).isInstanceOf(CorruptException.class);
  }

  @Test
  void the_mark_of_a_stop_is_gone_while_the_log_is_open_and_after_a_crash() throws Exception {
    var files = withRounds(5);
    try (var log = open(files)) {
      assertThat(files.bytesOf(StopMark.NAME)).isEmpty();
      appended(log, batch(5));
      for (int seed = 0; seed < 20; seed++) {
        MemoryFiles crashed = files.copy();
        crashed.cutPower(new Random(seed));
        assertThat(crashed.names()).as("seed %d", seed).doesNotContain(StopMark.NAME);
        try (var again = open(crashed)) {
          assertThat(again.end(0)).isEqualTo(12);
        }
      }
    }
    assertThat(files.bytesOf(StopMark.NAME)).hasSize(28);
  }

  @Test
  void a_mark_that_a_crash_left_half_written_is_none() throws Exception {
    var stopped = withRounds(5);
    byte[] whole = stopped.bytesOf(FIRST);
    byte[] mark = stopped.bytesOf(StopMark.NAME);
    for (int cut = 0; cut < mark.length; cut++) {
      for (boolean zeros : new boolean[] {false, true}) {
        var files = new MemoryFiles();
        files.put(FIRST, Arrays.copyOf(whole, whole.length - 1));
        byte[] torn = Arrays.copyOf(mark, cut);
        files.put(StopMark.NAME, zeros ? Arrays.copyOf(torn, mark.length) : torn);
        try (var log = open(files)) {
          assertThat(log.end(0)).as("cut at %d, zeros %s", cut, zeros).isEqualTo(8);
        }
      }
    }
  }

  @Test
  void what_a_failing_disk_may_hold_leaves_no_mark() throws Exception {
    var files = new MemoryFiles();
    try (var log = open(files)) {
      appended(log, batch(0));
      files.fail(Fault.FORCE_LOST);
      assertThatThrownBy(() -> log.append(batch(1)).get(30, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class);
    }
    files.fail(Fault.NONE);
    assertThat(files.names()).doesNotContain(StopMark.NAME);
    try (var log = open(files)) {
      assertThat(readAll(log, 0, 0, 1_000).getFirst().body()).isEqualTo(Bytes.utf8("zero 0"));
    }
  }

  @Test
  void a_flipped_bit_in_the_last_group_is_a_torn_write_and_anywhere_before_it_is_damage()
      throws Exception {
    int lastGroup = withRounds(4).bytesOf(FIRST).length;
    byte[] whole = withRounds(5).bytesOf(FIRST);
    for (int at = 0; at < whole.length; at++) {
      var files = new MemoryFiles();
      byte[] flipped = whole.clone();
      flipped[at] ^= (byte) (1 << at % 8);
      files.put(FIRST, flipped);
      if (at < lastGroup) {
        assertThatThrownBy(() -> open(files))
            .as("byte %d", at)
            .isInstanceOf(CorruptException.class);
      } else {
        try (var log = open(files)) {
          assertThat(log.end(0)).as("byte %d", at).isEqualTo(8);
        }
      }
    }
  }

  @Test
  void damage_after_opening_is_noticed_by_the_reader() throws Exception {
    MemoryFiles files = withRounds(3);
    try (var log = open(files)) {
      byte[] bytes = files.bytesOf(FIRST);
      bytes[SegmentFormat.HEADER_BYTES + SegmentFormat.GROUP_BYTES + 20] ^= 1;
      files.put(FIRST, bytes);
      assertThatThrownBy(() -> log.read(0, 0, 1_000)).isInstanceOf(CorruptException.class);
    }
  }

  @Test
  void a_missing_cut_or_damaged_sealed_segment_is_never_skipped() throws Exception {
    var files = new MemoryFiles();
    try (var log = open(files, 300)) {
      for (int i = 0; i < 20; i++) {
        appended(log, batch(i));
      }
    }
    String second = SegmentFormat.name(2);
    MemoryFiles missing = files.copy();
    missing.delete(second);
    assertThatThrownBy(() -> open(missing)).isInstanceOf(CorruptException.class);

    MemoryFiles cut = files.copy();
    cut.put(second, Arrays.copyOf(files.bytesOf(second), files.bytesOf(second).length - 1));
    assertThatThrownBy(() -> open(cut)).isInstanceOf(CorruptException.class);

    MemoryFiles swapped = files.copy();
    swapped.put(second, files.bytesOf(SegmentFormat.name(3)));
    assertThatThrownBy(() -> open(swapped)).isInstanceOf(CorruptException.class);

    MemoryFiles flipped = files.copy();
    byte[] bytes = files.bytesOf(second);
    bytes[bytes.length - 1] ^= 1;
    flipped.put(second, bytes);
    flipped.delete(SegmentFormat.indexName(2));
    assertThatThrownBy(() -> open(flipped)).isInstanceOf(CorruptException.class);
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"NONE"},
      mode = EnumSource.Mode.EXCLUDE)
  void a_failing_disk_is_never_acknowledged_and_recovers_without_a_restart(Fault fault)
      throws Exception {
    var files = new MemoryFiles();
    try (var log = open(files)) {
      appended(log, batch(0));
      files.fail(fault);
      assertThatThrownBy(() -> log.append(batch(1)).get(30, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(UnavailableException.class);
      assertThat(log.end(0)).isEqualTo(2);
      assertThat(readAll(log, 0, 0, 1_000)).hasSize(2);
      files.fail(Fault.NONE);
      Waiting.until("the log is available", 10, log::available);
      assertThat(appended(log, batch(2))).containsExactly(2, 1, 3);
      assertThat(readAll(log, 0, 2, 1_000).getFirst().body()).isEqualTo(Bytes.utf8("zero 2"));
    }
    files.cutPower(new Random(1));
    try (var log = open(files)) {
      assertThat(readAll(log, 0, 0, 1_000).stream().map(stored -> stored.body().asUtf8()))
          .containsExactly("zero 0", "zero again 0", "zero 2", "zero again 2");
    }
  }

  @Test
  void what_was_acknowledged_survives_power_cuts_among_faults() throws Exception {
    for (long seed = 0; seed < 150; seed++) {
      var random = new Random(seed);
      var files = new MemoryFiles();
      var acknowledged = new ArrayList<String>();
      for (int life = 0; life < 4; life++) {
        acknowledged = new ArrayList<>(live(files, random, acknowledged, seed));
        if (random.nextInt(3) > 0) {
          files.cutPower(random);
        }
      }
    }
  }

  /** One life of the process; returns what partition 5 must hold at least, as a prefix. */
  private static List<String> live(
      MemoryFiles files, Random random, List<String> acknowledged, long seed) throws Exception {
    var log = open(files, 600);
    List<String> held =
        readAll(log, 5, 0, 1_000).stream().map(stored -> stored.body().asUtf8()).toList();
    assertThat(held).as("seed %d", seed).startsWith(acknowledged.toArray(new String[0]));
    var known = new ArrayList<>(held);
    for (int step = 0; step < 12; step++) {
      Fault fault = random.nextInt(4) == 0 ? FAULTS.get(random.nextInt(5)) : Fault.NONE;
      files.fail(fault);
      String text = "seed %d record %d".formatted(seed, random.nextInt(1_000_000));
      var other = new Entry(random.nextInt(4), RecordLogContract.body(random, 300));
      try {
        var batch = List.of(new Entry(5, Bytes.utf8(text)), other);
        long offset = log.append(batch).get(30, TimeUnit.SECONDS)[0];
        assertThat(offset).isEqualTo(known.size());
        known.add(text);
      } catch (ExecutionException e) {
        assertThat(e).hasCauseInstanceOf(UnavailableException.class);
      }
      files.fail(Fault.NONE);
      if (!log.available() && random.nextBoolean()) {
        break;
      }
      Waiting.until("the log is available", 10, log::available);
    }
    files.fail(Fault.FORCE_LOST);
    log.close();
    files.fail(Fault.NONE);
    return known;
  }

  @Test
  void many_batches_share_one_force() throws Exception {
    var files = new MemoryFiles();
    try (var log = open(files)) {
      appended(log, batch(0));
      int before = files.forces();
      var pending = new ArrayList<java.util.concurrent.CompletableFuture<long[]>>();
      for (int i = 0; i < 2_000; i++) {
        pending.add(log.append(batch(i)));
      }
      for (var each : pending) {
        each.get(30, TimeUnit.SECONDS);
      }
      System.out.printf("2000 batches took %d forces%n", files.forces() - before);
      assertThat(files.forces() - before).isLessThan(2_000);
    }
  }
}
