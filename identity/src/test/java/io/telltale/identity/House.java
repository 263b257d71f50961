package io.telltale.identity;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.x509.Pkcs7;
import io.telltale.http.HttpExchange.Request;
import io.telltale.http.HttpExchange.Response;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.testkit.MovingClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** A CA with its enrollment service, in memory but for the CA's folder. */
public final class House {
  static final DeviceId MACHINE = new DeviceId(TenantId.DEFAULT, "machine-1");
  static final String TRUST_DOMAIN = "telltale.local";
  static final SpiffeId OCSP =
      new SpiffeId(TRUST_DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.SERVICE, "ocsp");
  static final String TOKEN = "dG9rZW4tdG9rZW4tdG9rZW4tdG9rZW4tdG9rZW4tdG8";

  public final MovingClock clock;
  final MemoryRegister register;
  final Map<String, Long> counts = new TreeMap<>();
  public final CertificateAuthority authority;
  final EnrollmentSite site;
  final RevocationLists lists;
  final OcspSigners ocsp;
  private final Optional<String> statusUrl;

  public House(Path folder) {
    this(folder, Optional.empty());
  }

  House(Path folder, Optional<String> statusUrl) {
    this(
        folder,
        statusUrl,
        new MovingClock(Instant.parse("2026-11-23T12:00:00Z")),
        Optional.empty(),
        Optional.empty());
  }

  /** One whose new keys are made in a token. */
  House(Path folder, CaToken token) {
    this(
        folder,
        Optional.empty(),
        new MovingClock(Instant.parse("2026-11-23T12:00:00Z")),
        Optional.empty(),
        Optional.of(token));
  }

  /** The same by the clock and with the register of an earlier start, with or without a token. */
  House(Path folder, House before, Optional<CaToken> token) {
    this(folder, Optional.empty(), before.clock, Optional.of(before.register), token);
  }

  /** The same by the clock and with the register of an earlier start. */
  House(Path folder, Optional<String> statusUrl, House before) {
    this(folder, statusUrl, before.clock, Optional.of(before.register), Optional.empty());
  }

  private House(
      Path folder,
      Optional<String> statusUrl,
      MovingClock clock,
      Optional<MemoryRegister> register,
      Optional<CaToken> token) {
    this.clock = clock;
    this.register = register.orElseGet(() -> new MemoryRegister(clock));
    this.statusUrl = statusUrl;
    authority = CertificateAuthority.open(folder, new TestWrap(), token, setup());
    var enrollment =
        new Enrollment(authority, this.register, Enrollment.Terms.standard(TRUST_DOMAIN));
    var est =
        new EstHandler(
            new EstHandler.Parts(
                authority,
                enrollment,
                (name, cause, amount) -> counts.merge(cause, amount, Long::sum),
                clock,
                TenantId.DEFAULT,
                EstHandler.Limits.STANDARD));
    lists = new RevocationLists(authority, this.register, clock, () -> 0);
    ocsp = new OcspSigners(authority, OCSP, clock);
    var answering =
        new OcspHandler.Parts(
            authority,
            this.register,
            ocsp,
            (name, cause, amount) -> counts.merge(name + " " + cause, amount, Long::sum),
            clock);
    // Tests count what they ask for themselves.
    if (register.isEmpty()) {
      this.register.issued.clear();
    }
    var renewals = new RenewalInfoHandler(authority, this.register, answering.counters(), clock);
    site = new EnrollmentSite(est, lists, new OcspHandler(answering), renewals);
  }

  public CertificateAuthority.Setup setup() {
    return new CertificateAuthority.Setup(
        TRUST_DOMAIN, statusUrl, register, Entropy.system(), clock);
  }

  static byte[] csr(KeyPair pair, String subject, Extensions... wishes) throws Exception {
    var builder = new JcaPKCS10CertificationRequestBuilder(new X500Name(subject), pair.getPublic());
    for (Extensions wish : wishes) {
      builder.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, wish);
    }
    var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate());
    return builder.build(signer).getEncoded();
  }

  static byte[] csr() throws Exception {
    return csr(EcdsaP256.generate(), "CN=machine-1");
  }

  static String basic(String device, String token) {
    byte[] text = (device + ":" + token).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(text);
  }

  Response enroll(String device, String token, byte[] csr) {
    return site.handle(
        request(
            "/.well-known/est/simpleenroll",
            Map.of("content-type", "application/pkcs10", "authorization", basic(device, token)),
            Bytes.utf8(Base64Text.of(Bytes.copyOf(csr))),
            List.of()));
  }

  Response enrollFrom(String source, String device, String token, byte[] csr) {
    Request here =
        request(
            "/.well-known/est/simpleenroll",
            Map.of("content-type", "application/pkcs10", "authorization", basic(device, token)),
            Bytes.utf8(Base64Text.of(Bytes.copyOf(csr))),
            List.of());
    return site.handle(
        new Request(
            here.method(),
            here.path(),
            here.query(),
            here.headers(),
            here.body(),
            here.peerChain(),
            source));
  }

  Response renew(List<X509Certificate> chain, byte[] csr) {
    return site.handle(
        request(
            "/.well-known/est/simplereenroll",
            Map.of("content-type", "application/pkcs10"),
            Bytes.utf8(Base64Text.of(Bytes.copyOf(csr))),
            chain));
  }

  static Request request(
      String path, Map<String, String> headers, Bytes body, List<X509Certificate> chain) {
    String method = body.size() == 0 ? "GET" : "POST";
    return new Request(method, path, Map.of(), headers, body, chain, "192.0.2.1");
  }

  static X509Certificate leaf(Response response) {
    byte[] der = Base64Text.parseWrapped(response.body().asUtf8()).orElseThrow().borrow();
    return Pkcs7.parse(der).orElseThrow().getFirst();
  }

  /** AES-GCM under a key of the test's. */
  static final class TestWrap implements KeyWrap {
    private static final SecretKeySpec KEY = new SecretKeySpec(new byte[32], "AES");

    @Override
    public Bytes wrap(String purpose, SecretBytes secret) {
      byte[] nonce = new byte[12];
      Entropy.system().fill(nonce);
      byte[] sealed = run(Cipher.ENCRYPT_MODE, purpose, nonce, secret.toArray());
      byte[] all = java.util.Arrays.copyOf(nonce, 12 + sealed.length);
      System.arraycopy(sealed, 0, all, 12, sealed.length);
      return Bytes.adopt(all);
    }

    @Override
    public SecretBytes unwrap(String purpose, Bytes wrapped) {
      return SecretBytes.adopt(
          run(
              Cipher.DECRYPT_MODE,
              purpose,
              wrapped.slice(0, 12).toArray(),
              wrapped.slice(12, wrapped.size()).toArray()));
    }

    private static byte[] run(int mode, String purpose, byte[] nonce, byte[] input) {
      try {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, KEY, new GCMParameterSpec(128, nonce));
        cipher.updateAAD(purpose.getBytes(StandardCharsets.UTF_8));
        return cipher.doFinal(input);
      } catch (GeneralSecurityException e) {
        throw new CorruptException("a sealed key of " + purpose, e);
      }
    }
  }
}
