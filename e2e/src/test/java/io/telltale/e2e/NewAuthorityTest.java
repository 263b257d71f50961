package io.telltale.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.x509.Certificates;
import io.telltale.device.MqttConnector;
import io.telltale.kernel.Bytes;
import io.telltale.proof.ProofVerdict;
import io.telltale.proof.ProofVerifier;
import io.telltale.proof.TrustBundle;
import io.telltale.server.Closing;
import io.telltale.server.Config;
import io.telltale.server.Foundation;
import io.telltale.server.Server;
import io.telltale.server.data.DataFolder;
import io.telltale.testkit.MovingClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 14 and 24: a CA in the place of one that was in use costs no proof of before. */
final class NewAuthorityTest {
  private static final Instant START = Instant.parse("2026-11-28T12:00:00Z");

  private static final String KEPT = "trust-bundle-until-20261129T115500Z.json";
  private static final String MADE_ANEW = "/v1/ledger/search?type=authority.made-anew";

  @TempDir private Path folder;

  @Test
  void the_bundle_of_before_is_kept_and_the_act_is_in_the_ledger_once() throws Exception {
    Config config = InProcess.config(folder, "data");
    var clock = new MovingClock(START);
    String rootBefore;
    try (Server server = Server.start(config, clock)) {
      rootBefore = root(server);
    }
    TrustBundle before = bundle("trust-bundle.json");
    makeAnew(config, clock);
    try (Server server = Server.start(config, clock)) {
      assertThat(config.data().resolve("ca/make-new")).doesNotExist();
      assertThat(bundle(KEPT)).isEqualTo(before);
      TrustBundle now = bundle("trust-bundle.json");
      assertThat(now.caRoots()).isNotEqualTo(before.caRoots());
      assertThat(now.ledgerKeys()).isEqualTo(before.ledgerKeys());
      assertThat(now.keyServiceKeys()).isEqualTo(before.keyServiceKeys());
      assertThat(get(server, MADE_ANEW)).contains(rootBefore, root(server));
      assertThat(Files.readString(server.logFile()))
          .contains("ca.made-anew", "ca.another")
          .doesNotContain("operator.damaged");
      assertThat(server.banner()).contains("made anew: every device enrolls again");
    }
    // What it says of the keys holds for every later start.
    try (Server server = Server.start(config, clock)) {
      assertThat(server.banner()).doesNotContain("anew");
      assertThat(bundle("trust-bundle.json").ledgerKeys()).isEqualTo(before.ledgerKeys());
      assertThat(get(server, MADE_ANEW).split("made-anew", -1)).hasSize(2);
      try (var files = Files.list(operator())) {
        assertThat(files.filter(file -> file.toString().contains("until"))).hasSize(1);
      }
    }
  }

  // Between the start that made it and the one that tells of it a file may be changed.
  @Test
  void a_bundle_that_names_the_new_root_keeps_nobody_from_being_told() throws Exception {
    Config config = InProcess.config(folder, "data");
    var clock = new MovingClock(START);
    Server.start(config, clock).close();
    TrustBundle before = bundle("trust-bundle.json");
    makeAnew(config, clock);
    try (var closing = new Closing()) {
      DataFolder data = closing.add(DataFolder.at(config.data()));
      var made = Foundation.open(config, data, clock, closing);
      var roots = new ArrayList<>(before.caRoots());
      roots.addAll(made.authority().roots());
      var edited =
          new TrustBundle(
              before.trustDomain(),
              roots,
              before.ledgerKeys(),
              before.keyServiceKeys(),
              before.witnesses(),
              before.formats());
      Files.writeString(operator().resolve("trust-bundle.json"), edited.toJson().asUtf8());
    }
    try (Server server = Server.start(config, clock)) {
      assertThat(get(server, MADE_ANEW)).contains(root(server));
      assertThat(bundle(KEPT).caRoots()).containsAll(before.caRoots());
      assertThat(bundle("trust-bundle.json").ledgerKeys()).isEqualTo(before.ledgerKeys());
    }
  }

  @Test
  void a_bundle_that_cannot_be_read_is_kept_before_another_is_written() throws Exception {
    Config config = InProcess.config(folder, "data");
    var clock = new MovingClock(START);
    Server.start(config, clock).close();
    Path written = operator().resolve("trust-bundle.json");
    String whole = Files.readString(written);
    String cut = whole.substring(0, whole.length() / 2);
    Files.writeString(written, cut);
    makeAnew(config, clock);
    try (Server server = Server.start(config, clock)) {
      assertThat(operator().resolve(KEPT)).hasContent(cut);
      assertThat(get(server, MADE_ANEW)).contains(root(server)).doesNotContain("replaced");
      assertThat(Files.readString(server.logFile())).contains("cannot be read");
    }
    Files.writeString(written, "another mishap");
    Server.start(config, clock).close();
    assertThat(operator().resolve(KEPT)).as("every copy stays").hasContent(cut);
    assertThat(operator().resolve(KEPT.replace(".json", "-2.json"))).hasContent("another mishap");
  }

  // Whoever may change a file may not make keys older for good.
  @Test
  void since_when_keys_count_is_not_believed_from_the_bundle() throws Exception {
    Config config = InProcess.config(folder, "data");
    var clock = new MovingClock(START);
    Server.start(config, clock).close();
    TrustBundle first = bundle("trust-bundle.json");
    for (int days = 1; days <= 2; days++) {
      Path written = operator().resolve("trust-bundle.json");
      Files.writeString(
          written,
          Files.readString(written)
              .replaceAll("\"notBefore\"\\s*:\\s*\"2026", "\"notBefore\":\"1970"));
      assertThat(bundle("trust-bundle.json").ledgerKeys()).isNotEqualTo(first.ledgerKeys());
      makeAnew(config, clock, days);
      Server.start(config, clock).close();
      assertThat(bundle("trust-bundle.json").ledgerKeys())
          .as("made anew %d times", days)
          .isEqualTo(first.ledgerKeys());
    }
  }

  @Test
  void what_was_proven_before_stays_provable_and_what_cannot_be_proven_is_refused()
      throws Exception {
    Config config = InProcess.config(folder, "data");
    var clock = new MovingClock(START);
    String proof;
    try (Server server = Server.start(config, clock);
        var connector = new MqttConnector(1)) {
      InProcess.publish(server, connector, clock, "press-1");
      InProcess.await(server, 1);
      proof = proof(server, "press-1");
    }
    assertThat(verdict(proof, bundle("trust-bundle.json")))
        .as(proof)
        .isInstanceOf(ProofVerdict.Verified.class);
    makeAnew(config, clock);
    try (Server server = Server.start(config, clock);
        var connector = new MqttConnector(1)) {
      InProcess.publish(server, connector, clock, "press-2");
      InProcess.await(server, 1);
      assertThat(verdict(proof(server, "press-2"), bundle("trust-bundle.json")))
          .isInstanceOf(ProofVerdict.Verified.class);
      assertThat(proof(server, "press-1")).contains("unprovable", "before the CA was made anew");
    }
    assertThat(verdict(proof, bundle(KEPT))).isInstanceOf(ProofVerdict.Verified.class);
  }

  private static void makeAnew(Config config, MovingClock clock) throws Exception {
    makeAnew(config, clock, 1);
  }

  private static void makeAnew(Config config, MovingClock clock, int days) throws Exception {
    clock.set(START.plus(Duration.ofDays(days)));
    Path ca = config.data().resolve("ca");
    Files.move(ca, config.data().resolve("ca-old-" + days));
    Files.createFile(Files.createDirectory(ca).resolve("make-new"));
  }

  private static String root(Server server) {
    return Certificates.fingerprint(server.authority().roots().getFirst()).hex();
  }

  private Path operator() {
    return folder.resolve("data/operator");
  }

  private TrustBundle bundle(String name) throws Exception {
    Bytes file = Bytes.adopt(Files.readAllBytes(operator().resolve(name)));
    return ((TrustBundle.Parsed.Ok) TrustBundle.parse(file)).bundle();
  }

  private static ProofVerdict verdict(String proof, TrustBundle bundle) {
    return ProofVerifier.verify(Bytes.utf8(proof), bundle);
  }

  private static String get(Server server, String path) throws Exception {
    return body(
        InProcess.ask(
            server,
            "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".formatted(path)));
  }

  private static String proof(Server server, String device) throws Exception {
    String question =
        "{\"sql\":\"SELECT avg(value) FROM readings WHERE device = '%s'\"}".formatted(device);
    List<String> head =
        List.of(
            "POST /v1/proofs HTTP/1.1",
            "Host: localhost",
            "Connection: close",
            "Content-Type: application/json",
            "Content-Length: " + question.length(),
            "",
            question);
    return body(InProcess.ask(server, String.join("\r\n", head)));
  }

  private static String body(String answer) {
    assertThat(answer).endsWith(" closed");
    String seen = answer.substring(0, answer.length() - " closed".length());
    String text = seen.startsWith("HTTP") ? seen : new String(HexFormat.of().parseHex(seen), UTF_8);
    return text.substring(text.indexOf("\r\n\r\n") + 4);
  }
}
