package io.telltale.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.telltale.kernel.UnavailableException;
import io.telltale.testkit.Waiting;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The second wall, as if the gate were not there: the worker gets the statement as it is. */
class WorkerTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int WORKERS = 4;

  @TempDir static Path folder;
  private static WorkerPool pool;
  private static MemoryFile granted;

  @BeforeAll
  static void open() {
    granted = MemoryFile.create();
    try (DuckSession duck = DuckSession.open(128, 1)) {
      duck.run(
          "COPY (SELECT 42 AS answer) TO %s (FORMAT parquet, USE_TMP_FILE false)"
              .formatted(DuckSession.quoted(granted)));
    }
    granted.sealWrites();
    pool = WorkerPool.open(WORKERS);
  }

  @AfterAll
  static void close() {
    pool.close();
    granted.close();
  }

  private static WorkerPool.BusyWorker locked() throws QuestionFailed {
    return locked(pool);
  }

  private static WorkerPool.BusyWorker locked(WorkerPool pool) throws QuestionFailed {
    WorkerPool.BusyWorker held = pool.take(LONG);
    held.process().load(granted);
    held.process()
        .lock(
            new WorkerMessage.Lock(
                128, 30, false, List.of("CREATE VIEW t AS SELECT * FROM read_parquet($0)")));
    return held;
  }

  private static WorkerProcess.Table ask(WorkerPool.BusyWorker held, String sql)
      throws QuestionFailed {
    return held.process().ask(new WorkerMessage.Ask(sql, 1_000, 1 << 20, false));
  }

  private static List<String> attacks(Path target) {
    return List.of(
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/proc/self/environ')",
        "SELECT * FROM read_text('/proc/self/cmdline')",
        "SELECT * FROM glob('/proc/self/fd/*')",
        "SELECT * FROM read_blob('/proc/%d/fd/*')".formatted(ProcessHandle.current().pid()),
        "SELECT * FROM read_blob('/proc/%d/environ')".formatted(ProcessHandle.current().pid()),
        "COPY (SELECT 1) TO '" + target + "'",
        "COPY (SELECT 1) TO '/proc/self/fd/1'",
        "EXPORT DATABASE '" + target + "'",
        "ATTACH '" + target + "' AS x",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT * FROM 'https://127.0.0.1:1/x.parquet'",
        "SET enable_external_access = true",
        "SET memory_limit = '64GB'",
        "SET temp_directory = '" + target + "'",
        "RESET lock_configuration",
        "PRAGMA enable_profiling",
        "SELECT getenv('PATH')");
  }

  // AN-2
  @Test
  void reaches_nothing_but_what_it_was_given() throws QuestionFailed {
    Path target = folder.resolve("stolen");
    for (String attack : attacks(target)) {
      try (WorkerPool.BusyWorker held = locked()) {
        assertThatThrownBy(() -> ask(held, attack)).as(attack).isInstanceOf(QuestionFailed.class);
      }
      assertThat(target).as(attack).doesNotExist();
    }
    try (WorkerPool.BusyWorker held = locked()) {
      assertThat(ask(held, "SELECT answer FROM t").rows()).containsExactly(List.of(42L));
    }
  }

  @Test
  void is_caged_by_the_kernel() throws QuestionFailed, IOException {
    assumeTrue(LinuxProcess.available().isPresent());
    try (WorkerPool.BusyWorker held = locked()) {
      Path proc = Path.of("/proc/" + held.process().pid());
      String limits = Files.readString(proc.resolve("limits"));
      assertThat(limits).containsPattern("Max core file size +0 +0");
      assertThat(limits).containsPattern("Max file size +0 +0");
      assertThat(limits).containsPattern("Max cpu time +30 +30");
      assertThat(limits).containsPattern("Max data size +" + ((128L + 384) << 20));
      String status = Files.readString(proc.resolve("status"));
      assertThat(status).containsPattern("NoNewPrivs:\\s1");
      assertThat(status).containsPattern("CapEff:\\s0000000000000000");
      Path environment = proc.resolve("environ");
      if (Files.isReadable(environment)) {
        assertThat(Files.readAllBytes(environment)).isEmpty();
      }
    }
  }

  @Test
  void knows_no_path_of_the_data() {
    assertThat(WorkerCommand.find().words().toString())
        .doesNotContain(folder.toString(), "telltale-data");
  }

  @Test
  void a_worker_that_crashes_takes_only_itself() throws Exception {
    for (String signal : List.of("SEGV", "KILL")) {
      try (WorkerPool.BusyWorker held = locked()) {
        long pid = held.process().pid();
        new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor();
        assertThatThrownBy(
                () -> ask(held, "SELECT count(*) FROM range(100000000000) WHERE range<0"))
            .isInstanceOfSatisfying(
                QuestionFailed.class,
                e -> assertThat(e.code()).isEqualTo(signal.equals("KILL") ? "memory" : "crashed"));
      }
      try (WorkerPool.BusyWorker held = locked()) {
        assertThat(ask(held, "SELECT 1").rows()).hasSize(1);
      }
    }
  }

  private static WorkerProcess awaitSpare(WorkerPool pool) throws InterruptedException {
    pool.warmUp();
    Waiting.until("a spare worker is there", 60, () -> pool.spare().isPresent());
    return pool.spare().get();
  }

  @Test
  void a_spare_that_died_is_not_handed_out() throws Exception {
    try (WorkerPool own = WorkerPool.open(WORKERS)) {
      long pid = awaitSpare(own).pid();
      ProcessHandle spare = ProcessHandle.of(pid).orElseThrow();
      spare.destroyForcibly();
      spare.onExit().get(10, TimeUnit.SECONDS);
      try (WorkerPool.BusyWorker held = own.take(LONG)) {
        assertThat(held.process().pid()).isNotEqualTo(pid);
        assertThat(held.process().parse("SELECT 1")).contains("SELECT_NODE");
      }
    }
  }

  @Test
  void ends_with_the_server() throws Exception {
    WorkerPool.BusyWorker held = locked();
    ProcessHandle process = ProcessHandle.of(held.process().pid()).orElseThrow();
    held.close();
    process.onExit().get(10, TimeUnit.SECONDS);
    assertThat(process.isAlive()).isFalse();
  }

  /** A process that says {@code bytes} and whatever follows, whatever it hears. */
  private static WorkerProcess saying(byte[] bytes) throws IOException {
    Path script = Files.createTempFile(folder, "say", "");
    Files.write(script, bytes);
    return new WorkerProcess(
        new ProcessBuilder("sh", "-c", "cat " + script + "; exec sleep 60").start());
  }

  private static byte[] frames(WorkerMessage... messages) throws IOException {
    var bytes = new ByteArrayOutputStream();
    for (WorkerMessage message : messages) {
      WorkerCodec.write(new DataOutputStream(bytes), message);
    }
    return bytes.toByteArray();
  }

  @Test
  void a_worker_that_lies_is_not_believed() throws Exception {
    var columns = new WorkerMessage.Columns(List.of(new ResultColumn("a", "BIGINT")));
    var wide = new WorkerMessage.Rows(List.of(Arrays.asList(1L, 2L)));
    var tooMany = new WorkerMessage.Rows(List.of(List.of(1L), List.of(2L), List.of(3L)));
    var lies = new ArrayList<byte[]>();
    lies.add(new byte[] {0x7f, -1, -1, -1, 1});
    lies.add(new byte[] {-1, -1, -1, -1});
    lies.add(new byte[] {0, 0, 0, 1, 99});
    lies.add("Exception in thread \"main\"".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    lies.add(frames(new WorkerMessage.Ready()));
    lies.add(frames(new WorkerMessage.Parse("SELECT 1")));
    lies.add(frames(columns, columns));
    lies.add(frames(columns, wide));
    lies.add(frames(columns, tooMany));
    lies.add(frames(columns, new WorkerMessage.Piece(io.telltale.kernel.Bytes.utf8("x"))));
    for (byte[] lie : lies) {
      try (WorkerProcess worker = saying(lie)) {
        assertThatThrownBy(() -> worker.ask(new WorkerMessage.Ask("SELECT 1", 2, 1 << 20, false)))
            .isInstanceOfSatisfying(
                QuestionFailed.class, e -> assertThat(e.code()).isEqualTo("crashed"));
      }
    }
  }

  @Test
  void a_worker_that_says_nothing_is_ended_in_time() throws Exception {
    try (WorkerProcess worker = saying(new byte[0])) {
      Thread.ofVirtual().start(worker::expire);
      assertThatThrownBy(() -> worker.ask(new WorkerMessage.Ask("SELECT 1", 2, 100, false)))
          .isInstanceOfSatisfying(
              QuestionFailed.class, e -> assertThat(e.code()).isEqualTo("timeout"));
    }
  }

  @Test
  void starts_without_the_flight_recorder_that_the_driver_looks_for() throws Exception {
    try (WorkerBoot loader = WorkerBoot.of("", List.of())) {
      assertThatThrownBy(() -> loader.loadClass("jdk.jfr.FlightRecorder"))
          .isInstanceOf(ClassNotFoundException.class);
      assertThat(loader.loadClass("java.sql.Connection")).isNotNull();
    }
  }

  @Test
  void one_that_does_not_start_says_so() throws IOException {
    try (WorkerProcess worker =
        new WorkerProcess(new ProcessBuilder("sh", "-c", "exit 1").start())) {
      assertThatThrownBy(worker::awaitReady).isInstanceOf(UnavailableException.class);
    }
  }

  @Test
  void a_question_is_given_the_worker_at_hand_and_waits_for_no_start() throws Exception {
    for (boolean warm : List.of(false, true)) {
      var millis = new ArrayList<Long>();
      for (int i = 0; i < 5; i++) {
        try (WorkerPool own = WorkerPool.open(WORKERS)) {
          Optional<Long> spare = warm ? Optional.of(awaitSpare(own).pid()) : Optional.empty();
          Set<Long> before = children();
          long start = System.nanoTime();
          try (WorkerPool.BusyWorker held = locked(own)) {
            ask(held, "SELECT answer FROM t");
            millis.add((System.nanoTime() - start) / 1_000_000);
            long taken = held.process().pid();
            // Where none is at hand another process was started for it.
            assertThat(before.contains(taken)).isEqualTo(warm);
            assertThat(taken).isEqualTo(spare.orElse(taken));
          }
        }
      }
      System.out.println((warm ? "with a spare worker, ms: " : "without, ms: ") + millis);
    }
  }

  private static Set<Long> children() {
    return ProcessHandle.current()
        .children()
        .map(ProcessHandle::pid)
        .collect(Collectors.toUnmodifiableSet());
  }

  @Test
  void copies_large_files() throws Exception {
    try (MemoryFile large = MemoryFile.create();
        WorkerPool.BusyWorker held = pool.take(LONG)) {
      try (FileChannel channel = large.open(StandardOpenOption.WRITE)) {
        for (int i = 0; i < 64; i++) {
          channel.write(ByteBuffer.allocate(1 << 20));
        }
      }
      long start = System.nanoTime();
      held.process().load(large);
      held.process().lock(new WorkerMessage.Lock(128, 30, false, List.of()));
      System.out.printf("64 MiB copied in %d ms%n", (System.nanoTime() - start) / 1_000_000);
      assertThat(ask(held, "SELECT 1").rows()).hasSize(1);
    }
  }
}
