package io.telltale.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Our server and mosquitto, loaded by turns with one generator; see {@link #HELP}. */
final class BenchMain {
  private static final String HELP =
      """
      bench/run [WHAT] [ROUNDS] [SECONDS] [--only NAME,NAME]

      Loads our server and Debian's mosquitto by turns with one generator, and prints both.
      WHAT is one of
        pipelined   100 connections x 10 in flight: acked/s, CPU a message, p50, p99
        fleet       500 connections x 1 in flight: the same
        handshakes  full mTLS handshakes, CONNECT to CONNACK: CPU each
        enroll      certificates by EST, stored, and OCSP answers, over kept connections: CPU each
        idle        resident memory for each of 10,000 idle connections
        queryable   from PUBLISH to a query that shows the row, at about 5,000 messages/s
        stack       our whole process beside mosquitto, a subscriber and PostgreSQL: CPU of all
                    that runs, publish to queryable, bytes on the disk, at 5,000 messages/s
        attack      honest devices' p50, p99 beside crowds that hold all they can
        soak        four fifths of what the line takes, for ROUNDS x SECONDS: memory, files, query
        all         all of them but soak (default)
      --only leaves out the brokers that it does not name: mosquitto, telltale, and in pipelined
      and fleet unfsynced, bare.
      ROUNDS of SECONDS each, 5 of 8 by default, after a warm-up of 300,000 messages.

      'unfsynced' is our server with its data folder in memory (/dev/shm), where fsync does
      nothing. 'bare loop' is Netty and BoringSSL alone, which acknowledge and do nothing else.
      'door' is the CPU of event loops and log writer: admission complete, sealed, fsynced.
      Needs mosquitto on the PATH or in /usr/sbin, 'stack' PostgreSQL, too. Loopback only; ends by
      itself.
      """;
  private static final List<String> KINDS =
      List.of(
          "pipelined",
          "fleet",
          "handshakes",
          "enroll",
          "idle",
          "queryable",
          "stack",
          "attack",
          "soak",
          "all");
  private static final Path MEMORY = Path.of("/dev/shm");
  private static final int DEVICES = 501;

  private final Choice choice;
  private final Path folder;

  private BenchMain(Choice choice, Path folder) {
    this.choice = choice;
    this.folder = folder;
  }

  private record Choice(String what, int rounds, long seconds, Set<String> only) {
    boolean has(String broker) {
      return only.isEmpty() || only.contains(broker);
    }

    boolean wants(String kind) {
      return what.equals(kind) || what.equals("all");
    }

    boolean messages() {
      return wants("pipelined") || wants("fleet");
    }
  }

  public static void main(String[] arguments) throws Exception {
    Optional<Choice> choice = read(arguments);
    if (choice.isEmpty()) {
      System.out.print(HELP);
      return;
    }
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> ProcessHandle.current().descendants().forEach(ProcessHandle::destroy)));
    Path folder = Files.createTempDirectory("telltale-bench");
    Optional<Path> memory =
        choice.get().messages() && Files.isWritable(MEMORY)
            ? Optional.of(Files.createTempDirectory(MEMORY, "telltale-bench"))
            : Optional.empty();
    try {
      new BenchMain(choice.get(), folder).run(memory);
    } finally {
      Folders.delete(folder);
      if (memory.isPresent()) {
        Folders.delete(memory.get());
      }
    }
    // The generator's pools have threads that would wait for more.
    System.exit(0);
  }

  private static Optional<Choice> read(String[] arguments) {
    var rest = new ArrayList<>(List.of(arguments));
    Set<String> only = Set.of();
    int at = rest.indexOf("--only");
    if (at >= 0 && at + 1 < rest.size()) {
      only = Set.of(rest.remove(at + 1).split(","));
      rest.remove(at);
    }
    String what = "all";
    if (!rest.isEmpty() && KINDS.contains(rest.getFirst())) {
      what = rest.removeFirst();
    }
    try {
      int rounds = rest.isEmpty() ? 5 : Integer.parseInt(rest.removeFirst());
      long seconds = rest.isEmpty() ? 8 : Long.parseLong(rest.removeFirst());
      return rest.isEmpty() && rounds > 0 && seconds > 0
          ? Optional.of(new Choice(what, rounds, seconds, only))
          : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private void run(Optional<Path> memory)
      throws IOException, InterruptedException, GeneralSecurityException {
    if (choice.messages()) {
      messages(memory);
    }
    if (choice.wants("handshakes")) {
      pair(200, sides -> new HandshakeBench().run(sides, choice.rounds(), choice.seconds()));
    }
    if (choice.wants("enroll")) {
      try (var telltale =
          TelltaleServer.asShipped("telltale", folder.resolve("enroll"), EnrollBench.DEVICES)) {
        new EnrollBench(telltale).run();
      }
    }
    if (choice.wants("idle")) {
      pair(IdleBench.CONNECTIONS, IdleBench::run);
    }
    if (choice.wants("attack")) {
      try (var telltale =
          TelltaleServer.asShipped("telltale", folder.resolve("attack"), AttackBench.DEVICES)) {
        new AttackBench(telltale).run(choice.seconds());
      }
    }
    if (choice.wants("stack")) {
      stack();
    }
    if (choice.what().equals("soak")) {
      try (var telltale =
          TelltaleServer.start("telltale", folder.resolve("soak"), SoakBench.DEVICES)) {
        new SoakBench(telltale)
            .run(telltale.clients(SoakBench.DEVICES), choice.rounds() * choice.seconds());
      }
    }
    if (choice.wants("queryable")) {
      try (var telltale = TelltaleServer.start("telltale", folder.resolve("queryable"), DEVICES)) {
        new QueryableBench(telltale)
            .run(telltale.clients(DEVICES), choice.rounds() * choice.seconds());
      }
    }
  }

  private void stack() throws IOException, InterruptedException, GeneralSecurityException {
    try (Line plain = PlainStack.start(folder.resolve("plain"));
        Line ours =
            new WholeServer(TelltaleServer.start("telltale", folder.resolve("whole"), DEVICES))) {
      new StackBench(List.of(plain, ours)).run(choice.rounds(), choice.seconds());
    }
  }

  private void messages(Optional<Path> memory) throws IOException, InterruptedException {
    var brokers = new ArrayList<Broker>();
    try {
      if (choice.has("mosquitto")) {
        brokers.add(Mosquitto.start(folder.resolve("mosquitto")));
      }
      if (choice.has("telltale")) {
        brokers.add(TelltaleServer.start("telltale", folder.resolve("telltale"), DEVICES));
      }
      if (choice.has("unfsynced") && memory.isPresent()) {
        brokers.add(TelltaleServer.start("telltale unfsynced", memory.get(), DEVICES));
      }
      if (choice.has("bare")) {
        brokers.add(BareLoop.start(folder.resolve("bare")));
      }
      messages(brokers);
    } finally {
      brokers.forEach(Broker::close);
    }
  }

  private void messages(List<Broker> brokers) throws InterruptedException {
    List<Side> sides =
        brokers.stream().map(one -> Side.of(one, LoadShape.FLEET.connections())).toList();
    for (LoadShape shape : List.of(LoadShape.PIPELINED, LoadShape.FLEET)) {
      if (choice.wants(shape.name())) {
        new MessageBench(sides, shape).run(choice.rounds(), choice.seconds());
      }
    }
  }

  private interface Compared {
    void run(List<Side> sides) throws InterruptedException;
  }

  /** Mosquitto and our server, each new, with {@code count} clients each. */
  private void pair(int count, Compared what) throws IOException, InterruptedException {
    Path fresh = Files.createTempDirectory(folder, "pair");
    var brokers = new ArrayList<Broker>();
    try {
      if (choice.has("mosquitto")) {
        brokers.add(Mosquitto.start(fresh.resolve("mosquitto")));
      }
      if (choice.has("telltale")) {
        brokers.add(TelltaleServer.start("telltale", fresh.resolve("telltale"), count));
      }
      what.run(brokers.stream().map(one -> Side.of(one, count)).toList());
    } finally {
      brokers.forEach(Broker::close);
    }
  }
}
