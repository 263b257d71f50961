package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.telltale.testkit.Checkout;
import io.telltale.testkit.Ran;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An auditor has one jar, a proof and a trust bundle, and nothing else of Telltale (AU-2). */
final class VerifierJarTest {
  private static final Path JAR = Checkout.root().resolve("verifier/target/telltale-verifier.jar");
  private static final Path VECTORS = Checkout.root().resolve("proof/src/test/resources/vectors");

  @TempDir private Path folder;

  @BeforeEach
  void is_there() {
    boolean there = Files.isRegularFile(JAR);
    // As with the programs of others: in CI nothing goes missing unnoticed.
    if (!there && "true".equalsIgnoreCase(System.getenv("CI"))) {
      throw new AssertionError("'mvn verify' makes " + JAR + ", which is not there");
    }
    assumeTrue(there, "'mvn verify' makes " + JAR.getFileName());
  }

  private Ran verified(Path proof, String... options) throws Exception {
    return verifiedBy(Path.of(System.getProperty("java.home")), proof, options);
  }

  private Ran verifiedBy(Path javaHome, Path proof, String... options) throws Exception {
    var command = new ArrayList<>(List.of(javaHome.resolve("bin/java").toString()));
    command.addAll(List.of(options));
    command.addAll(List.of("-jar", JAR.toString(), proof.toString(), "--trust"));
    command.add(VECTORS.resolve("trust-bundle.json").toString());
    return Ran.of(new ProcessBuilder(command).directory(folder.toFile()), "");
  }

  // It ended with 1, which is "rejected".
  @Test
  void a_java_that_is_too_old_gives_no_verdict() throws Exception {
    List<Path> older;
    try (Stream<Path> found = Files.list(Path.of("/usr/lib/jvm"))) {
      older = found.filter(home -> isOlder(home.resolve("release"))).toList();
    }
    assumeTrue(!older.isEmpty(), "there is no older Java here");
    Ran ran = verifiedBy(older.getFirst(), VECTORS.resolve("proof.json"));
    assertThat(ran.exitCode()).as(ran.toString()).isEqualTo(70);
    assertThat(ran.output()).contains("no verdict", "needs Java 25");
  }

  private static boolean isOlder(Path release) {
    try {
      return Files.readString(release).matches("(?s).*JAVA_VERSION=\"(1\\.8|8|11|17|21)\\b.*");
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void any_java_reads_what_the_jar_starts() throws Exception {
    try (var jar = new JarFile(JAR.toFile())) {
      String main = jar.getManifest().getMainAttributes().getValue("Main-Class");
      try (var in =
          new DataInputStream(
              jar.getInputStream(jar.getEntry(main.replace('.', '/') + ".class")))) {
        assertThat(in.readInt()).isEqualTo(0xCAFEBABE);
        in.readUnsignedShort();
        assertThat(in.readUnsignedShort()).as("class file version of Java 8").isEqualTo(52);
      }
    }
  }

  @Test
  void the_example_of_the_help_runs_as_it_stands() throws Exception {
    Files.copy(JAR, folder.resolve("telltale-verifier.jar"));
    Files.copy(VECTORS.resolve("proof.json"), folder.resolve("proof.json"));
    Files.copy(VECTORS.resolve("trust-bundle.json"), folder.resolve("trust-bundle.json"));
    Path java = Path.of(System.getProperty("java.home"), "bin/java");
    Ran help = run(List.of(java.toString(), "-jar", "telltale-verifier.jar", "--help"));
    assertThat(help.exitCode()).as(help.toString()).isZero();
    String example =
        help.output()
            .lines()
            .filter(line -> line.startsWith("Example: "))
            .findFirst()
            .orElseThrow();
    var words = new ArrayList<>(List.of(example.substring("Example: ".length()).split(" ")));
    assertThat(words.getFirst()).isEqualTo("java");
    words.set(0, java.toString());
    Ran ran = run(words);
    assertThat(ran.exitCode()).as(ran.toString()).isZero();
    assertThat(ran.output()).contains("VERIFIED");
  }

  private Ran run(List<String> command) throws Exception {
    return Ran.of(new ProcessBuilder(command).directory(folder.toFile()), "");
  }

  // A machine for which there is no native library: it was told as "rejected".
  @Test
  void a_verifier_that_fails_gives_no_verdict() throws Exception {
    Ran ran = verified(VECTORS.resolve("proof.json"), "-Dos.arch=none");
    assertThat(ran.exitCode()).as(ran.toString()).isEqualTo(70);
    assertThat(ran.output()).contains("no verdict").doesNotContain("REJECTED", "VERIFIED");
  }

  @Test
  void the_jar_verifies_a_proof_by_itself() throws Exception {
    Ran ran = verified(VECTORS.resolve("proof.json"));
    assertThat(ran.exitCode()).as(ran.toString()).isZero();
    assertThat(ran.output()).contains("VERIFIED").doesNotContain("REJECTED");
  }

  @Test
  void a_verdict_that_could_not_be_written_is_none() throws Exception {
    String line =
        "exec %s -jar %s %s --trust %s > /dev/full"
            .formatted(
                Path.of(System.getProperty("java.home"), "bin/java"),
                JAR,
                VECTORS.resolve("proof.json"),
                VECTORS.resolve("trust-bundle.json"));
    Ran ran = run(List.of("sh", "-c", line));
    assertThat(ran.exitCode()).as(ran.toString()).isEqualTo(70);
    assertThat(ran.output()).contains("not all of it could be written");
  }

  @Test
  void the_jar_rejects_a_proof_of_which_one_digit_was_changed() throws Exception {
    String proof = Files.readString(VECTORS.resolve("proof.json"));
    int at = proof.indexOf("\"salt\":\"") + "\"salt\":\"".length();
    char other = proof.charAt(at) == 'A' ? 'B' : 'A';
    Path changed =
        Files.writeString(
            folder.resolve("changed.json"),
            proof.substring(0, at) + other + proof.substring(at + 1));
    Ran ran = verified(changed);
    assertThat(ran.exitCode()).as(ran.toString()).isEqualTo(1);
    assertThat(ran.output()).contains("REJECTED");
  }

  @Test
  void the_jar_has_no_signature_of_another_jar_and_the_licences_of_what_is_in_it()
      throws Exception {
    try (var jar = new JarFile(JAR.toFile())) {
      var names = jar.stream().map(JarEntry::getName).toList();
      assertThat(names)
          .noneMatch(name -> name.matches("META-INF/[^/]*\\.(SF|RSA|DSA)"))
          .contains("META-INF/LICENSE", "META-INF/LICENSE.md");
    }
  }
}
