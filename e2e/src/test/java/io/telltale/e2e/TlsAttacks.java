package io.telltale.e2e;

import io.telltale.fakes.TestCa;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** What is no handshake, and handshakes of those who shall not come in. */
final class TlsAttacks {
  private static final String HANDSHAKES = "telltale_handshakes_total{cause=\"%s\"}";
  private static final Duration DAY = Duration.ofDays(1);
  private static final String STRANGER = "Somebody's CA";

  private final ServerProcess server;
  private final TestCa ours;
  private final TestCa strange = new TestCa(STRANGER);

  TlsAttacks(ServerProcess server, TestCa ours) {
    this.server = server;
    this.ours = ours;
  }

  List<Attack> all(TestDevice revoked) {
    Duration ago = DAY.negated();
    var known = new TestCa.Credential(revoked.material().key(), revoked.material().chain());
    return List.of(
        bytes("garbage instead of TLS", "deadbeef".repeat(64), "protocol-error"),
        bytes("plain MQTT", "101000044d5154540502003c00000372617700", "protocol-error"),
        bytes(
            "a record longer than TLS allows",
            "160301ffff01" + "00".repeat(70_000),
            "protocol-error"),
        bytes("a ClientHello of TLS 1.1", hello("0302"), "protocol-error"),
        bytes("a ClientHello that is cut off", hello("0303").substring(0, 60), "closed-by-peer"),
        certificate("no certificate", Optional.empty(), "no-certificate"),
        certificate(
            "a stranger's CA of our name", device(strange, "good-0", ago, DAY), "unknown-ca"),
        certificate("a self-signed certificate", selfSigned("good-0"), "self-signed"),
        certificate(
            "our CA itself", ours.itself(), "certificate-malformed|wrong-eku|protocol-error"),
        certificate(
            "an expired certificate", device(ours, "good-0", ago.multipliedBy(2), ago), "expired"),
        certificate(
            "tomorrow's certificate",
            device(ours, "good-0", DAY, DAY.multipliedBy(2)),
            "not-yet-valid"),
        certificate("one that no registry knows", device(ours, "ghost", ago, DAY), "unregistered"),
        certificate("a good name, unregistered", device(ours, "good-0", ago, DAY), "unregistered"),
        certificate("a revoked device", known, "revoked|not-active"),
        certificate(
            "a person",
            ours.issue(
                TestCa.Wish.of("spiffe://telltale.local/default/person/operator").valid(ago, DAY)),
            "name-mismatch|unregistered|certificate-malformed"),
        certificate(
            "another trust domain",
            ours.issue(
                TestCa.Wish.of("spiffe://elsewhere.local/default/device/good-0").valid(ago, DAY)),
            "name-mismatch|unregistered|certificate-malformed"));
  }

  private static TestCa.Credential device(
      TestCa issuer, String name, Duration from, Duration until) {
    return issuer.issue(TestCa.Wish.device(name).valid(from, until));
  }

  /** What carries its issuer's name as its own. */
  private TestCa.Credential selfSigned(String name) {
    return strange.issue(TestCa.Wish.device(name), STRANGER);
  }

  private Attack bytes(String name, String hex, String cause) {
    return new Attack(
        name,
        "(15030[1-3]0002[0-9a-f]{4})? ?(closed|reset)",
        HANDSHAKES.formatted(cause),
        () -> {
          try (RawPeer peer = RawPeer.tcp(server.port("mqtt"))) {
            peer.sendWhatGoes(HexFormat.of().parseHex(hex));
            if (cause.equals("closed-by-peer")) {
              return "closed";
            }
            return peer.seen();
          }
        });
  }

  private Attack certificate(String name, TestCa.Credential credential, String causes) {
    return certificate(name, Optional.of(credential), causes);
  }

  // The counter may be one of several causes: the first that is right for the certificate.
  private Attack certificate(String name, Optional<TestCa.Credential> credential, String causes) {
    return new Attack(
        name,
        ".*(alert|closed|reset).*",
        HANDSHAKES.formatted(causes),
        () -> {
          try (RawPeer peer = RawPeer.tls(server.port("mqtt"), credential)) {
            peer.sendWhatGoes(MqttAttacks.connect());
            return peer.seen();
          } catch (javax.net.ssl.SSLException e) {
            return "alert " + e.getMessage();
          } catch (java.net.SocketException e) {
            return "reset";
          }
        });
  }

  /** Enough of one to be answered: random, no session, one suite, no compression, no extensions. */
  private static String hello(String version) {
    String body = version + "11".repeat(32) + "00" + "0002c02b" + "0100";
    String handshake = "010000%02x".formatted(body.length() / 2) + body;
    return "16%s00%02x".formatted(version, handshake.length() / 2) + handshake;
  }
}
