package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.db.Database;
import io.telltale.db.StoreSeal;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Bytes;
import io.telltale.leases.StateSeal;
import io.telltale.pipeline.windows.DeviceWindows;
import io.telltale.pipeline.windows.WindowCodec;
import io.telltale.pipeline.windows.WindowTables;
import io.telltale.record.SequenceWindow;
import io.telltale.record.SequenceWindow.Standing;
import io.telltale.testkit.Cases;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Growth: windows are stored as what changed, and are what they would be if stored whole. */
class DeviceWindowsTest {
  private static final DeviceWindows.Bounds WHOLE = DeviceWindows.Bounds.within(180L << 20);
  private static final DeviceWindows.Bounds SMALL = new DeviceWindows.Bounds(20_000, 7, 60, 3);
  private static final long TODAY = 20_000;

  @TempDir Path dir;
  private Database database;
  private StateStore store;

  /** Not sealed, but bound to its context. */
  private static final class Named implements StateSeal {
    @Override
    public Bytes seal(String context, Bytes plain) {
      return Bytes.utf8(context + "|" + plain.hex());
    }

    @Override
    public Optional<Bytes> open(String context, Bytes sealed) {
      String text = sealed.asUtf8();
      return text.startsWith(context + "|")
          ? Optional.of(Bytes.ofHex(text.substring(context.length() + 1)))
          : Optional.empty();
    }
  }

  private static StoreSeal seal() {
    return new StoreSeal("pipeline", SecretBytes.copyOf(new byte[32]), Entropy.system());
  }

  DeviceWindowsTest(@TempDir Path dir) {
    this.database = Pipeline.database(TestStores.at(dir.resolve("pipeline.db")), seal());
    this.store = StateStore.open(database, new Named(), Entropy.system());
  }

  @AfterEach
  void close() {
    database.close();
  }

  private void commit(DeviceWindows windows, long day) {
    WindowTables.Stored stored = windows.sealed(day);
    database.write(
        connection -> {
          WindowTables.store(connection, stored);
          return 0;
        });
    windows.committed();
  }

  private long count(String query) {
    return database.read(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(query);
              ResultSet row = select.executeQuery()) {
            row.next();
            return row.getLong(1);
          }
        });
  }

  private static DeviceWindows.Key key(int device, int enrolment) {
    return new DeviceWindows.Key(device, enrolment);
  }

  private static DeviceWindows.Hashes hash(long value) {
    return new DeviceWindows.Hashes(value, () -> -value - 1);
  }

  @Test
  void whatever_is_committed_crashes_or_is_folded_windows_are_as_if_stored_whole() {
    Cases.check(
        3,
        random -> {
          int first = random.nextInt(1 << 30);
          var model = new HashMap<DeviceWindows.Key, SequenceWindow>();
          var windows = new DeviceWindows(store, SMALL);
          for (int commit = 0; commit < 120; commit++) {
            boolean crash = random.nextInt(6) == 0;
            int uses = random.nextInt(25);
            for (int i = 0; i < uses; i++) {
              var key = key(first + random.nextInt(12), 1 + random.nextInt(2));
              use(windows, model, key, random, crash);
            }
            if (crash) {
              if (random.nextBoolean()) {
                windows.sealed(TODAY);
              }
              windows = new DeviceWindows(store, SMALL);
            } else {
              commit(windows, TODAY);
            }
            assertThat(count("SELECT count(*) FROM pipeline_news")).isLessThan(40);
          }
          same(new DeviceWindows(store, SMALL), model);
        });
  }

  private static void use(
      DeviceWindows windows,
      Map<DeviceWindows.Key, SequenceWindow> model,
      DeviceWindows.Key key,
      RandomGenerator random,
      boolean lost) {
    long sequence = random.nextInt(400);
    long offset = random.nextInt(1 << 20);
    windows.use(key, sequence, hash(sequence), offset);
    if (!lost) {
      model.computeIfAbsent(key, _ -> new SequenceWindow()).use(sequence, sequence, offset);
    }
  }

  private void same(DeviceWindows windows, Map<DeviceWindows.Key, SequenceWindow> model) {
    model.forEach(
        (key, window) ->
            assertThat(WindowCodec.encode(windows.of(key)))
                .as("%s", key)
                .isEqualTo(WindowCodec.encode(window)));
  }

  @Test
  void a_commit_stores_one_row_whoever_sent() {
    var windows = new DeviceWindows(store, WHOLE);
    for (int commit = 1; commit <= 20; commit++) {
      for (int device = 1; device <= 300; device++) {
        windows.use(key(device, 1), commit, hash(commit), commit);
      }
      commit(windows, TODAY);
      assertThat(count("SELECT count(*) FROM pipeline_news")).isEqualTo(commit);
    }
    assertThat(count("SELECT count(*) FROM pipeline_replay")).isZero();
    assertThat(new DeviceWindows(store, WHOLE).look(key(300, 1), 20, hash(20)))
        .isEqualTo(Standing.SAME);
  }

  @Test
  void news_are_folded_after_256_commits_and_numbers_never_come_again() {
    var windows = new DeviceWindows(store, WHOLE);
    for (int commit = 1; commit <= 300; commit++) {
      windows.use(key(1, 1), commit, hash(commit), commit);
      commit(windows, TODAY);
    }
    assertThat(count("SELECT count(*) FROM pipeline_news")).isBetween(1L, 257L);
    assertThat(count("SELECT through FROM pipeline_replay")).isEqualTo(257);
    database.write(
        connection -> {
          try (PreparedStatement all = connection.prepareStatement("DELETE FROM pipeline_news")) {
            return all.executeUpdate();
          }
        });
    var again = new DeviceWindows(store, WHOLE);
    again.use(key(1, 1), 1_000, hash(5), 5);
    commit(again, TODAY);
    assertThat(new DeviceWindows(store, WHOLE).look(key(1, 1), 1_000, hash(5)))
        .isEqualTo(Standing.SAME);
  }

  // The window of the enrolment before is asked for until nothing of it can come any more.
  @Test
  void windows_of_old_enrolments_go_after_the_horizon() {
    var bounds = new DeviceWindows.Bounds(20_000, 1, 1, 1);
    var windows = new DeviceWindows(store, bounds);
    for (int enrolment = 1; enrolment <= 3; enrolment++) {
      for (int i = 0; i < 3; i++) {
        windows.use(key(7, enrolment), i, hash(i), i);
        commit(windows, TODAY);
      }
    }
    assertThat(count("SELECT count(*) FROM pipeline_replay WHERE enrolment = 1")).isZero();
    assertThat(count("SELECT count(*) FROM pipeline_replay WHERE enrolment = 2")).isEqualTo(1);
    for (int i = 3; i < 6; i++) {
      windows.use(key(7, 3), i, hash(i), i);
      commit(windows, TODAY + 31);
    }
    assertThat(count("SELECT count(*) FROM pipeline_replay")).isEqualTo(1);
  }

  @Test
  void windows_stored_whole_by_the_program_before_go_on() {
    Path old = dir.resolve("old.db");
    List<String> before =
        PipelineTables.migrations().stream()
            .takeWhile(one -> !one.equals(WindowTables.NEWS))
            .toList();
    var window = new SequenceWindow();
    window.use(3, 33, 300);
    try (Database then = Database.open(TestStores.at(old), before, seal())) {
      then.write(
          connection -> {
            try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO pipeline_replay VALUES (9, 1, ?)")) {
              insert.setBytes(
                  1, new Named().seal("window/9", WindowCodec.encode(window)).toArray());
              return insert.executeUpdate();
            }
          });
    }
    try (Database now = Pipeline.database(TestStores.at(old), seal())) {
      var windows = new DeviceWindows(StateStore.open(now, new Named(), Entropy.system()), WHOLE);
      assertThat(windows.look(key(9, 1), 3, hash(33))).isEqualTo(Standing.SAME);
    }
  }
}
