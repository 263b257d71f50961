package io.telltale.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.Pem;
import io.telltale.crypto.x509.Pkcs7;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.Usage;
import io.telltale.device.Enroller.Enrolled;
import io.telltale.identity.CaAct;
import io.telltale.identity.CaScope;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import io.telltale.registry.Act;
import io.telltale.roster.LifecycleState;
import io.telltale.testkit.Openssl;
import io.telltale.testkit.Peers;
import io.telltale.testkit.Ran;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our device and other people's clients at the real enrollment listener. */
class EnrollerTest {
  @TempDir Path folder;
  private EnrollmentListener server;
  private Enroller enroller;

  @BeforeEach
  void listen() {
    server = new EnrollmentListener(folder);
    enroller = enroller(server.authority.roots(), TestAuthority.DOOR);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  // H2: a stolen issuing key makes no server that devices believe once they were told.
  @Test
  void what_an_issuing_ca_signed_is_not_believed_once_its_root_has_said_that_it_is_revoked() {
    var because = new CaAct.Because(SpiffeId.parse(TestAuthority.DOOR).orElseThrow(), "stolen");
    List<X509Certificate> stolen = server.door();
    Enrolled before = enroller.enroll("machine-1", server.token(), EcdsaP256.generate());
    TrustedRoots trust = ((Enrolled.Issued) before).trust();
    assertThat(check(trust, stolen)).isInstanceOf(TrustedRoots.Verdict.Trusted.class);
    server.authority.rollover().prepare(false, CaScope.ALL, because);
    server.authority.rollover().activate("issuing-2", because);
    server.authority.rollover().revoke("issuing", because);

    X509Certificate leaf = ((Enrolled.Issued) before).chain().getFirst();
    TrustedRoots told = enroller.news(leaf).trust();
    assertThat(check(told, stolen))
        .isEqualTo(new TrustedRoots.Verdict.Untrusted(TrustedRoots.Why.ISSUER_REVOKED));
    assertThat(check(told, server.door())).isInstanceOf(TrustedRoots.Verdict.Trusted.class);
    // Nothing that a list of before says takes it back.
    assertThat(check(told.without(trust.lists()), stolen))
        .isInstanceOf(TrustedRoots.Verdict.Untrusted.class);
  }

  private static TrustedRoots.Verdict check(TrustedRoots trust, List<X509Certificate> chain) {
    return trust.check(chain, Usage.SERVER, InstantSource.system().instant());
  }

  // ID-4: a token goes to the server that its operator named, and to nobody else.
  @Test
  void a_device_keeps_its_token_from_a_server_without_the_pinned_key() {
    String token = server.token();
    byte[] key = server.authority.issuing().getPublicKey().getEncoded();
    String pin = Base64.getEncoder().encodeToString(Hash.sha256(key).value().toArray());
    Enrolled strange =
        enroller
            .pinned(pin.toLowerCase(Locale.ROOT) + "=")
            .enroll("machine-1", token, EcdsaP256.generate());
    assertThat(strange).isInstanceOf(Enrolled.Failed.class);
    assertThat(enroller.pinned(pin).enroll("machine-1", token, EcdsaP256.generate()))
        .isInstanceOf(Enrolled.Issued.class);
  }

  @Test
  void a_device_enrolls_once_with_its_token_and_renews_with_its_certificate() {
    var key = EcdsaP256.generate();
    String token = server.token();
    Enrolled first = enroller.enroll("machine-1", token, key);
    assertThat(first).isInstanceOf(Enrolled.Issued.class);
    List<X509Certificate> chain = ((Enrolled.Issued) first).chain();
    assertThat(chain).hasSize(2).last().isEqualTo(server.authority.issuing());

    assertThat(enroller.enroll("machine-1", token, EcdsaP256.generate()))
        .isEqualTo(new Enrolled.Refused(401, "the token was used before; ask for a new one"));

    var roots = server.authority.roots();
    var material = new TlsMaterial(key.getPrivate(), chain, roots, TestAuthority.DOOR);
    var next = EcdsaP256.generate();
    assertThat(enroller.renew("machine-1", material, next)).isInstanceOf(Enrolled.Issued.class);
    assertThat(enroller.renew("machine-2", material, EcdsaP256.generate()))
        .isEqualTo(
            new Enrolled.Refused(
                403, "the request may name exactly the device itself, or nothing"));

    server.registry.transition(
        EnrollmentListener.MACHINE, LifecycleState.COMPROMISED, new Act("system", "stolen"));
    assertThat(enroller.renew("machine-1", material, EcdsaP256.generate()))
        .isEqualTo(
            new Enrolled.Refused(
                403, "this certificate cannot be renewed; enroll again with a new token"));
  }

  @Test
  void a_device_gives_its_token_to_nobody_but_the_server() { // TR-4
    String token = server.token();
    var key = EcdsaP256.generate();
    var other = enroller(server.authority.roots(), TestAuthority.DOOR + "2");
    assertThat(other.enroll("machine-1", token, key)).isInstanceOf(Enrolled.Failed.class);
    var foreign = enroller(List.of(new TestAuthority().root), TestAuthority.DOOR);
    assertThat(foreign.enroll("machine-1", token, key))
        .isInstanceOfSatisfying(
            Enrolled.Failed.class,
            failed ->
                assertThat(failed.why())
                    .contains(
                        " answers, and its certificate is not signed by the roots that the token",
                        "Ask its operator for a new one")
                    .doesNotContain("Exception", "no answer"));
    var nowhere =
        new Enroller(
            URI.create("https://example.invalid:1"), List.of(), "x", InstantSource.system());
    assertThat(nowhere.enroll("machine-1", token, key))
        .isInstanceOfSatisfying(
            Enrolled.Failed.class,
            failed -> assertThat(failed.why()).endsWith(": there is no such host"));
    assertThat(enroller.enroll("machine-1", token, key)).isInstanceOf(Enrolled.Issued.class);
  }

  @Test
  void a_stranger_cannot_renew() {
    var stranger = new TestAuthority();
    var material =
        stranger.material(
            "spiffe://telltale.local/default/device/machine-1",
            java.util.Set.of(io.telltale.crypto.x509.Usage.CLIENT));
    var own =
        new TlsMaterial(
            material.key(), material.chain(), server.authority.roots(), TestAuthority.DOOR);
    assertThat(enroller.renew("machine-1", own, EcdsaP256.generate()))
        .isInstanceOf(Enrolled.Failed.class);
  }

  @Test
  void the_key_on_disk_opens_only_with_the_machines_secret() throws Exception { // ID-9
    var key = EcdsaP256.generate();
    var issued = (Enrolled.Issued) enroller.enroll("machine-1", server.token(), key);
    var store = new DeviceStore(folder.resolve("device"), new SecureRandom());
    store.save(key, issued.chain());
    var again = new DeviceStore(folder.resolve("device"), new SecureRandom());
    assertThat(again.enrolled().orElseThrow().chain()).isEqualTo(issued.chain());
    String hex =
        java.util.HexFormat.of()
            .formatHex(Files.readAllBytes(store.folder().resolve("device.key")));
    // The identifier that an unencrypted key of this kind carries.
    assertThat(hex).doesNotContain("2a8648ce3d0201");
    Files.write(store.folder().resolve("machine.secret"), new byte[32]);
    assertThatThrownBy(again::enrolled).isInstanceOf(CorruptException.class);
  }

  @Test
  void curl_and_openssl_enroll_and_renew() throws Exception { // ID-5
    Path curl = Peers.require("curl");
    Path root = Files.writeString(file("root.pem"), Pem.certificates(server.authority.roots()));
    newKeyAndRequest("key.pem", "csr.der");
    run("openssl", "base64", "-in", path("csr.der"), "-out", path("csr.b64"));
    String enroll = server.uri() + "/.well-known/est/simpleenroll";
    String token = server.token();
    List<String> post =
        List.of(
            curl.toString(),
            "-sS",
            "--tlsv1.3",
            "--cacert",
            root.toString(),
            "-H",
            "Content-Type: application/pkcs10; charset=utf-8",
            "-H",
            "Content-Transfer-Encoding: base64",
            "--data-binary",
            "@" + path("csr.b64"));
    assertThat(run(plus(post, "-w", "%{http_code}", enroll))).endsWith("401");
    assertThat(run(plus(post, "-u", "machine-1:wrong-" + token, enroll)))
        .contains("device id or token is wrong");
    String answer = run(plus(post, "-u", "machine-1:" + token, enroll));
    X509Certificate leaf =
        Pkcs7.parse(Base64Text.parseWrapped(answer).orElseThrow().borrow())
            .orElseThrow()
            .getFirst();
    assertThat(leaf.getSubjectX500Principal().getName()).isEqualTo("CN=machine-1");

    // A second key, the first certificate alone for TLS, and no line wraps.
    Files.writeString(file("leaf.pem"), Pem.certificates(List.of(leaf)));
    newKeyAndRequest("key2.pem", "csr2.der");
    run("openssl", "base64", "-A", "-in", path("csr2.der"), "-out", path("csr2.b64"));
    String again =
        run(
            curl.toString(),
            "-sS",
            "--tlsv1.3",
            "--cacert",
            root.toString(),
            "--cert",
            path("leaf.pem"),
            "--key",
            path("key.pem"),
            "-H",
            "Content-Type: application/pkcs10",
            "--data-binary",
            "@" + path("csr2.b64"),
            server.uri() + "/.well-known/est/simplereenroll");
    assertThat(Pkcs7.parse(Base64Text.parseWrapped(again).orElseThrow().borrow())).isPresent();
    run(
        curl.toString(),
        "-sS",
        "--cacert",
        root.toString(),
        "-o",
        path("issuing.crl"),
        server.uri() + "/crl/issuing.crl");
    assertThat(
            run("openssl", "crl", "-inform", "DER", "-in", path("issuing.crl"), "-noout", "-text"))
        .contains("Telltale issuing");
  }

  private void newKeyAndRequest(String key, String request) throws Exception {
    Openssl.require().request("machine-1", folder.resolve(key), folder.resolve(request));
  }

  @Test
  void strongswan_enrolls() throws Exception { // ID-5
    Path pki = Peers.require("pki", "--help", "--est", "curl", "openssl", "pem");
    Path root = Files.writeString(file("root.pem"), Pem.certificates(server.authority.roots()));
    newKeyAndRequest("key.pem", "csr.der");
    run(
        pki.toString(),
        "--estca",
        "--url",
        server.uri().toString(),
        "--cacert",
        root.toString(),
        "--caout",
        path("est-ca"),
        "--outform",
        "pem",
        "--force");
    String answer =
        run(
            pki.toString(),
            "--est",
            "--url",
            server.uri().toString(),
            "--in",
            path("csr.der"),
            "--cacert",
            root.toString(),
            "--cacert",
            path("issuing.pem"),
            "--userpass",
            "machine-1:" + server.token(),
            "--outform",
            "pem");
    assertThat(answer).contains("-----BEGIN CERTIFICATE-----");
  }

  private Enroller enroller(List<X509Certificate> roots, String serverId) {
    return new Enroller(server.uri(), roots, serverId, InstantSource.system());
  }

  private Path file(String name) throws Exception {
    // strongSwan wants the whole chain at hand.
    Files.writeString(
        folder.resolve("issuing.pem"), Pem.certificates(List.of(server.authority.issuing())));
    return folder.resolve(name);
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private static List<String> plus(List<String> start, String... more) {
    var all = new ArrayList<>(start);
    all.addAll(List.of(more));
    return all;
  }

  private static String run(String... command) throws Exception {
    return run(List.of(command));
  }

  private static String run(List<String> command) throws Exception {
    return Ran.of(command).output().strip();
  }
}
