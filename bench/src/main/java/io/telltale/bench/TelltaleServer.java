package io.telltale.bench;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.Pem;
import io.telltale.device.Enroller;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.TenantId;
import io.telltale.registry.Act;
import io.telltale.registry.PolicyDocument;
import io.telltale.registry.Registry;
import io.telltale.roster.Policy;
import io.telltale.server.Closing;
import io.telltale.server.Config;
import io.telltale.server.ConfigReader;
import io.telltale.server.Foundation;
import io.telltale.server.command.Main;
import io.telltale.server.data.DataFolder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Our own server as {@code telltale run}, complete: admission, sealing, fsync, pipeline, ledger.
 */
final class TelltaleServer implements Broker {
  private static final String DOOR = "spiffe://telltale.local/default/service/door";
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Pattern USED = Pattern.compile("total \\d+K, used (\\d+)K");
  private static final long START_SECONDS_MAX = 60;
  private static final int ENROLLMENTS_AT_ONCE = 4;

  private final String name;
  private final Path data;
  private final Process process;
  private final JsonNode ports;
  private final Devices devices;

  private TelltaleServer(String name, Path data, Process process, Devices devices)
      throws IOException {
    this.name = name;
    this.data = data;
    this.process = process;
    this.devices = devices;
    this.ports = JSON.readTree(Files.readString(data.resolve("run").resolve("ports.json")));
  }

  /**
   * With {@code devices} registered and holding a token each, and limits that a load never meets.
   */
  static TelltaleServer start(String name, Path folder, int devices)
      throws IOException, InterruptedException {
    // All devices of a load come from one address.
    return start(
        name,
        folder,
        devices,
        liftedPolicy(),
        Map.of("TELLTALE_LIMITS_HANDSHAKES_PER_SOURCE", "100000"));
  }

  /** The same under the limits and settings that ship. */
  static TelltaleServer asShipped(String name, Path folder, int devices)
      throws IOException, InterruptedException {
    return start(name, folder, devices, factoryPolicy(), Map.of());
  }

  private static TelltaleServer start(
      String name, Path folder, int devices, String policy, Map<String, String> settings)
      throws IOException, InterruptedException {
    Devices registered = prepare(folder, devices, policy);
    // What ./telltale gives it, but for the attach mechanism that a profile needs.
    var jvm = new ArrayList<>(options());
    jvm.addAll(
        List.of(
            "-Xms64m",
            "-Xmx512m",
            "-XX:MaxDirectMemorySize=256m",
            "-Dio.netty.maxDirectMemory=234881024"));
    jvm.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    var builder = new ProcessBuilder(Jdk.java(jvm, Main.class, "run", "--data", folder.toString()));
    for (String listener : List.of("MQTT", "ENROLL", "API", "METRICS")) {
      builder.environment().put("TELLTALE_LISTEN_" + listener, "0");
    }
    builder.environment().putAll(settings);
    Process process =
        builder
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("console.log").toFile())
            .start();
    Path portsFile = folder.resolve("run").resolve("ports.json");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS_MAX);
    while (!Files.exists(portsFile)) {
      if (!process.isAlive() || System.nanoTime() > end) {
        process.destroy();
        throw new IOException(Files.readString(folder.resolve("console.log")));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    return new TelltaleServer(name, folder, process, registered);
  }

  /** More options for the server's JVM, for a profile: BENCH_JAVA_OPTIONS. */
  private static List<String> options() {
    String more = System.getenv("BENCH_JAVA_OPTIONS");
    return more == null || more.isBlank() ? List.of() : List.of(more.strip().split(" +"));
  }

  // As a first start makes it: what it would find half made it refuses.
  private static Devices prepare(Path folder, int count, String policy) throws IOException {
    try (var closing = new Closing()) {
      Config config =
          switch (ConfigReader.read(Optional.empty(), Map.of(), folder)) {
            case ConfigReader.Outcome.Ready(Config ready) -> ready;
            case ConfigReader.Outcome.Mistakes(var mistakes) ->
                throw new IOException(String.join("; ", mistakes));
          };
      DataFolder data = closing.add(DataFolder.at(folder));
      Registry registry = Foundation.open(config, data, InstantSource.system(), closing).registry();
      registry.putPolicy(
          new PolicyDocument(TenantId.DEFAULT, Bytes.utf8(policy), OptionalLong.empty()),
          new Act("system", "a load run"));
      return Devices.register(registry, count);
    }
  }

  /** The factory policy lets a device send 100 messages a second: too few for a load run. */
  private static String liftedPolicy() throws IOException {
    return factoryPolicy()
        .replaceAll("\"messagesPerSecond\": *[0-9]+", "\"messagesPerSecond\": 100000")
        .replaceAll("\"burst\": *[0-9]+", "\"burst\": 100000")
        .replaceAll("\"bytesPerSecond\": *[0-9]+", "\"bytesPerSecond\": 100000000");
  }

  private static String factoryPolicy() throws IOException {
    try (var file = Policy.class.getResourceAsStream("factory-policy.json")) {
      if (file == null) {
        throw new IOException("the registry ships no factory policy");
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Override
  public String name() {
    return name;
  }

  Path data() {
    return data;
  }

  @Override
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.get("mqtt").asInt());
  }

  InetSocketAddress enrollment() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.get("enroll").asInt());
  }

  URI api() {
    return URI.create("https://127.0.0.1:" + ports.get("api").asInt());
  }

  URI metrics() {
    return URI.create("http://127.0.0.1:" + ports.get("metrics").asInt());
  }

  ProcessHandle process() {
    return process.toHandle();
  }

  @Override
  public ProcessFigures figures() {
    return new ProcessFigures(process.pid());
  }

  /** A full collection, twice: the first one's references are gone with the second. */
  @Override
  public void tidy() {
    jcmd("GC.run");
    jcmd("GC.run");
  }

  @Override
  public OptionalLong heapKibibytes() {
    // "DefNew total 19648K, used 9172K [...", and the same of Tenured.
    return OptionalLong.of(
        USED.matcher(jcmd("GC.heap_info"))
            .results()
            .mapToLong(used -> Long.parseLong(used.group(1)))
            .sum());
  }

  private String jcmd(String command) {
    try {
      Process asked =
          new ProcessBuilder(Jdk.program("jcmd"), Long.toString(process.pid()), command)
              .redirectErrorStream(true)
              .start();
      String said = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      asked.waitFor();
      return said;
    } catch (IOException e) {
      throw new IllegalStateException("asking the server's JVM for " + command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  @Override
  public List<LoadClient> clients(int count) {
    List<X509Certificate> roots = roots();
    var enroller =
        new Enroller(
            URI.create("https://127.0.0.1:" + ports.get("enroll").asInt()),
            roots,
            DOOR,
            InstantSource.system());
    try (var pool = Executors.newFixedThreadPool(ENROLLMENTS_AT_ONCE)) {
      var enrolling = new ArrayList<java.util.concurrent.Future<LoadClient>>(count);
      for (Devices.Registered device : devices.take(count)) {
        enrolling.add(pool.submit(() -> enroll(device, enroller)));
      }
      var clients = new ArrayList<LoadClient>(count);
      for (var one : enrolling) {
        clients.add(one.get());
      }
      return clients;
    } catch (ExecutionException e) {
      throw new IllegalStateException("enrolling the load's devices", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("enrolling the load's devices", e);
    }
  }

  private static LoadClient enroll(Devices.Registered device, Enroller enroller)
      throws IOException {
    KeyPair key = EcdsaP256.generate();
    return switch (enroller.enroll(device.name(), device.token(), key)) {
      case Enroller.Enrolled.Issued(var chain, var _) ->
          new LoadClient(device.name(), key.getPrivate(), chain, LoadClient.topic(device.name()));
      case Enroller.Enrolled.Refused refused -> throw new IOException(refused.toString());
      case Enroller.Enrolled.Failed failed -> throw new IOException(failed.toString());
    };
  }

  /** Devices that have not enrolled yet, with a token each. */
  List<Devices.Registered> devices(int count) {
    return devices.take(count);
  }

  /** The first certificate of a file of the data folder. */
  X509Certificate certificate(String file) throws IOException {
    return Pem.readCertificates(Files.readString(data.resolve(file))).orElseThrow().getFirst();
  }

  private List<X509Certificate> roots() {
    try {
      JsonNode bundle =
          JSON.readTree(Files.readString(data.resolve("operator").resolve("trust-bundle.json")));
      var pem = new StringBuilder();
      bundle.get("caRoots").forEach(root -> pem.append(root.asString()).append('\n'));
      return Pem.readCertificates(pem.toString()).orElseThrow();
    } catch (IOException e) {
      throw new IllegalStateException("reading the server's trust bundle", e);
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
