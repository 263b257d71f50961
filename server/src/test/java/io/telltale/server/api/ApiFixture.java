package io.telltale.server.api;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.db.StoreSeal;
import io.telltale.dbtestkit.TestStores;
import io.telltale.engine.ResultColumn;
import io.telltale.http.HttpExchange.Head;
import io.telltale.http.HttpExchange.Request;
import io.telltale.http.HttpExchange.Response;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Counters;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Event;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.Analyst;
import io.telltale.lake.LakeQuery;
import io.telltale.lake.LakeTrace;
import io.telltale.lake.OffsetRange;
import io.telltale.lake.ProvenRecord;
import io.telltale.lake.QueryLimits;
import io.telltale.lake.QueryOutcome;
import io.telltale.lake.QueryResult;
import io.telltale.lake.RecordStory;
import io.telltale.lake.TraceOutcome;
import io.telltale.registry.Act;
import io.telltale.registry.NewCredential;
import io.telltale.registry.Registry;
import io.telltale.roster.Protection;
import io.telltale.roster.Role;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The API over a real registry and small stand-ins for the lake, the ledger and the keys. */
final class ApiFixture implements AutoCloseable {
  static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  static final String DOMAIN = "telltale.local";
  static final TenantId OTHER = new TenantId("other");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  final Registry registry;
  final Api api;
  final X509Certificate operator;
  final X509Certificate analyst;
  final X509Certificate auditor;
  final List<String> counted = Collections.synchronizedList(new ArrayList<>());
  final List<String> asked = new ArrayList<>();
  final MovingRecord moving = new MovingRecord();
  Instant now = NOON;
  Optional<UnavailableException> lakeFails = Optional.empty();
  boolean lettersDown;
  Runnable whileSearching = () -> {};
  CompletableFuture<Long> ledgerSize = CompletableFuture.completedFuture(7L);
  private int tokens;

  ApiFixture(Path dir) {
    var seal = new StoreSeal("registry", SecretBytes.copyOf(new byte[32]), Entropy.system());
    registry =
        Registry.open(
            new Registry.Settings(
                TestStores.at(dir.resolve("control.db")), DOMAIN, () -> now, seal));
    Counters counters = (name, cause, amount) -> counted.add(name + " " + cause);
    api =
        new Api(
            new ApiParts(
                registry,
                (who, asking, limits) -> answer(asking, limits),
                new Tracing(moving),
                (who, sql, purpose) ->
                    sql.contains("max")
                        ? new ProofExports.Outcome.Made(Bytes.utf8("{\"proof\":1}"))
                        : new ProofExports.Outcome.Refused("not-exact", "ask for an aggregate"),
                new EventShelf(() -> whileSearching.run()),
                new KeyShelf(),
                new AuthorityShelf(),
                new LetterShelf(moving, () -> lettersDown),
                ApiFixture::rehearsed,
                new Facts(),
                () -> "token-" + ++tokens,
                () -> now,
                counters));
    operator = person("operator", TenantId.DEFAULT, Set.of(Role.OPERATOR));
    analyst = person("analyst", TenantId.DEFAULT, Set.of(Role.ANALYST));
    auditor = person("auditor", TenantId.DEFAULT, Set.of(Role.AUDITOR));
  }

  /** By how far back is asked for. */
  private static PolicyRehearsals.Outcome rehearsed(
      SpiffeId who, PolicyRehearsals.Candidate candidate, Duration last) {
    if (last.toSeconds() == 1) {
      return new PolicyRehearsals.Outcome.NotGranted(7);
    }
    if (last.toSeconds() == 2) {
      return new PolicyRehearsals.Outcome.Busy();
    }
    var one = new PolicyRehearsals.Example("press-1", "3:14", NOON);
    var refusal =
        new PolicyRehearsals.Refusal(
            "value-out-of-range", "why", "telemetry", "t/{device}", 2, 1, List.of(one));
    var part =
        new PolicyRehearsals.Part(Optional.of(NOON.minusSeconds(3_600)), Optional.of(NOON), 15, 20);
    return new PolicyRehearsals.Outcome.Rehearsed(
        9, 2, List.of(refusal), Map.of("press-1", 2L), Map.of("scope-closed", 4L), part);
  }

  X509Certificate person(String name, TenantId tenant, Set<Role> roles) {
    var id = new SpiffeId(DOMAIN, tenant, SpiffeId.Kind.PERSON, name);
    registry.addPrincipal(id, roles, "system");
    return credential(id);
  }

  /** A registered certificate; its issuer does not matter here. */
  X509Certificate credential(SpiffeId id) {
    X509Certificate certificate = unregistered();
    registry.addCredential(
        id,
        new NewCredential(
            der(certificate),
            new Fingerprint(Hash.sha256(der(certificate))),
            "01",
            NOON.minusSeconds(60),
            NOON.plus(Duration.ofDays(1)),
            Hash.sha256(certificate.getPublicKey().getEncoded()),
            Protection.SOFTWARE),
        new Act("system", "test"));
    return certificate;
  }

  static X509Certificate unregistered() {
    KeyPair keys = EcdsaP256.generate();
    return CertificateIssuer.selfSigned(
        new CertificateIssuer.Authority(
            "test", BigInteger.ONE, NOON.minusSeconds(60), NOON.plusSeconds(3600)),
        keys.getPublic(),
        keys.getPrivate());
  }

  private static Bytes der(X509Certificate certificate) {
    try {
      return Bytes.adopt(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  static DeviceId device(String name) {
    return new DeviceId(TenantId.DEFAULT, name);
  }

  Response get(X509Certificate who, String path, Map<String, String> query) {
    return api.handle(
        new Request("GET", path, query, Map.of(), Bytes.EMPTY, List.of(who), "127.0.0.1"));
  }

  Response get(X509Certificate who, String path) {
    return get(who, path, Map.of());
  }

  Response post(X509Certificate who, String path, String json) {
    return send(List.of(who), "POST", path, "application/json", json);
  }

  /** As the listener does it: a body that is larger than its route takes is never handed on. */
  Response send(List<X509Certificate> chain, String method, String path, String type, String body) {
    Bytes bytes = Bytes.utf8(body);
    if (bytes.size() > api.bodyBytesMax(new Head(method, path, chain))) {
      return Response.text(413, "the body is too large");
    }
    return api.handle(
        new Request(
            method, path, Map.of(), Map.of("content-type", type), bytes, chain, "127.0.0.1"));
  }

  Response addPress(String id) {
    return post(operator, "/v1/devices", press(id));
  }

  static String press(String id) {
    return """
    {"id":"%s","type":"press","environment":"prod","region":"eu","productLine":"line-a",\
    "site":"hall 1","labels":{"line":"7"}}\
    """
        .formatted(id);
  }

  static JsonNode json(Response response) {
    return JSON.readTree(response.body().borrow());
  }

  static String code(Response response) {
    return json(response).path("error").path("code").asString();
  }

  private QueryOutcome answer(LakeQuery.Asking asking, QueryLimits limits) {
    String sql = asking.sql();
    asked.add(
        "%s %d rows %s"
            .formatted(asking.asParquet() ? "parquet" : "rows", limits.rowsMax(), limits.time()));
    if (lakeFails.isPresent()) {
      throw lakeFails.get();
    }
    if (!sql.startsWith("SELECT")) {
      return new QueryOutcome.Refused("q-2", "not-a-select", "ask a SELECT");
    }
    return new QueryOutcome.Answered(result(asking.asParquet()));
  }

  private static QueryResult result(boolean asParquet) {
    return new QueryResult(
        "q-1",
        List.of(new ResultColumn("a", "DOUBLE")),
        List.of(
            Arrays.asList(
                null,
                true,
                7L,
                1.5,
                Double.NaN,
                new BigDecimal("1.10"),
                "=cmd()",
                NOON,
                LocalDate.of(2026, 11, 23),
                Bytes.ofHex("00ff"))),
        Hash.sha256(new byte[0]),
        false,
        List.of("readings"),
        3,
        asParquet ? Optional.of(Bytes.utf8("PAR1")) : Optional.empty());
  }

  private static final class Tracing implements LakeTrace {
    private final MovingRecord moving;

    Tracing(MovingRecord moving) {
      this.moving = moving;
    }

    @Override
    public TraceOutcome fromQuery(Analyst who, String sql, String purpose) {
      return new TraceOutcome.Refused("join", "trace one table at a time");
    }

    @Override
    public Optional<RecordStory> fromRow(Analyst who, int partition, long offset) {
      boolean stored = moving.is(partition, offset) && moving.isAt(MovingRecord.Place.STORED);
      return partition == 3 || stored
          ? Optional.of(
              new RecordStory(partition, offset, Map.of("device", "press-1"), List.of(), List.of()))
          : Optional.empty();
    }

    @Override
    public List<ProvenRecord> records(Analyst who, List<OffsetRange> ranges, int recordsMax) {
      return List.of();
    }
  }

  private record EventShelf(Runnable whileSearching) implements LedgerPages {
    @Override
    public String checkpoint() {
      return "telltale.local/ledger\n1\nhash\n\n— sig\n";
    }

    @Override
    public long published() {
      return 10;
    }

    @Override
    public List<Hash> consistency(long first, long second) {
      return List.of(Hash.sha256(new byte[] {(byte) first, (byte) second}));
    }

    @Override
    public Verdict verify() {
      return new Verdict(10, "root", "");
    }

    @Override
    public Page search(TenantId tenant, Search search) {
      whileSearching.run();
      Event event =
          Event.of("device.active", NOON, tenant, "system", search.subject(), Map.of("a", "b"));
      boolean then =
          search.since().filter(NOON::isBefore).isEmpty()
              && search.until().filter(until -> !NOON.isBefore(until)).isEmpty();
      return tenant.equals(OTHER) || search.before() <= 9 || !then
          ? new Page(List.of(), Optional.empty())
          : new Page(List.of(new Entry(9, event)), Optional.of(9L));
    }

    @Override
    public Optional<Bytes> proof(TenantId tenant, long index) {
      return tenant.equals(OTHER) || index != 9
          ? Optional.empty()
          : Optional.of(Bytes.utf8("{\"index\":9}"));
    }
  }

  /** One letter, of which only the analyst may see the payload. */
  static final class LetterShelf implements LetterOperations {
    static final Letter LETTER =
        new Letter(9, "press-1", "5:7", "value-out-of-range", NOON, true, false);

    private final MovingRecord moving;
    private final BooleanSupplier down;

    LetterShelf(MovingRecord moving, BooleanSupplier down) {
      this.moving = moving;
      this.down = down;
    }

    @Override
    public List<Letter> list(Wanted wanted, long before, int limit) {
      if (down.getAsBoolean()) {
        throw new UnavailableException("the letters' database does not answer");
      }
      boolean own = wanted.tenant().equals(TenantId.DEFAULT) && before > LETTER.number();
      return own ? List.of(LETTER) : List.of();
    }

    @Override
    public Optional<Letter> at(TenantId tenant, int partition, long offset) {
      boolean here = moving.is(partition, offset) && moving.isAt(MovingRecord.Place.LETTER);
      return here || (partition == 5 && offset == 7) ? Optional.of(LETTER) : Optional.empty();
    }

    @Override
    public Optional<Waiting> waiting(TenantId tenant, int partition, long offset) {
      var scope = new Scope(TenantId.DEFAULT, "prod", "eu", "pumps", Sensitivity.INTERNAL);
      boolean here = moving.is(partition, offset) && moving.isAt(MovingRecord.Place.SET_ASIDE);
      return here || (tenant.equals(TenantId.DEFAULT) && partition == 5 && offset == 8)
          ? Optional.of(new Waiting(scope, NOON))
          : Optional.empty();
    }

    @Override
    public boolean isDevice(DeviceId device) {
      return device.name().equals("press-1");
    }

    @Override
    public boolean isWritten(int partition, long offset) {
      return partition < 8 && offset < 100;
    }

    @Override
    public boolean isAhead(int partition, long offset) {
      boolean here = moving.is(partition, offset) && moving.isAt(MovingRecord.Place.AHEAD);
      return here || (partition == 5 && offset > 20);
    }

    @Override
    public long count(Wanted wanted) {
      return list(wanted, Long.MAX_VALUE, 1).size();
    }

    @Override
    public LetterOperations.Outcome show(SpiffeId who, long number) {
      return number == LETTER.number()
          ? new LetterOperations.Outcome.Shown(
              LETTER, Map.of("messageType", "telemetry"), Bytes.utf8("{}"))
          : number == 8
              ? new LetterOperations.Outcome.Closed(LETTER, "not-granted")
              : new LetterOperations.Outcome.Unknown();
    }

    @Override
    public Replay replay(SpiffeId who, Wanted wanted) {
      return switch ((int) wanted.number().orElse(9)) {
        case 9 -> new Replay.Sent(1);
        case 10 -> new Replay.OnTheirWay(1);
        case 11 -> new Replay.NotKept(1);
        default -> new Replay.None();
      };
    }
  }

  private static final class KeyShelf implements KeyOperations {
    private final Map<String, String> states =
        new HashMap<>(Map.of("default/prod/eu/line-a/internal", "enabled"));

    @Override
    public List<Key> list(TenantId tenant) {
      return states.entrySet().stream()
          .map(
              e ->
                  new Key(
                      Scope.parse(e.getKey()).orElseThrow(),
                      e.getValue(),
                      List.of("1"),
                      NOON,
                      Optional.empty()))
          .filter(key -> key.scope().tenant().equals(tenant))
          .toList();
    }

    @Override
    public KeyOperations.Outcome change(Verb verb, Scope scope, Because because) {
      if (!states.containsKey(scope.path())) {
        return new KeyOperations.Outcome.Unknown();
      }
      if (states.get(scope.path()).equals("destroy")) {
        return new KeyOperations.Outcome.Refused("it is destroyed");
      }
      states.put(scope.path(), verb.name().toLowerCase(Locale.ROOT));
      return new KeyOperations.Outcome.Done(
          new Key(
              scope,
              states.get(scope.path()),
              List.of("1"),
              NOON,
              Optional.of(NOON).filter(_ -> verb == Verb.DESTROY)));
    }
  }

  private final class Facts implements ServerFacts {
    @Override
    public Map<String, Object> status() {
      return Map.of("version", "0.1", "doors", Map.of("mqtt", 8883));
    }

    @Override
    public Map<String, Object> ledger() {
      return Map.of("size", ledgerSize.join());
    }

    @Override
    public String trustBundle() {
      return "{\"version\":1}";
    }

    @Override
    public String metrics() {
      return "telltale_up 1\n";
    }

    @Override
    public EnrollmentPlace enrollment() {
      return new EnrollmentPlace(
          "spiffe://telltale.local/default/service/door",
          "pin",
          "https://localhost:9443",
          "localhost:8883",
          "PEM");
    }

    @Override
    public List<Refusal> refusals(DeviceId device) {
      return List.of(new Refusal(NOON, "mqtt5", "telemetry", "not-json", "it is no JSON", 3));
    }

    @Override
    public List<Cut> cuts(int number, long position) {
      return List.of(new Cut("node-1", 1, Duration.ofMillis(4)));
    }
  }

  @Override
  public void close() {
    registry.close();
  }
}
