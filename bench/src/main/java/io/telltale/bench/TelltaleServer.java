package io.telltale.bench;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.Pem;
import io.telltale.device.Enroller;
import io.telltale.device.MqttConnector;
import io.telltale.device.TlsMaterial;
import io.telltale.kernel.Bytes;
import io.telltale.registry.Policy;
import io.telltale.registry.Registry;
import io.telltale.server.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
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
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Our own server as {@code telltale run}, complete: admission, sealing, fsync, pipeline, ledger.
 */
final class TelltaleServer implements Broker {
  private static final String DOOR = "spiffe://telltale.local/default/service/door";
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final long START_SECONDS_MAX = 60;

  private final Path data;
  private final Process process;
  private final JsonNode ports;

  private TelltaleServer(Path data, Process process, JsonNode ports) {
    this.data = data;
    this.process = process;
    this.ports = ports;
  }

  static TelltaleServer start(Path folder) throws IOException, InterruptedException {
    Files.createDirectories(folder.resolve("registry"));
    liftLimits(folder);
    var builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx1g",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "run",
            "--data",
            folder.toString());
    for (String listener : List.of("MQTT", "ENROLL", "API", "METRICS")) {
      builder.environment().put("TELLTALE_LISTEN_" + listener, "0");
    }
    Process process =
        builder
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("console.log").toFile())
            .start();
    Path portsFile = folder.resolve("run").resolve("ports.json");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS_MAX);
    while (!Files.exists(portsFile)) {
      if (!process.isAlive() || System.nanoTime() > end) {
        throw new IOException(Files.readString(folder.resolve("console.log")));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    return new TelltaleServer(folder, process, JSON.readTree(Files.readString(portsFile)));
  }

  /** The factory policy lets a device send 100 messages a second: too few for a load run. */
  private static void liftLimits(Path folder) throws IOException {
    try (Registry registry =
        Registry.open(
            new Registry.Settings(
                folder.resolve("registry").resolve("control.db"),
                "telltale.local",
                InstantSource.system()))) {
      String lifted =
          factoryPolicy()
              .replaceFirst("\"version\": *1", "\"version\": 2")
              .replaceAll("\"messagesPerSecond\": *[0-9]+", "\"messagesPerSecond\": 100000")
              .replaceAll("\"burst\": *[0-9]+", "\"burst\": 100000")
              .replaceAll("\"bytesPerSecond\": *[0-9]+", "\"bytesPerSecond\": 100000000");
      System.out.println("policy: " + registry.putPolicy(Bytes.utf8(lifted), "system"));
    }
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
    return "telltale";
  }

  @Override
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.get("mqtt").asInt());
  }

  @Override
  public ProcessFigures figures() {
    return new ProcessFigures(process.pid());
  }

  @Override
  public List<LoadClient> clients(int count) {
    try {
      List<X509Certificate> roots = roots();
      var enroller =
          new Enroller(URI.create("https://127.0.0.1:" + ports.get("enroll").asInt()), roots, DOOR);
      var clients = new ArrayList<LoadClient>(count);
      for (int i = 0; i < count; i++) {
        clients.add(client("bench-" + count + "-" + i, enroller, roots));
      }
      return clients;
    } catch (IOException e) {
      throw new IllegalStateException("enrolling the load's devices", e);
    }
  }

  private LoadClient client(String id, Enroller enroller, List<X509Certificate> roots)
      throws IOException {
    command(
        "device",
        "add",
        id,
        "--type",
        "press",
        "--environment",
        "bench",
        "--region",
        "eu",
        "--product-line",
        "line-1",
        "--site",
        "hall");
    Path tokenFile = data.resolve("token.json");
    command("enroll-token", "create", "--device", id, "--out", tokenFile.toString());
    String token = JSON.readTree(Files.readString(tokenFile)).get("token").asString();
    KeyPair key = EcdsaP256.generate();
    if (!(enroller.enroll(id, token, key) instanceof Enroller.Enrolled.Issued(var chain))) {
      throw new IOException(id + " was not enrolled");
    }
    var material = new TlsMaterial(key.getPrivate(), chain, roots, DOOR);
    return new LoadClient(id, MqttConnector.tls(material), "t/default/d/" + id + "/telemetry");
  }

  private void command(String... arguments) throws IOException {
    var all = new ArrayList<>(List.of(arguments));
    all.add("--data");
    all.add(data.toString());
    var text = new StringWriter();
    CommandLine line = Main.commandLine();
    quiet(line, new PrintWriter(text, true));
    if (line.execute(all.toArray(String[]::new)) != 0) {
      throw new IOException(all + ": " + text);
    }
  }

  private static void quiet(CommandLine line, PrintWriter writer) {
    line.setOut(writer);
    line.setErr(writer);
    line.getSubcommands().values().forEach(sub -> quiet(sub, writer));
  }

  private List<X509Certificate> roots() throws IOException {
    JsonNode bundle =
        JSON.readTree(Files.readString(data.resolve("operator").resolve("trust-bundle.json")));
    var pem = new StringBuilder();
    bundle.get("caRoots").forEach(root -> pem.append(root.asString()).append('\n'));
    return Pem.readCertificates(pem.toString()).orElseThrow();
  }

  @Override
  public void close() {
    process.destroy();
  }
}
