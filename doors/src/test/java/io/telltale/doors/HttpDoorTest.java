package io.telltale.doors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.telltale.fakes.TestCa;
import io.telltale.http.HttpExchange.Response;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.SpiffeId;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** The HTTP listener with each kind of trust, over real TLS. */
class HttpDoorTest {
  private static final HttpLimits PATIENT =
      new HttpLimits(64 * 1024, Duration.ofMinutes(5), 4, 256 * 1024);
  private static final Plant PLANT = new Plant();
  private static final HttpDoor OPTIONAL =
      open(
          ClientCertificate.OPTIONAL,
          chain ->
              chain.getFirst().getIssuerX500Principal().getName().contains("Plant CA")
                  ? new PeerVerdict.Accepted(Optional.empty())
                  : new PeerVerdict.Refused(Cause.UNKNOWN_CA));
  private static final Bytes LONG = longAnswer();
  private static final HttpDoor REQUIRED =
      open(
          ClientCertificate.REQUIRED,
          PLANT.check(Set.of(SpiffeId.Kind.PERSON, SpiffeId.Kind.SERVICE)));

  @AfterAll
  static void close() {
    OPTIONAL.close();
    REQUIRED.close();
    PLANT.close();
  }

  private static HttpDoor open(ClientCertificate wanted, PeerCheck check) {
    var limits = new HttpLimits(64 * 1024, Duration.ofSeconds(2), 4, 256 * 1024);
    return open(wanted, check, limits, Plant.ACCEPT);
  }

  private static HttpDoor open(
      ClientCertificate wanted, PeerCheck check, HttpLimits limits, AcceptLimits accept) {
    return open(new Address("127.0.0.1", 0, "--port"), wanted, check, limits, accept);
  }

  private static HttpDoor open(
      Address address,
      ClientCertificate wanted,
      PeerCheck check,
      HttpLimits limits,
      AcceptLimits accept) {
    var server = PLANT.ca.server();
    return HttpDoor.open(
        new HttpDoor.Setup(
            PLANT.loops,
            address,
            DoorTls.of(server.chain(), server.key(), wanted, check),
            accept,
            limits),
        new HttpParts("test", new Site(), PLANT.counters, Optional.of(PLANT.sessions)));
  }

  private static final class Site implements io.telltale.http.HttpExchange.Handler {
    @Override
    public int bodyBytesMax(io.telltale.http.HttpExchange.Head head) {
      return head.path().equals("/bodiless") ? 0 : BODY_BYTES_MAX;
    }

    @Override
    public Response handle(io.telltale.http.HttpExchange.Request request) {
      return HttpDoorTest.handle(request);
    }
  }

  private static Bytes longAnswer() {
    byte[] bytes = new byte[32 << 20];
    new Random(7).nextBytes(bytes);
    return Bytes.adopt(bytes);
  }

  private static PeerVerdict nobody(List<X509Certificate> chain) {
    return new PeerVerdict.Refused(Cause.UNKNOWN_CA);
  }

  private static Response handle(io.telltale.http.HttpExchange.Request request) {
    return switch (request.path()) {
      case "/echo" -> new Response(200, Map.of("content-type", "x/y"), request.body());
      case "/long" -> new Response(200, Map.of("content-type", "x/y"), LONG);
      case "/who" -> Response.text(200, "certificates " + request.peerChain().size());
      case "/query" -> Response.text(200, request.query().getOrDefault("a", "none"));
      case "/bug" -> throw new IllegalStateException("secret internals");
      case "/broken" -> throw new StackOverflowError("secret depths");
      default -> Response.text(404, "nothing here");
    };
  }

  @Test
  void a_long_answer_arrives_whole_and_the_next_one_behind_it() throws Exception {
    try (var socket = socket(OPTIONAL, PLANT.ca.client(null))) {
      String last = "GET /query?a=next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
      request(socket, "GET /long HTTP/1.1\r\nHost: x\r\n\r\n".concat(last));
      byte[] all = socket.getInputStream().readAllBytes();
      String text = new String(all, StandardCharsets.ISO_8859_1);
      int from = text.indexOf("\r\n\r\n") + 4;
      assertThat(text.substring(0, from)).contains("content-length: " + LONG.size());
      assertThat(Bytes.copyOf(Arrays.copyOfRange(all, from, from + LONG.size()))).isEqualTo(LONG);
      assertThat(text.substring(from + LONG.size())).startsWith("HTTP/1.1 200").endsWith("next\n");
    }
  }

  // Each held all of it: a score of them took the memory that all connections share.
  @Test
  void who_reads_nothing_of_a_long_answer_holds_little_of_it() throws Exception {
    var metric = ((ByteBufAllocatorMetricProvider) PLANT.loops.buffers()).metric();
    var open = new ArrayList<SSLSocket>();
    try {
      long before = metric.usedDirectMemory();
      for (int i = 0; i < 4; i++) {
        var socket = socket(OPTIONAL, PLANT.ca.client(null));
        open.add(socket);
        request(socket, "GET /long HTTP/1.1\r\nHost: x\r\n\r\n");
        // The head is there, so that the answer is on its way.
        assertThat(socket.getInputStream().read()).isEqualTo('H');
      }
      // What the loops were given before has been written as far as it goes.
      PLANT.loops.workers().forEach(loop -> loop.submit(() -> {}).syncUninterruptibly());
      assertThat(metric.usedDirectMemory() - before).isLessThan(LONG.size());
    } finally {
      for (SSLSocket socket : open) {
        socket.close();
      }
    }
  }

  @Test
  void serves_a_stranger_on_an_optional_listener_and_shows_who_has_a_certificate()
      throws Exception {
    assertThat(get(OPTIONAL, "/who", null).body()).isEqualTo("certificates 0\n");
    assertThat(get(OPTIONAL, "/who", PLANT.device("http")).body()).startsWith("certificates 2");
  }

  private static String whyNot(Address address) {
    Throwable why =
        catchThrowable(
            () ->
                open(
                    address,
                    ClientCertificate.OPTIONAL,
                    HttpDoorTest::nobody,
                    PATIENT,
                    Plant.ACCEPT));
    return String.valueOf(why.getMessage());
  }

  // Firm ground 34
  @Test
  void an_address_that_it_cannot_have_is_told_in_a_sentence_with_what_to_do() {
    int taken = OPTIONAL.port();
    assertThat(whyNot(new Address("127.0.0.1", taken, "listen.api")))
        .isEqualTo(
            "listening on 127.0.0.1:%d: the port is in use: end the other program, or choose"
                    .formatted(taken)
                + " another port with listen.api");
    for (String host : List.of("192.0.2.1", "300.1.1.1")) {
      assertThat(whyNot(new Address(host, 0, "listen.api")))
          .isEqualTo(
              "listening on %1$s:0: %1$s is no address of this machine: choose one with listen.host"
                  .formatted(host));
    }
  }

  @Test
  void refuses_a_foreign_certificate_even_where_none_is_needed() {
    var foreign = PLANT.ca.stubbornClient(new TestCa("Elsewhere").issue(TestCa.Wish.device("x")));
    assertThat(catchThrowable(() -> send(OPTIONAL, "/who", foreign)))
        .isInstanceOf(IOException.class);
  }

  // IN-1: a device credential is refused at the API.
  @Test
  void the_api_is_for_persons_and_services_only() throws Exception {
    var person = PLANT.ca.issue(TestCa.Wish.of("spiffe://telltale.local/default/person/ada"));
    PLANT.register(person, "spiffe://telltale.local/default/person/ada", "person");
    assertThat(get(REQUIRED, "/who", person).statusCode()).isEqualTo(200);
    var device = PLANT.device("curious");
    assertThat(catchThrowable(() -> get(REQUIRED, "/who", device))).isInstanceOf(IOException.class);
    assertThat(catchThrowable(() -> get(REQUIRED, "/who", null))).isInstanceOf(IOException.class);
  }

  @Test
  void a_revoked_persons_connection_is_cut() throws Exception {
    var person = PLANT.ca.issue(TestCa.Wish.of("spiffe://telltale.local/default/person/eve"));
    PLANT.register(person, "spiffe://telltale.local/default/person/eve", "person");
    try (var socket = socket(REQUIRED, PLANT.ca.client(person))) {
      request(socket, "GET /who HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(socket.getInputStream().read()).isEqualTo('H');
      PLANT.revoke(person);
      assertThat(socket.getInputStream().readAllBytes()).isNotNull();
    }
    assertThat(catchThrowable(() -> get(REQUIRED, "/who", person))).isInstanceOf(IOException.class);
  }

  // Firm ground 14: a certificate is renewed under the feet of whoever is connected.
  @Test
  void a_renewed_certificate_is_shown_to_who_comes_and_drops_nobody() throws Exception {
    var first = PLANT.ca.server();
    var next = PLANT.ca.server();
    DoorTls tls =
        DoorTls.of(first.chain(), first.key(), ClientCertificate.NONE, HttpDoorTest::nobody);
    try (var door =
            HttpDoor.open(
                new HttpDoor.Setup(
                    PLANT.loops,
                    new Address("127.0.0.1", 0, "--port"),
                    tls,
                    Plant.ACCEPT,
                    new HttpLimits(1_024, Duration.ofSeconds(20), 4, 4_096)),
                new HttpParts("test", new Site(), PLANT.counters, Optional.empty()));
        var connected = socket(door, PLANT.ca.client(null))) {
      connected.startHandshake();
      tls.renew(next.chain(), next.key());
      request(connected, "GET /who HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(connected.getInputStream().read()).isEqualTo('H');
      assertThat(connected.getSession().getPeerCertificates()[0]).isEqualTo(first.leaf());
      try (var newcomer = socket(door, PLANT.ca.client(null))) {
        newcomer.startHandshake();
        assertThat(newcomer.getSession().getPeerCertificates()[0]).isEqualTo(next.leaf());
      }
    }
  }

  @Test
  void carries_bodies_queries_and_errors_without_internals() throws Exception {
    var client = client(PLANT.ca.client(null));
    var posted =
        client.send(
            HttpRequest.newBuilder(uri(OPTIONAL, "/echo"))
                .POST(
                    BodyPublishers.ofInputStream(
                        () ->
                            new java.io.ByteArrayInputStream(
                                "chunked body".getBytes(StandardCharsets.UTF_8))))
                .build(),
            BodyHandlers.ofString());
    assertThat(posted.body()).isEqualTo("chunked body");
    assertThat(get(OPTIONAL, "/query?a=%C3%A9", null).body()).isEqualTo("é\n");
    assertThat(get(OPTIONAL, "/bug", null).statusCode()).isEqualTo(500);
    assertThat(get(OPTIONAL, "/bug", null).body()).doesNotContain("secret");
    var large =
        client.send(
            HttpRequest.newBuilder(uri(OPTIONAL, "/echo"))
                .POST(BodyPublishers.ofByteArray(new byte[65 * 1024]))
                .build(),
            BodyHandlers.ofString());
    assertThat(large.statusCode()).isEqualTo(413);
  }

  // Firm ground 20: an Error is answered like any other failure, and its place is given back.
  @Test
  void an_error_in_a_handler_is_answered_and_leaves_nothing_behind() throws Exception {
    for (int i = 0; i < 8; i++) {
      var answer = get(OPTIONAL, "/broken", null);
      assertThat(answer.statusCode()).isEqualTo(500);
      assertThat(answer.body()).doesNotContain("secret");
    }
    assertThat(get(OPTIONAL, "/who", null).statusCode()).isEqualTo(200);
  }

  // Firm ground 9: the head decides, and nobody waits for a body that will not be taken.
  @Test
  void refuses_a_body_by_its_route_before_it_comes_and_continues_where_it_may() throws Exception {
    try (var socket = socket(OPTIONAL, PLANT.ca.client(null))) {
      request(socket, "POST /bodiless HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n");
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("HTTP/1.1 413")
          .contains("send at most 0 bytes");
    }
    try (var socket = socket(OPTIONAL, PLANT.ca.client(null))) {
      String expecting = "Content-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n";
      request(socket, "POST /echo HTTP/1.1\r\nHost: x\r\n" + expecting);
      byte[] go = socket.getInputStream().readNBytes("HTTP/1.1 100 Continue\r\n\r\n".length());
      assertThat(new String(go, StandardCharsets.UTF_8)).startsWith("HTTP/1.1 100 Continue");
      request(socket, "here");
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .endsWith("here");
    }
  }

  // Firm ground 9: what unfinished bodies take together is bounded, and the largest give way.
  @Test
  void a_crowd_of_unfinished_bodies_gives_way_to_a_small_whole_one() throws Exception {
    var accept = AcceptLimits.bounded(100, 400, 64 * 1024);
    var unfinished = new ArrayList<SSLSocket>();
    String head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 16384\r\n\r\n";
    try (var door = open(ClientCertificate.OPTIONAL, HttpDoorTest::nobody, PATIENT, accept)) {
      try {
        for (int i = 0; i < 20; i++) {
          var socket = socket(door, PLANT.ca.client(null));
          unfinished.add(socket);
          request(socket, head + "x".repeat(12_000));
        }
        Plant.eventually(() -> PLANT.count("connections.shed held-bytes") > 0);
        var small = PLANT.ca.client(null);
        assertThat(send(door, "/query?a=small", small).body()).isEqualTo("small\n");
        // What came last may not have been weighed yet.
        Plant.eventually(() -> door.heldBytes() <= 64 * 1024);
      } finally {
        for (SSLSocket socket : unfinished) {
          socket.close();
        }
      }
      Plant.eventually(() -> door.heldBytes() == 0);
    }
  }

  // Firm ground 9: one certificate, many connections.
  @Test
  void a_persons_connections_are_bounded_and_the_oldest_idle_one_gives_way() throws Exception {
    var person = PLANT.ca.issue(TestCa.Wish.of("spiffe://telltale.local/default/person/hydra"));
    var identity = PLANT.register(person, "spiffe://telltale.local/default/person/hydra", "person");
    var tls = PLANT.ca.client(person);
    var open = new ArrayList<SSLSocket>();
    try {
      for (int i = 0; i < 40; i++) {
        open.add(socket(REQUIRED, tls));
      }
      assertThat(open.getFirst().getInputStream().read()).isEqualTo(-1);
      request(open.getLast(), "GET /who HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(open.getLast().getInputStream().read()).isEqualTo('H');
      Plant.eventually(() -> PLANT.sessions.count(identity.number()) <= 32);
    } finally {
      for (SSLSocket socket : open) {
        socket.close();
      }
    }
  }

  // Which of the two is meant nobody can tell.
  @Test
  void a_parameter_that_is_given_twice_is_refused() throws Exception {
    try (var socket = socket(OPTIONAL, PLANT.ca.client(null))) {
      request(socket, "GET /query?a=1&a=2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("HTTP/1.1 400");
    }
  }

  @Test
  void answers_pipelined_requests_in_order_on_one_connection() throws Exception {
    try (var socket = socket(OPTIONAL, PLANT.ca.client(null))) {
      String last = "GET /query?a=2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
      request(socket, "GET /query?a=1 HTTP/1.1\r\nHost: x\r\n\r\n".concat(last));
      String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(all.indexOf("\r\n\r\n1\n")).isBetween(1, all.indexOf("\r\n\r\n2\n"));
    }
  }

  @Test
  void answers_a_body_that_is_too_large_after_what_came_before_it_and_closes() throws Exception {
    // Its deadline is later than the socket's patience, so that it is not what ends the connection.
    var small = new HttpLimits(1_024, Duration.ofMinutes(5), 4, 4_096);
    var accept = Plant.ACCEPT;
    try (var door = open(ClientCertificate.NONE, HttpDoorTest::nobody, small, accept);
        var socket = socket(door, PLANT.ca.client(null))) {
      String first = "GET /query?a=1 HTTP/1.1\r\nHost: x\r\n\r\n";
      String large = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nbegin";
      request(socket, first + large);
      String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(all.indexOf("\r\n\r\n1\n")).isBetween(1, all.indexOf("HTTP/1.1 413"));
      assertThat(all).contains("connection: close").doesNotContain("begin");
    }
  }

  @Test
  void ends_slow_senders_and_idle_connections() throws Exception {
    try (var idle = socket(OPTIONAL, PLANT.ca.client(null));
        var slow = socket(OPTIONAL, PLANT.ca.client(null))) {
      for (int i = 0; i < 5; i++) {
        request(slow, "X");
        Waiting.pass(Duration.ofMillis(100));
      }
      assertThat(idle.getInputStream().readAllBytes()).isEmpty();
      assertThat(slow.getInputStream().readAllBytes()).isEmpty();
    }
  }

  @Test
  void refuses_malformed_requests() throws Exception {
    for (String malformed :
        new String[] {
          "GARBAGE\r\n\r\n",
          "GET no-slash HTTP/1.1\r\nHost: x\r\n\r\n",
          "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
          "GET /who HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
          "GET /who HTTP/1.1\r\nX: " + "a".repeat(20_000) + "\r\n\r\n"
        }) {
      try (var socket = socket(OPTIONAL, PLANT.ca.client(null))) {
        request(socket, malformed);
        String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(all).as(malformed.substring(0, 10)).matches("(?s)(HTTP/1.1 4.*|)");
      }
    }
  }

  @Test
  void says_busy_when_every_handler_is() throws Exception {
    var client = client(PLANT.ca.client(null));
    var limits = new HttpLimits(1_024, Duration.ofSeconds(5), 1, 1_024);
    var server = PLANT.ca.server();
    var entered = new CountDownLatch(1);
    var leave = new CountDownLatch(1);
    try (var door =
        HttpDoor.open(
            new HttpDoor.Setup(
                PLANT.loops,
                new Address("127.0.0.1", 0, "--port"),
                DoorTls.of(
                    server.chain(), server.key(), ClientCertificate.NONE, HttpDoorTest::nobody),
                Plant.ACCEPT,
                limits),
            new HttpParts(
                "busy",
                request -> {
                  entered.countDown();
                  try {
                    leave.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                  return Response.text(200, "done");
                },
                PLANT.counters,
                Optional.empty()))) {
      var first =
          client.sendAsync(HttpRequest.newBuilder(uri(door, "/")).build(), BodyHandlers.ofString());
      entered.await();
      assertThat(get(door, "/", null).statusCode()).isEqualTo(503);
      leave.countDown();
      assertThat(first.get().statusCode()).isEqualTo(200);
    }
  }

  private static HttpResponse<String> get(
      HttpDoor door, String path, TestCa.@Nullable Credential credential) throws Exception {
    return send(door, path, PLANT.ca.client(credential));
  }

  private static HttpResponse<String> send(HttpDoor door, String path, SSLContext tls)
      throws Exception {
    return client(tls)
        .send(HttpRequest.newBuilder(uri(door, path)).build(), BodyHandlers.ofString());
  }

  private static HttpClient client(SSLContext tls) {
    return HttpClient.newBuilder().sslContext(tls).version(HttpClient.Version.HTTP_1_1).build();
  }

  private static URI uri(HttpDoor door, String path) {
    return URI.create("https://localhost:" + door.port() + path);
  }

  private static SSLSocket socket(HttpDoor door, SSLContext tls) throws IOException {
    var socket = (SSLSocket) tls.getSocketFactory().createSocket("127.0.0.1", door.port());
    socket.setSoTimeout(10_000);
    socket.startHandshake();
    return socket;
  }

  private static void request(SSLSocket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
  }
}
