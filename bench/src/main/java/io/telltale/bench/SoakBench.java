package io.telltale.bench;

import static java.util.Locale.ROOT;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * A long steady load at a share of what the whole line can take: first as much as it takes, counted
 * where the lake has it, then four fifths of that. What should stay flat is printed as it goes, and
 * the last quarter is held against the second.
 */
final class SoakBench {
  static final int DEVICES = 500;
  private static final double SHARE = 0.8;
  private static final long CAPACITY_SECONDS = 60;
  private static final int LOOKS = 20;
  private static final int QUESTIONS = 5;
  private static final String LAG = "telltale_pipeline_lag ";

  private final TelltaleServer server;
  private final HttpClient http = HttpClient.newHttpClient();

  SoakBench(TelltaleServer server) {
    this.server = server;
  }

  /** What one look saw. */
  private record Look(
      double perSecond,
      double p99Millis,
      double residentMebibytes,
      double anonymousMebibytes,
      double lag,
      double lakeFiles,
      double files,
      double mebibytes,
      double queryMillis) {}

  void run(List<LoadClient> clients, long seconds)
      throws InterruptedException, IOException, GeneralSecurityException {
    double capacity = capacity(clients);
    int pauseMillis = (int) Math.max(1, Math.round(1_000 * DEVICES / (capacity * SHARE)));
    System.out.printf(
        ROOT,
        "%nsoak: the line took %.0f messages/s with %d connections; from now on one each %d ms%n",
        capacity,
        DEVICES,
        pauseMillis);
    try (var load = new LoadRun(server, new LoadShape("soak", DEVICES, 1, pauseMillis));
        var api = new ApiClient(server.api(), server.data().resolve("operator"))) {
      load.start(clients);
      var looks = new ArrayList<Look>();
      for (int i = 1; i <= LOOKS; i++) {
        LoadRun.Result result = load.measure(Math.max(1, seconds / LOOKS));
        Look look = look(result, api);
        looks.add(look);
        print(i, look, result.refused());
      }
      compare("resident MiB", looks, Look::residentMebibytes);
      compare("anonymous MiB", looks, Look::anonymousMebibytes);
      compare("lake files", looks, Look::lakeFiles);
      compare("all files", looks, Look::files);
      compare("query ms", looks, Look::queryMillis);
      compare("p99 ms", looks, Look::p99Millis);
      compare("lag", looks, Look::lag);
    }
    drained();
  }

  /** What arrives in the lake, a second, while as many publish as fast as they are answered. */
  private double capacity(List<LoadClient> clients) throws InterruptedException, IOException {
    double taken;
    try (var load = new LoadRun(server, new LoadShape("capacity", DEVICES, 1, 0))) {
      load.start(clients);
      load.warmUp(100_000);
      double before = lag();
      LoadRun.Result result = load.measure(CAPACITY_SECONDS);
      taken = (result.messages() + before - lag()) / result.seconds();
    }
    drained();
    return taken;
  }

  private void drained() throws InterruptedException, IOException {
    long start = System.nanoTime();
    while (lag() > 0) {
      if (System.nanoTime() - start > TimeUnit.MINUTES.toNanos(10)) {
        throw new IllegalStateException("the pipeline is not done after ten minutes");
      }
      TimeUnit.MILLISECONDS.sleep(200);
    }
    System.out.printf(
        ROOT, "soak: nothing left to do after %.1f s%n", (System.nanoTime() - start) / 1e9);
  }

  private Look look(LoadRun.Result result, ApiClient api) throws IOException, InterruptedException {
    var lake = new FileCount();
    Files.walkFileTree(server.data().resolve("lake"), lake);
    var all = new FileCount();
    Files.walkFileTree(server.data(), all);
    return new Look(
        result.perSecond(),
        result.p99Micros() / 1e3,
        server.figures().residentKibibytes() / 1024.0,
        server.figures().anonymousKibibytes() / 1024.0,
        lag(),
        lake.files,
        all.files,
        all.bytes / 1048576.0,
        queryMillis(api));
  }

  /** The median of some questions about one device's last half minute. */
  private static double queryMillis(ApiClient api) throws IOException, InterruptedException {
    var millis = new ArrayList<Double>();
    for (int i = 0; i < QUESTIONS; i++) {
      long start = System.nanoTime();
      var _ =
          api.query(
              "SELECT count(*) AS n, max(sequence) AS last FROM readings WHERE device = 'bench-%d'"
                      .formatted(i)
                  + " AND received > TIMESTAMPTZ '%s'".formatted(Instant.now().minusSeconds(30)));
      millis.add((System.nanoTime() - start) / 1e6);
    }
    millis.sort(null);
    return millis.get(QUESTIONS / 2);
  }

  private double lag() throws IOException, InterruptedException {
    String page =
        http.send(
                HttpRequest.newBuilder(URI.create(server.metrics() + "/metrics")).build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    return page.lines()
        .filter(line -> line.startsWith(LAG))
        .mapToDouble(line -> Double.parseDouble(line.substring(LAG.length())))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("the metrics have no pipeline lag"));
  }

  private static void print(int number, Look look, long refused) {
    System.out.printf(
        ROOT,
        "soak %2d/%d: %6.0f acknowledged/s, %d refused, p99 %5.0f ms; %4.0f MiB resident (%4.0f),"
            + " lag %6.0f; %4.0f files in the lake, %4.0f in all, %6.0f MiB; query %4.0f ms%n",
        number,
        LOOKS,
        look.perSecond,
        refused,
        look.p99Millis,
        look.residentMebibytes,
        look.anonymousMebibytes,
        look.lag,
        look.lakeFiles,
        look.files,
        look.mebibytes,
        look.queryMillis);
  }

  private static void compare(String what, List<Look> looks, ToDoubleFunction<Look> figure) {
    int quarter = LOOKS / 4;
    double second = median(looks.subList(quarter, 2 * quarter), figure);
    double last = median(looks.subList(LOOKS - quarter, LOOKS), figure);
    System.out.printf(
        ROOT,
        "soak: %-13s second quarter %8.0f, last quarter %8.0f, ratio %.2f%n",
        what,
        second,
        last,
        last / second);
  }

  private static double median(List<Look> looks, ToDoubleFunction<Look> figure) {
    double[] sorted = looks.stream().mapToDouble(figure).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  /** Files come and go while they are counted. */
  private static final class FileCount extends SimpleFileVisitor<Path> {
    private long files;
    private long bytes;

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      files++;
      bytes += attributes.size();
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException gone) {
      return FileVisitResult.CONTINUE;
    }
  }
}
