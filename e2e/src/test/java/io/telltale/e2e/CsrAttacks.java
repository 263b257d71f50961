package io.telltale.e2e;

import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** A device with a good token that asks for what it must not have. */
final class CsrAttacks {
  private static final Provider BC = new BouncyCastleProvider();
  private static final String EST = "telltale_enrollment_total{cause=\"%s\"}";
  private static final String ID = "spiffe://telltale.local/default/device/";

  private final ServerProcess server;
  private final String device;
  private final String token;

  private CsrAttacks(ServerProcess server, String device, String token) {
    this.server = server;
    this.device = device;
    this.token = token;
  }

  /** Registers {@code device} and gets it a token that is not spent. */
  static CsrAttacks by(ServerProcess server, String device, Path folder) throws Exception {
    TestDevice.register(server, device, "line-1");
    return new CsrAttacks(server, device, TestToken.create(server, device, folder).text());
  }

  List<Attack> ofNames() throws Exception {
    GeneralName self = new GeneralName(GeneralName.uniformResourceIdentifier, ID + device);
    GeneralName other = new GeneralName(GeneralName.uniformResourceIdentifier, ID + "good-0");
    GeneralName dns = new GeneralName(GeneralName.dNSName, "localhost");
    KeyPair key = ec("secp256r1");
    return List.of(
        asks("somebody else's name", csr(key, "CN=good-0", none()), "403", "request-name"),
        asks("somebody else's SPIFFE id", csr(key, "", san(other)), "403", "request-name"),
        asks("a second name", csr(key, "CN=" + device, san(self, dns)), "403", "request-name"),
        asks("two SPIFFE ids", csr(key, "CN=" + device, san(self, other)), "403", "request-name"),
        asks("a CA certificate", csr(key, "CN=" + device, authority()), "403", "request-ca"),
        asks("to sign certificates", csr(key, "CN=" + device, signing()), "403", "request-usage"));
  }

  List<Attack> ofKeys() throws Exception {
    byte[] forged = csr(ec("secp256r1"), "CN=" + device, none());
    forged[forged.length - 5] ^= 1;
    return List.of(
        asks(
            "RSA of 1024 bits", csr(rsa(1_024), "CN=" + device, none()), "400", "request-key-kind"),
        asks(
            "RSA of 4096 bits", csr(rsa(4_096), "CN=" + device, none()), "400", "request-key-kind"),
        asks("P-192", csr(ec("secp192r1"), "CN=" + device, none()), "400", "request-key-kind"),
        asks("P-521", csr(ec("secp521r1"), "CN=" + device, none()), "400", "request-key-kind"),
        asks("without owning the key", forged, "400", "request-signature"),
        asks("in bytes that are no request", Arrays.copyOf(forged, 90), "400", "request-malformed"),
        new Attack(
            "with a wrong token",
            "(?s)HTTP/1\\.1 401 .*",
            EST.formatted("token-unknown"),
            () -> enroll("A".repeat(43), csr(ec("secp256r1"), "CN=" + device, none()))));
  }

  /** After all of it the token is unspent and good for the one thing it is for. */
  String enrollProperly() throws Exception {
    return enroll(token, csr(ec("secp256r1"), "CN=" + device, none()));
  }

  private Attack asks(String name, byte[] csr, String status, String cause) {
    return new Attack(
        "asks for a certificate: " + name,
        "(?s)HTTP/1\\.1 " + status + " .*",
        EST.formatted(cause),
        () -> enroll(token, csr));
  }

  private String enroll(String password, byte[] csr) throws Exception {
    String basic =
        Base64.getEncoder()
            .encodeToString((device + ":" + password).getBytes(StandardCharsets.US_ASCII));
    String body = Base64Text.of(Bytes.copyOf(csr));
    String request =
        String.join(
            "\r\n",
            "POST /.well-known/est/simpleenroll HTTP/1.1",
            "Host: x",
            "Connection: close",
            "Content-Type: application/pkcs10",
            "Authorization: Basic " + basic,
            "Content-Length: " + body.length(),
            "",
            body);
    try (RawPeer peer = RawPeer.tls(server.port("enroll"), Optional.empty())) {
      return peer.send(request).seen();
    }
  }

  private static KeyPair ec(String curve) throws Exception {
    var generator = KeyPairGenerator.getInstance("EC", BC);
    generator.initialize(new ECGenParameterSpec(curve));
    return generator.generateKeyPair();
  }

  private static KeyPair rsa(int bits) throws Exception {
    var generator = KeyPairGenerator.getInstance("RSA", BC);
    generator.initialize(bits);
    return generator.generateKeyPair();
  }

  private static byte[] csr(KeyPair key, String subject, ExtensionsGenerator extensions)
      throws Exception {
    var request = new JcaPKCS10CertificationRequestBuilder(new X500Name(subject), key.getPublic());
    if (!extensions.isEmpty()) {
      request.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate());
    }
    String algorithm =
        key.getPublic().getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
    return request
        .build(new JcaContentSignerBuilder(algorithm).setProvider(BC).build(key.getPrivate()))
        .getEncoded();
  }

  private static ExtensionsGenerator none() {
    return new ExtensionsGenerator();
  }

  private static ExtensionsGenerator san(GeneralName... names) throws Exception {
    var extensions = new ExtensionsGenerator();
    extensions.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
    return extensions;
  }

  private static ExtensionsGenerator authority() throws Exception {
    var extensions = new ExtensionsGenerator();
    extensions.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    return extensions;
  }

  private static ExtensionsGenerator signing() throws Exception {
    var extensions = new ExtensionsGenerator();
    extensions.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
    return extensions;
  }
}
