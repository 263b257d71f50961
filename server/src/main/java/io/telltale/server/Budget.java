package io.telltale.server;

import io.telltale.admission.ReplayWindows;
import io.telltale.doors.AcceptLimits;
import io.telltale.doors.EventLoops;
import io.telltale.doors.HttpLimits;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.LakeMemory;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who gets how much of heap, direct memory and descriptors (ADR 0112): every bound of a listener
 * and of what is in flight is a share of here, and the shares add up.
 *
 * @param wanted what the operator allows; where the machine has less, less is taken
 */
public record Budget(Machine machine, Config.Limits wanted) {
  /** Class path, databases, log and lake, and whatever else is open but for connections. */
  static final int OWN_DESCRIPTORS = 512;

  private static final int DESCRIPTORS_MIN = 1_024;
  private static final int LISTENERS = 3;
  private static final int OPERATORS_MAX = 64;
  private static final long MEBIBYTE = 1L << 20;
  // Live heap of a session that sends nothing: `bench/run idle` saw 6.6 KiB.
  private static final int SESSION_BYTES = 7 << 10;
  private static final int LOG_QUEUE_MAX = 64 << 20;
  private static final long HOLD_MAX = 64L << 20;
  private static final int LEASES_MAX = 64 << 20;
  private static final long COMMIT_MAX = 64L << 20;
  private static final long DOOR_WINDOWS_MAX = 352L << 20;
  private static final long WINDOWS_MAX = 180L << 20;

  /** With less for each there are fewer questions at a time. */
  private static final int QUESTION_MEGABYTES = 128;

  /** What a row takes as objects, for each byte that it is measured with. */
  private static final int ROWS_FACTOR = 4;

  private static final int MEGABYTES_MIN = 64;
  private static final long BESIDE_MIN = 640L << 20;
  private static final int LARGEST_BODY = 4 << 20;
  private static final Duration REQUEST_MAX = Duration.ofSeconds(20);
  private static final int HANDLERS_MAX = 64;

  /** One line of the budget. */
  record Share(String of, String what, long amount) {}

  /** Refuses where there are too few descriptors to be of use. */
  static Budget of(Machine machine, Config.Limits wanted) {
    if (machine.descriptors() < DESCRIPTORS_MIN) {
      throw new UnavailableException(
          ("this process may open %d files and connections together and needs %d at least: raise"
                  + " the limit first, with `ulimit -n 65536` or, under systemd, LimitNOFILE=65536")
              .formatted(machine.descriptors(), DESCRIPTORS_MIN));
    }
    return new Budget(machine, wanted);
  }

  /** Above this the doors stop reading; above twice this they refuse. */
  long inFlightBytes() {
    return Math.min(wanted.inFlightBytesMax(), machine.heapBytes() / 16);
  }

  /** Of MQTT 3.1.1 messages that wait since they cannot be stored now. */
  long holdBytes() {
    return Math.min(HOLD_MAX, machine.heapBytes() / 64);
  }

  /** Of the wills that devices left. */
  long willBytes() {
    return Math.min(HOLD_MAX, machine.heapBytes() / 64);
  }

  int logQueueBytes() {
    return (int) Math.min(LOG_QUEUE_MAX, machine.heapBytes() / 16);
  }

  /** Of the rows that one commit gathers. */
  long commitBytes() {
    return Math.min(COMMIT_MAX, machine.heapBytes() / 16);
  }

  public LakeMemory lake() {
    LakeMemory standard = LakeMemory.STANDARD;
    int questions = questions();
    long rows = machine.heapBytes() / 8 / questions / ROWS_FACTOR;
    long engines = workersMegabytes() - workersBaseMegabytes(questions);
    long engine = Math.clamp(engines / questions, MEGABYTES_MIN, standard.questionMegabytes());
    long idle = Math.min(standard.idleBytes(), beside() / 8);
    long writer = Math.clamp((beside() / 8) >> 20, MEGABYTES_MIN, standard.writerMegabytes());
    long rest =
        beside() - idle - megabytes(writer + workersBaseMegabytes(questions) + questions * engine);
    return new LakeMemory(
        questions,
        (int) engine,
        Math.min(standard.answerBytes(), rows),
        Math.min(standard.traceBytes(), rows),
        idle,
        Math.min(standard.fileBytes(), rest / questions),
        (int) writer);
  }

  // Fewer questions at a time rather than some that can hardly be answered.
  private int questions() {
    long rest = workersMegabytes() - LakeMemory.WORKER_MEGABYTES;
    return Math.clamp(
        rest / (QUESTION_MEGABYTES + LakeMemory.WORKER_MEGABYTES), 1, LakeMemory.QUESTIONS_MAX);
  }

  private long workersMegabytes() {
    return (beside() / 2) >> 20;
  }

  // One more is kept ready for the next question.
  private static long workersBaseMegabytes(int questions) {
    return (questions + 1L) * LakeMemory.WORKER_MEGABYTES;
  }

  // The machine may be smaller than what this process was told it has: then it pages or is ended,
  // and the lake takes the least that works.
  private long beside() {
    long left = machine.memoryBytes() - machine.heapBytes() - machine.directBytes();
    return Math.max(left, BESIDE_MIN);
  }

  /** Leases of the pipeline and the keys that follow from them; the rest is read when needed. */
  int leaseBytes() {
    return (int) Math.min(LEASES_MAX, machine.heapBytes() / 64);
  }

  /** Of the sequence windows at the doors, besides those of open sessions. */
  int doorWindows() {
    long bytes = Math.min(DOOR_WINDOWS_MAX, machine.heapBytes() / 32);
    return (int) (bytes / ReplayWindows.WINDOW_BYTES);
  }

  /** Of the pipeline's; those that are not in memory are read when they are needed. */
  long windowBytes() {
    return Math.min(WINDOWS_MAX, machine.heapBytes() / 8);
  }

  private int apiBodiesBytes() {
    return (int) Math.min(Integer.MAX_VALUE, machine.heapBytes() / 32);
  }

  private int enrollmentBodiesBytes() {
    return (int) Math.min(Integer.MAX_VALUE, machine.heapBytes() / 64);
  }

  private long deviceHeldBytes() {
    return machine.directBytes() / 4;
  }

  private long otherHeldBytes() {
    return machine.directBytes() / 16;
  }

  /** Whether there is room for each device's read to wait with its buffer, as by io_uring. */
  boolean readsMayWait() {
    return (long) forDevices().connectionsMax() * EventLoops.WAITING_READ_BYTES
        <= waitingReadsBytes();
  }

  private long waitingReadsBytes() {
    return machine.directBytes() / 8;
  }

  private int connections() {
    return (int) Math.min(Integer.MAX_VALUE, machine.descriptors() - OWN_DESCRIPTORS);
  }

  private int strangers() {
    return Math.min(wanted.handshakesMax(), connections() / 32);
  }

  private int devices() {
    int others = LISTENERS * AcceptLimits.bounded(0, strangers(), 0).connectionsMax();
    long held = sessionBytes() / (SESSION_BYTES + ReplayWindows.WINDOW_BYTES);
    int open = connections() - others - OPERATORS_MAX;
    return (int) Math.min(Math.min(wanted.connectionsMax(), open), held);
  }

  /** Of connected devices: what their sessions take, and their sequence windows. */
  private long sessionBytes() {
    return machine.heapBytes() / 4;
  }

  AcceptLimits forDevices() {
    return bounded(devices(), deviceHeldBytes());
  }

  /** Whoever enrolls is a stranger until it has a certificate. */
  AcceptLimits forEnrollment() {
    return bounded(0, otherHeldBytes());
  }

  AcceptLimits forOperators() {
    return bounded(OPERATORS_MAX, otherHeldBytes());
  }

  private AcceptLimits bounded(int known, long heldBytes) {
    return AcceptLimits.bounded(known, strangers(), heldBytes)
        .handshaking(wanted.handshakesPerSource());
  }

  HttpLimits enrollmentRequests() {
    return requests(enrollmentBodiesBytes());
  }

  HttpLimits apiRequests() {
    return requests(apiBodiesBytes());
  }

  private static HttpLimits requests(int bytes) {
    return new HttpLimits(Math.min(LARGEST_BODY, bytes), REQUEST_MAX, HANDLERS_MAX, bytes);
  }

  List<Share> shares() {
    return List.of(
        new Share("heap", "admitted and not durable yet", 2 * inFlightBytes()),
        new Share("heap", "waiting for the log's disk", logQueueBytes()),
        new Share("heap", "of MQTT 3.1.1, to be stored later", holdBytes()),
        new Share("heap", "last wills of devices", willBytes()),
        new Share("heap", "keys of records being read", leaseBytes()),
        new Share("heap", "requests of the API", apiRequests().handledBytesMax()),
        new Share("heap", "requests of enrollment", enrollmentRequests().handledBytesMax()),
        new Share("heap", "rows of a commit", commitBytes()),
        new Share("heap", "connected devices and their sequence windows", sessionBytes()),
        new Share(
            "heap",
            "sequence windows of who is not connected",
            (long) doorWindows() * ReplayWindows.WINDOW_BYTES),
        new Share("heap", "sequence windows of the pipeline", windowBytes()),
        new Share("heap", "answers and what is behind them", rowsBytes()),
        new Share(
            "beside",
            "questions in their workers",
            lake().questions() * megabytes(lake().questionMegabytes())),
        new Share("beside", "files that questions read", lake().questions() * lake().fileBytes()),
        new Share(
            "beside", "those workers' own", megabytes(workersBaseMegabytes(lake().questions()))),
        new Share("beside", "the lake's writer", megabytes(lake().writerMegabytes())),
        new Share("beside", "opened files that nobody reads", lake().idleBytes()),
        new Share("direct", "unfinished packets of devices", forDevices().heldBytesMax()),
        new Share("direct", "unfinished requests at enrollment", forEnrollment().heldBytesMax()),
        new Share("direct", "unfinished requests at the API", forOperators().heldBytesMax()),
        new Share("direct", "reads of devices that wait, by io_uring", waitingReadsBytes()),
        new Share("descriptors", "files of our own", OWN_DESCRIPTORS),
        new Share("descriptors", "devices, and who wants to be one", forDevices().connectionsMax()),
        new Share("descriptors", "enrollment", forEnrollment().connectionsMax()),
        new Share("descriptors", "the API", forOperators().connectionsMax()));
  }

  private long rowsBytes() {
    return (long) lake().questions()
        * ROWS_FACTOR
        * Math.max(lake().answerBytes(), lake().traceBytes());
  }

  private static long megabytes(long count) {
    return count * MEBIBYTE;
  }

  private Map<String, Long> totals() {
    var totals = new LinkedHashMap<String, Long>();
    totals.put("heap", machine.heapBytes());
    totals.put("direct", machine.directBytes());
    totals.put("beside", beside());
    totals.put("descriptors", machine.descriptors());
    return totals;
  }

  /** For the status: each share by name, in bytes or descriptors, and what is left. */
  Map<String, Object> facts() {
    var facts = new LinkedHashMap<String, Object>();
    totals()
        .forEach(
            (of, total) -> {
              var parts = new LinkedHashMap<String, Object>();
              parts.put("all", total);
              long left = total;
              for (Share share : shares()) {
                if (share.of().equals(of)) {
                  parts.put(share.what(), share.amount());
                  left -= share.amount();
                }
              }
              parts.put("everything else", left);
              facts.put(of, parts);
            });
    return facts;
  }

  /** For the terminal and the log at the start. */
  String text() {
    var text = new StringBuilder("what it may take:");
    facts()
        .forEach(
            (of, parts) -> {
              boolean bytes = !of.equals("descriptors");
              text.append(System.lineSeparator()).append("  ").append(of).append(':');
              ((Map<?, ?>) parts)
                  .forEach(
                      (what, amount) ->
                          text.append(' ')
                              .append(bytes ? (Long) amount / MEBIBYTE + " MiB" : amount)
                              .append(' ')
                              .append(what)
                              .append(';'));
              text.setCharAt(text.length() - 1, '.');
            });
    return text.toString();
  }
}
