package io.telltale.e2e.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Hash;
import io.telltale.testkit.Checkout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LauncherTest {
  private static final Attributes.Name BUNDLE = new Attributes.Name("Bundle-SymbolicName");
  private static final Pattern SIGNATURE = Pattern.compile("META-INF/[^/]+[.](SF|RSA|DSA|EC)");
  private static final String LAUNCHER = Checkout.root().resolve("telltale").toString();

  @TempDir private Path elsewhere;

  private record Run(int exit, String out, String err) {}

  // OP-4; a start after a build must not wait for Maven again
  @Test
  void a_second_start_builds_nothing_wherever_it_is_called_from() throws Exception {
    Run first = run(LAUNCHER, Map.of(), "--version");
    assertThat(first.exit()).as(first.err()).isZero();
    Path link = Files.createSymbolicLink(elsewhere.resolve("tell tale"), Path.of(LAUNCHER));

    Run second = run(link.toString(), Map.of("MAVEN_HOME", "/nowhere"), "--version");

    assertThat(second).isEqualTo(new Run(0, first.out(), ""));
    assertThat(second.out()).startsWith("telltale ");
  }

  // Firm ground 34; what a command has no use for costs it more than its question
  @Test
  void a_question_loads_nothing_of_the_server_and_no_other_command() throws Exception {
    Path loaded = elsewhere.resolve("loaded");
    String log = "-Xlog:class+load:file=" + loaded;

    run("/bin/sh", Map.of("TELLTALE_JAVA_OPTS", log), script("status").toString());

    assertThat(Files.readString(loaded))
        .contains("io.telltale.cli.service.StatusCommand ")
        .doesNotContain("io.netty.", "org.duckdb.", "org.sqlite.", "org.apache.")
        .doesNotContain("io.telltale.server.Server ", "RunCommand ", "DeviceCommand ");
  }

  // Firm ground 34; the start caches leave out what a signed jar has
  @Test
  void no_jar_that_is_run_is_signed_and_nothing_else_of_it_is_lost() throws Exception {
    assertThat(run(LAUNCHER, Map.of(), "--version").exit()).isZero();
    Path build = Checkout.root().resolve(".telltale-build");
    Path jars = build.resolve(Files.readString(build.resolve("current")).strip());
    int severalReleases = 0;
    try (DirectoryStream<Path> found = Files.newDirectoryStream(jars, "*.jar")) {
      for (Path path : found) {
        try (var jar = new JarFile(path.toFile())) {
          assertThat(jar.stream().map(JarEntry::getName))
              .as(path.toString())
              .noneMatch(name -> name.startsWith("META-INF/") && name.endsWith(".SF"));
          if (path.getFileName().toString().startsWith("bcp")) {
            assertThat(jar.isMultiRelease()).isTrue();
            assertThat(jar.getManifest().getMainAttributes()).containsKey(BUNDLE);
            severalReleases++;
          }
        }
      }
    }
    assertThat(severalReleases).isEqualTo(2);
    int rewritten = 0;
    for (String line : Files.readAllLines(build.resolve("jars"))) {
      Path original = Path.of(line);
      if (!line.isEmpty() && isSigned(original)) {
        assertThat(content(jars.resolve(original.getFileName())))
            .as(line)
            .isEqualTo(content(original));
        rewritten++;
      }
    }
    assertThat(rewritten).isGreaterThanOrEqualTo(severalReleases);
  }

  private static boolean isSigned(Path path) throws IOException {
    try (var jar = new JarFile(path.toFile())) {
      return jar.stream().anyMatch(entry -> SIGNATURE.matcher(entry.getName()).matches());
    }
  }

  // The JDK's tool lists a module's packages in there, which nobody reads on a class path.
  private static boolean isOfModules(String name) {
    return name.endsWith("module-info.class");
  }

  /** Of each file in it the hash, and what the manifest says of the whole. */
  private static Map<String, String> content(Path path) throws IOException {
    var content = new TreeMap<String, String>();
    try (var jar = new JarFile(path.toFile(), false)) {
      for (JarEntry entry : Collections.list(jar.entries())) {
        String name = entry.getName();
        boolean counts = !entry.isDirectory() && !SIGNATURE.matcher(name).matches();
        if (counts && !name.equals(JarFile.MANIFEST_NAME)) {
          try (InputStream in = jar.getInputStream(entry)) {
            content.put(name, isOfModules(name) ? "" : Hash.sha256(in.readAllBytes()).hex());
          }
        }
      }
      jar.getManifest()
          .getMainAttributes()
          .forEach((name, value) -> content.put("manifest " + name, value.toString()));
    }
    return content;
  }

  @Test
  void the_servers_own_commands_have_its_libraries() throws Exception {
    for (String command : List.of("run", "agent", "check", "demo", "help run")) {
      Run run = run("/bin/sh", Map.of(), script(command + " --help").toString());
      assertThat(run.exit()).as(run.err()).isZero();
    }
  }

  private Path script(String command) throws IOException {
    Path script = elsewhere.resolve("script");
    String data = command.equals("status") ? " --data '" + elsewhere + "'" : "";
    return Files.writeString(script, "exec '" + LAUNCHER + "' " + command + data + "\n");
  }

  @Test
  void passes_on_the_exit_code_of_the_command() throws Exception {
    assertThat(run(LAUNCHER, Map.of(), "no-such-command").exit()).isEqualTo(2);
  }

  @Test
  void finds_a_jdk_25_though_java_home_names_none() throws Exception {
    Run run = run(LAUNCHER, Map.of("JAVA_HOME", elsewhere.toString()), "--jdk");
    assertThat(run.exit()).isZero();
    assertThat(Path.of(run.out().strip(), "release")).content().contains("JAVA_VERSION=\"25");
  }

  // Firm ground 30; under systemd and cron the locale is C
  @Test
  void text_is_exact_or_refused_in_the_c_locale() throws Exception {
    Path script = elsewhere.resolve("script");
    String typed = "exec '" + LAUNCHER + "' status --data '" + elsewhere + "/K\u00f6ln'\n";
    Map<String, String> plain = Map.of("LC_ALL", "C");

    Files.writeString(script, typed);
    Run exact = run("/bin/sh", plain, script.toString());
    assertThat(exact.err()).contains("no server is running on").contains("/K\u00f6ln;");

    Files.writeString(script, typed, StandardCharsets.ISO_8859_1);
    Run foreign = run("/bin/sh", plain, script.toString());
    assertThat(foreign.exit()).isEqualTo(2);
    assertThat(foreign.err()).contains("argument 3 is not text").contains("UTF-8");
  }

  private Run run(String program, Map<String, String> environment, String argument)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(program, argument)
            .directory(elsewhere.toFile())
            .redirectError(elsewhere.resolve("err").toFile());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().putAll(environment);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), out, Files.readString(elsewhere.resolve("err")));
  }
}
