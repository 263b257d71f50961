package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.x509.ListFacts;
import io.telltale.crypto.x509.Pem;
import io.telltale.device.Agent;
import io.telltale.device.Connected;
import io.telltale.device.Delivery;
import io.telltale.device.Enroller;
import io.telltale.device.EnrollmentToken;
import io.telltale.device.MqttConnection;
import io.telltale.device.MqttConnector;
import io.telltale.device.Telemetry;
import io.telltale.testkit.Openssl;
import io.telltale.testkit.Peers;
import io.telltale.testkit.Ran;
import io.telltale.testkit.Waiting;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** ID-1, LC-4: a fleet moves from one CA to the next without one dropped connection. */
final class RolloverTest {
  @TempDir private Path folder;

  @Test
  void a_fleet_moves_over_and_whoever_is_left_behind_by_a_revocation_is_cut_off() throws Exception {
    var timer = Executors.newSingleThreadScheduledExecutor();
    try (ServerProcess server = ServerProcess.start(folder.resolve("data"));
        var connector = new MqttConnector(1)) {
      X509Certificate first = TestDevice.roots(server).getFirst();
      TestDevice away = TestDevice.enroll(server, "away-1");
      TestDevice steady = TestDevice.enroll(server, "steady-1");
      MqttConnection session = steady.connect(connector, server);
      var parts =
          new Agent.Parts(
              connector, timer, InstantSource.system(), new SecureRandom(), Entropy.system());
      TestDevice.register(server, "agent-1", "line-1");
      EnrollmentToken token = TestToken.create(server, "agent-1", folder).parsed();
      Agent.Opened opened = Agent.open(folder.resolve("agent-1"), Optional.of(token), parts);
      try (Agent agent = ((Agent.Opened.Ready) opened).agent()) {
        publish(agent);

        succeeds(server, "authority", "prepare", "--root", "--reason", "it ends");
        succeeds(server, "authority", "activate", "issuing-2", "--reason", "as planned");
        // Who is connected stays so, by a certificate of the CA before.
        assertThat(steady.publish(session, 1, 20.0)).isEqualTo(new Delivery.Acknowledged());
        publish(agent);
        // Who has the first root only still finds the way, at each listener.
        MqttConnection returned = away.connect(connector, server);
        assertThat(away.publish(returned, 1, 20.0)).isEqualTo(new Delivery.Acknowledged());
        outsidersFindTheWay(server, first);

        assertThat(agent.renew()).isInstanceOf(Enroller.Enrolled.Issued.class);
        publish(agent);
        assertThat(knownRoots(folder.resolve("agent-1"))).hasSize(2);
        assertThat(issuer(folder.resolve("agent-1")))
            .isEqualTo("CN=Telltale issuing 2 telltale.local");

        assertThat(server.run("authority", "retire", "issuing", "--reason", "done").err())
            .contains("certificates of issuing are still good");
        JsonNode revoked =
            server.json("authority", "revoke", "issuing", "--reason", "stolen", "--yes");
        assertThat(revoked.path("state").asString()).isEqualTo("revoked");
        assertThat(revoked.path("revoked").asInt()).isGreaterThanOrEqualTo(3);
        assertThat(revoked.path("unlistedAt")).isEmpty();
        Waiting.until("its session has ended", 20, () -> !session.isOpen());
        assertThat(away.tryConnect(connector, server)).isNotInstanceOf(Connected.Ready.class);
        publish(agent);
        // Nobody believes a server that was made with the stolen key, nor does the command line.
        assertThat(agent.renew()).isInstanceOf(Enroller.Enrolled.Issued.class);
        assertThat(Files.readString(folder.resolve("agent-1/server.json"))).contains("caLists");
        assertThat(listed(folder.resolve("data/operator/root-lists.pem"))).isNotEmpty();
      }
      assertThat(server.json("ledger", "search", "--type", "authority.revoked").toString())
          .contains("stolen");
      assertThat(server.run("authority", "list").out())
          .containsPattern("issuing +revoked")
          .containsPattern("root +retired")
          .containsPattern("issuing-2 +active");
    } finally {
      timer.shutdownNow();
    }
    // All of it is there after a start.
    try (ServerProcess server = ServerProcess.start(folder.resolve("data"))) {
      assertThat(server.run("authority", "list").out()).containsPattern("issuing +revoked");
      TestDevice.enroll(server, "later-1");
      everyCertificateIsFound(server);
      anEnvironmentHasACaOfItsOwn(server);
      newKeysAreAskedFor(server);
    }
  }

  private static void anEnvironmentHasACaOfItsOwn(ServerProcess server) throws Exception {
    succeeds(server, "authority", "prepare", "--environment", "test", "--reason", "its own");
    succeeds(server, "authority", "activate", "issuing-3", "--reason", "its own");
    TestDevice.enroll(server, "later-3");
    assertThat(server.run("certificate", "list", "--issuer", "issuing-3").out())
        .contains("later-3")
        .doesNotContain("later-1");
    assertThat(server.run("authority", "list").out())
        .containsPattern("issuing-2 +active")
        .containsPattern("issuing-3 +active .*default/test");
  }

  private static void newKeysAreAskedFor(ServerProcess server) {
    succeeds(server, "rekey", "begin", "--where", "id=later-1", "--reason", "old library");
    assertThat(server.json("rekey", "show", "1").path("left").asInt()).isEqualTo(1);
    assertThat(server.run("rekey", "list").out()).containsPattern("1 +id=later-1 +1 ");
    assertThat(server.run("rekey", "begin", "--where", "id=none", "--reason", "x").exitCode())
        .isEqualTo(1);
  }

  private void everyCertificateIsFound(ServerProcess server) throws Exception {
    JsonNode good = server.json("certificate", "list", "--kind", "device", "--state", "good");
    assertThat(good.path("certificates").findValuesAsString("name"))
        .containsExactly("later-1", "agent-1");
    assertThat(server.run("certificate", "list", "--issuer", "issuing", "--kind", "device").out())
        .containsPattern("away-1 +device +revoked")
        .doesNotContain("later-1");
    String serial = good.at("/certificates/0/serial").asString();
    assertThat(server.run("certificate", "show", serial).out())
        .contains("spiffe://telltale.local/default/device/later-1", "BEGIN CERTIFICATE");
    ServerProcess.Ran exported = server.run("certificate", "export");
    int lines = exported.out().split("\n", -1).length - 1;
    assertThat(exported.err()).contains(lines + " certificates");
    assertThat(server.run("certificate", "list", "--state", "fine").exitCode()).isEqualTo(2);
    ServerProcess.Ran pem = server.run("certificate", "export", "--pem", "--device", "later-1");
    Path file = folder.resolve("later-1.pem");
    Files.writeString(file, pem.out());
    Ran read =
        Openssl.require().run("x509", "-in", file.toString(), "-noout", "-serial", "-subject");
    assertThat(read.output().toLowerCase(Locale.ROOT)).contains("serial=" + serial, "later-1");
  }

  // ID-8
  @Test
  void a_root_that_is_kept_apart_takes_over_by_files_that_are_carried() throws Exception {
    Path safe = folder.resolve("safe");
    Path passphrase = folder.resolve("passphrase");
    Files.writeString(passphrase, "a passphrase of paper\n");
    String request = folder.resolve("request.json").toString();
    String answer = folder.resolve("answer.json").toString();
    Ran made = root(safe, passphrase, "create", "--trust-domain", "telltale.local");
    assertThat(made.exitCode()).as(made.output()).isZero();
    assertThat(made.output()).contains("A ROOT WAS MADE", "performed by");
    try (ServerProcess server = ServerProcess.start(folder.resolve("data"))) {
      X509Certificate first = TestDevice.roots(server).getFirst();
      String certificate = safe.resolve("root.crt.pem").toString();
      succeeds(server, "authority", "request", "--root-certificate", certificate, "-o", request);
      Ran looked = root(safe, passphrase, "sign", "--request", request, "-o", answer);
      assertThat(looked.exitCode()).isEqualTo(1);
      assertThat(looked.output()).contains("issuing-2 of telltale.local", "nothing is signed");
      assertThat(Path.of(answer)).doesNotExist();
      assertThat(root(safe, passphrase, "sign", "--request", request, "-o", answer, "--yes", "0"))
          .extracting(Ran::output)
          .asString()
          .contains("not of this request");
      Ran signed =
          root(
              safe,
              passphrase,
              "sign",
              "--request",
              request,
              "-o",
              answer,
              "--yes",
              digits(looked));
      assertThat(signed.exitCode()).as(signed.output()).isZero();
      assertThat(signed.output()).contains("A ROOT HAS SIGNED", "record before");
      assertThat(server.run("authority", "install", request, "--reason", "wrong file").err())
          .contains("no answer of a root");
      succeeds(server, "authority", "install", answer, "--reason", "ceremony 1");
      succeeds(server, "authority", "activate", "issuing-2", "--reason", "ceremony 1");
      assertThat(server.run("authority", "list").out())
          .containsPattern("root-2 +active .* away")
          .containsPattern("issuing-2 +active");
      TestDevice.enroll(server, "later-2");
      outsidersFindTheWay(server, first);
      Files.delete(Path.of(answer));
      succeeds(server, "authority", "request", "--extend", "-o", request);
      looked = root(safe, passphrase, "sign", "--request", request, "-o", answer);
      assertThat(looked.output()).contains("more time for the same key");
      signed =
          root(
              safe,
              passphrase,
              "sign",
              "--request",
              request,
              "-o",
              answer,
              "--yes",
              digits(looked));
      assertThat(signed.exitCode()).as(signed.output()).isZero();
      succeeds(server, "authority", "install", answer, "--reason", "ceremony 2");
      succeeds(server, "authority", "request", "-o", request);
      assertThat(server.json("ledger", "search", "--type", "authority.renewed").toString())
          .contains("ceremony 2");
    }
    assertThat(folder.resolve("data/ca/root-2.key.sealed")).doesNotExist();
  }

  private static String digits(Ran looked) {
    return looked.output().replaceAll("(?s).*--yes ([0-9a-f]{16}).*", "$1");
  }

  private static Ran root(Path safe, Path passphrase, String verb, String... more)
      throws Exception {
    var command = new ArrayList<String>(List.of("root", verb, "--folder", safe.toString()));
    command.addAll(List.of("--passphrase-file", passphrase.toString()));
    command.addAll(List.of(more));
    return Ran.of(
        Product.command(List.of("-XX:TieredStopAtLevel=1"), command.toArray(String[]::new)));
  }

  private void outsidersFindTheWay(ServerProcess server, X509Certificate first) throws Exception {
    Path old = folder.resolve("first.pem");
    Files.writeString(old, Pem.certificates(List.of(first)));
    Path next = folder.resolve("next.pem");
    List<X509Certificate> roots = TestDevice.roots(server);
    assertThat(roots).hasSize(2).contains(first);
    Files.writeString(next, Pem.certificates(roots.subList(0, 1)));
    assertThat(roots.getFirst()).isNotEqualTo(first);
    Openssl openssl = Openssl.require();
    Path curl = Peers.require("curl");
    for (Path trusted : List.of(old, next)) {
      for (String door : List.of("mqtt", "enroll", "api")) {
        Ran shown =
            openssl.run(
                "s_client",
                "-connect",
                "127.0.0.1:" + server.port(door),
                "-CAfile",
                trusted.toString(),
                "-verify_return_error",
                "-brief");
        assertThat(shown.output()).as(door + " " + trusted).contains("Verification: OK");
      }
      Ran fetched =
          Ran.of(
              curl.toString(),
              "-sS",
              "--cacert",
              trusted.toString(),
              "https://localhost:" + server.port("enroll") + "/crl/root-2.crl",
              "-o",
              folder.resolve("root-2.crl").toString());
      assertThat(fetched.exitCode()).as(fetched.output()).isZero();
    }
    everyRootsListIsTold(server, curl, openssl, next);
  }

  // RFC 8295 section 4
  private void everyRootsListIsTold(ServerProcess server, Path curl, Openssl openssl, Path trusted)
      throws Exception {
    String crls = "https://localhost:" + server.port("enroll") + "/.well-known/est/crls";
    Ran fetched = Ran.of(curl.toString(), "-sS", "--cacert", trusted.toString(), crls);
    Path bag = folder.resolve("crls.p7");
    Files.writeString(
        bag, "-----BEGIN PKCS7-----\n" + fetched.output().strip() + "\n-----END PKCS7-----\n");
    Ran read = openssl.run("pkcs7", "-in", bag.toString(), "-print_certs");
    assertThat(read.output().split("BEGIN X509 CRL", -1)).as(read.output()).hasSize(3);
  }

  private static Set<BigInteger> listed(Path lists) throws Exception {
    return Pem.readLists(Files.readString(lists)).orElseThrow().stream()
        .flatMap(list -> ListFacts.revoked(list).stream())
        .collect(Collectors.toSet());
  }

  private static void succeeds(ServerProcess server, String... command) {
    ServerProcess.Ran ran = server.run(command);
    assertThat(ran.exitCode()).as(ran.err()).isZero();
  }

  private static List<X509Certificate> knownRoots(Path agent) throws Exception {
    JsonNode known = JsonMapper.shared().readTree(Files.readString(agent.resolve("server.json")));
    return Pem.readCertificates(known.path("caPem").asString()).orElseThrow();
  }

  private static String issuer(Path agent) throws Exception {
    X509Certificate leaf =
        Pem.readCertificates(Files.readString(agent.resolve("device.crt.pem")))
            .orElseThrow()
            .getFirst();
    return leaf.getIssuerX500Principal().getName();
  }

  private static void publish(Agent agent) throws Exception {
    var reading =
        new Telemetry(Instant.now(), Map.of("power", 7.5), Map.of(), Optional.empty(), "1.0.0");
    assertThat(agent.publish("telemetry", reading).get(20, TimeUnit.SECONDS))
        .isInstanceOf(Delivery.Acknowledged.class);
  }
}
