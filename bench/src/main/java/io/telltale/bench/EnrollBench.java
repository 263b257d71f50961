package io.telltale.bench;

import static java.util.Locale.ROOT;

import io.telltale.crypto.EcdsaP256;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.KeyPair;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPReqBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.bc.BcDigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/**
 * Certificates by EST with one-time tokens, stored and in the ledger, and signed OCSP answers; each
 * over connections that are kept, from as many addresses.
 */
final class EnrollBench {
  static final int DEVICES = 9_000;

  private static final int CONNECTIONS = 32;
  private static final int ROUND = 1_500;
  private static final int ANSWERS_A_ROUND = 30_000;
  private static final int ROUNDS = 3;

  private final TelltaleServer server;

  EnrollBench(TelltaleServer server) {
    this.server = server;
  }

  private interface Batch {
    void run() throws IOException, InterruptedException;
  }

  void run() throws IOException, InterruptedException {
    List<HttpClient> clients = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      clients.add(
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .localAddress(InetAddress.getByAddress(new byte[] {127, 0, 1, (byte) (i + 1)}))
              .sslContext(PeerTls.stranger())
              .build());
    }
    List<HttpRequest> requests = enrollments();
    // The first are for the compiler.
    int warm = requests.size() - ROUNDS * ROUND;
    send(clients, requests.subList(0, warm));
    for (int round = 0; round < ROUNDS; round++) {
      List<HttpRequest> now = requests.subList(warm + round * ROUND, warm + (round + 1) * ROUND);
      measured("enrollments, stored", now.size(), () -> send(clients, now));
    }
    List<HttpRequest> asked = questions();
    send(clients, asked);
    for (int round = 0; round < ROUNDS; round++) {
      measured("OCSP answers", asked.size(), () -> send(clients, asked));
      server.settle();
    }
  }

  private void measured(String what, int count, Batch batch)
      throws IOException, InterruptedException {
    Cpu before = server.figures().cpu();
    long start = System.nanoTime();
    batch.run();
    double elapsed = (System.nanoTime() - start) / 1e9;
    Cpu cpu = server.figures().cpu().since(before);
    System.out.printf(
        ROOT,
        "%-22s %6.0f /s  %6.0f us of CPU each, %6.0f a core-second (event loops %.0f us)%n",
        what,
        count / elapsed,
        cpu.process() * 1e6 / count,
        count / cpu.process(),
        cpu.of(Work.LOOPS) * 1e6 / count);
  }

  /** Each connection sends its share, one behind the other; all must be answered with 200. */
  private static void send(List<HttpClient> clients, List<HttpRequest> requests)
      throws IOException, InterruptedException {
    var tasks = new ArrayList<Callable<Integer>>();
    for (int i = 0; i < clients.size(); i++) {
      int first = i;
      tasks.add(
          () -> {
            int sent = 0;
            for (int at = first; at < requests.size(); at += clients.size()) {
              HttpResponse<byte[]> answer =
                  clients
                      .get(first)
                      .send(requests.get(at), HttpResponse.BodyHandlers.ofByteArray());
              if (answer.statusCode() != 200) {
                throw new IOException("answered with " + answer.statusCode());
              }
              sent++;
            }
            return sent;
          });
    }
    try (var pool = Executors.newFixedThreadPool(clients.size())) {
      for (Future<Integer> one : pool.invokeAll(tasks)) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
  }

  private URI place() {
    return URI.create("https://127.0.0.1:" + server.enrollment().getPort());
  }

  private List<HttpRequest> enrollments() throws IOException {
    URI place = place().resolve("/.well-known/est/simpleenroll");
    var requests = new ArrayList<HttpRequest>();
    for (Devices.Registered device : server.devices(DEVICES)) {
      String basic = device.name() + ":" + device.token();
      requests.add(
          HttpRequest.newBuilder(place)
              .header("content-type", "application/pkcs10")
              .header("authorization", "Basic " + Base64Text.of(Bytes.utf8(basic)))
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      Base64Text.of(Bytes.adopt(csr(device.name())))))
              .build());
    }
    return requests;
  }

  private static byte[] csr(String name) throws IOException {
    KeyPair key = EcdsaP256.generate();
    try {
      return new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=" + name), key.getPublic())
          .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate()))
          .getEncoded();
    } catch (OperatorCreationException e) {
      throw new IOException(e);
    }
  }

  private List<HttpRequest> questions() throws IOException {
    X509Certificate issuer = server.certificate("ca/issuing.crt.pem");
    byte[] der;
    try {
      var id =
          new CertificateID(
              new BcDigestCalculatorProvider().get(CertificateID.HASH_SHA1),
              new JcaX509CertificateHolder(issuer),
              server.certificate("operator/operator.crt.pem").getSerialNumber());
      der = new OCSPReqBuilder().addRequest(id).build().getEncoded();
    } catch (OCSPException | OperatorCreationException | CertificateEncodingException e) {
      throw new IOException(e);
    }
    HttpRequest one =
        HttpRequest.newBuilder(place().resolve("/ocsp"))
            .header("content-type", "application/ocsp-request")
            .POST(HttpRequest.BodyPublishers.ofByteArray(der))
            .build();
    var all = new ArrayList<HttpRequest>(ANSWERS_A_ROUND);
    for (int i = 0; i < ANSWERS_A_ROUND; i++) {
      all.add(one);
    }
    return all;
  }
}
