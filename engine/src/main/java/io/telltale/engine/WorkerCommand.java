package io.telltale.engine;

import io.telltale.kernel.Bytes;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.duckdb.DuckDBDriver;

/** How a worker is started: the same Java, the few jars it needs, no right it does not need. */
record WorkerCommand(List<String> words) {
  private static final Path SETPRIV = Path.of("/usr/bin/setpriv");
  private static final List<String> WITHOUT_CAPABILITIES =
      List.of(SETPRIV.toString(), "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--");
  private static final List<String> WITHOUT_NEW_PRIVILEGES =
      List.of(SETPRIV.toString(), "--no-new-privs", "--");
  private static final List<String> OPTIONS =
      List.of(
          "-Xms16m",
          "-Xmx96m",
          "-Xss512k",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-XX:ReservedCodeCacheSize=24m",
          "-XX:-UsePerfData",
          "-XX:-HeapDumpOnOutOfMemoryError",
          "-XX:-CreateCoredumpOnCrash",
          "-XX:ErrorFile=/dev/null",
          "-XX:+DisableAttachMechanism",
          "-XX:+ExitOnOutOfMemoryError",
          "--enable-native-access=ALL-UNNAMED");

  static WorkerCommand find() {
    var words = new ArrayList<String>();
    // Root's process would keep every capability, and with them the right to look into ours.
    // For anybody else it is the first thread that matters: a JVM's own prctl does not reach it.
    if (Files.isExecutable(SETPRIV)) {
      boolean root = "root".equals(System.getProperty("user.name"));
      words.addAll(root ? WITHOUT_CAPABILITIES : WITHOUT_NEW_PRIVILEGES);
    }
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(OPTIONS);
    words.add("-cp");
    words.add(Path.of(jar(WorkerBoot.class)).toString());
    words.add(WorkerBoot.class.getName());
    Path library = EngineLibrary.ours();
    words.add(library == null ? "" : library.toString());
    for (Class<?> needed : List.of(WorkerBoot.class, Bytes.class, DuckDBDriver.class)) {
      words.add(jar(needed).toString());
    }
    return new WorkerCommand(List.copyOf(words));
  }

  private static URI jar(Class<?> needed) {
    CodeSource source = needed.getProtectionDomain().getCodeSource();
    try {
      return Objects.requireNonNull(source, "a class without a jar").getLocation().toURI();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("a jar's place that is no URI", e);
    }
  }
}
