package io.telltale.ledger;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.CertificateTemplate;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.SubjectName;
import io.telltale.crypto.x509.Usage;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Assurance;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Event;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.TenantId;
import io.telltale.proof.LedgerLeaf;
import io.telltale.proof.MerkleTree;
import io.telltale.proof.NoteSigner;
import io.telltale.proof.TrustBundle;
import io.telltale.record.Leaf;
import io.telltale.record.Origin;
import io.telltale.record.OriginCodec;
import io.telltale.record.SequenceMark;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A small factory's ledger with devices, batches and an answered query, for proofs. */
final class Factory implements ProofBuilder.Sources, AutoCloseable {
  static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  static final String TRUST_DOMAIN = "telltale.local";
  private static final String SQL = "SELECT avg(value) FROM readings -- \u00fc \t 'x'";
  private static final Hash RESULT = Hash.sha256(new byte[] {42});

  Ledger ledger;
  final List<ProofBuilder.Contribution> contributions = new ArrayList<>();
  Instant received = NOON;
  private final Map<String, List<Hash>> leafArrays = new HashMap<>();
  private final Map<Fingerprint, List<X509Certificate>> chains = new HashMap<>();
  private final KeyPair rootKey = EcdsaP256.generate();
  private final X509Certificate root;
  private final CertificateIssuer issuing;
  private final Map<Integer, Long> ends = new HashMap<>();
  private final Set<Long> aside = new HashSet<>();
  private final SortedMap<Long, Hash> late = new TreeMap<>();
  private int devices;
  private Optional<List<Runnable>> postponed = Optional.empty();

  private final LedgerParts parts;

  Factory(Path folder) {
    var secrets = new Secrets();
    var signer = StoredNoteSigner.open("telltale.local/ledger", secrets);
    parts = parts(folder, signer, secrets, new XorSealer());
    ledger = Ledger.open(parts);
    root =
        CertificateIssuer.selfSigned(
            authority("root", 1), rootKey.getPublic(), rootKey.getPrivate());
    KeyPair key = EcdsaP256.generate();
    X509Certificate certificate =
        new CertificateIssuer(root, rootKey.getPrivate())
            .issueAuthority(authority("issuing", 2), key.getPublic());
    issuing = new CertificateIssuer(certificate, key.getPrivate());
  }

  /** A ledger whose checkpoints come soon. */
  static LedgerParts parts(Path folder, NoteSigner signer, SecretStore secrets, BodySealer sealer) {
    return new LedgerParts(
        folder,
        TestStores.at(folder, "index.db"),
        signer,
        secrets,
        sealer,
        TestEntropy.seeded(),
        Duration.ofMillis(20),
        System::nanoTime);
  }

  private static CertificateIssuer.Authority authority(String name, int serial) {
    return new CertificateIssuer.Authority(
        name,
        BigInteger.valueOf(serial),
        NOON.minus(Duration.ofDays(1)),
        NOON.plus(Duration.ofDays(300)));
  }

  private static final PublicKey KEY_SERVICE = EcdsaP256.generate().getPublic();

  TrustBundle bundle() {
    return new TrustBundle(
        TRUST_DOMAIN,
        List.of(root),
        List.of(
            new TrustBundle.LedgerKey(
                ledger.key(), NOON.minus(Duration.ofDays(1)), Optional.empty())),
        List.of(
            new TrustBundle.KeyServiceKey(
                KEY_SERVICE, NOON.minus(Duration.ofDays(1)), Optional.of(NOON))),
        List.of(),
        TrustBundle.FORMATS);
  }

  /** Makes the ledger one whose index was written before batches were in it, and opens it again. */
  void forgetBatches() throws SQLException {
    ledger.close();
    Path index = parts.folder().resolve("index.db");
    try (Connection connection = TestStores.byHand(index);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(
          "DROP TABLE batch; DROP TABLE batches_from; DROP TABLE late_batch; DROP TABLE seal_head;"
              + " DROP TABLE seal_row; DROP TABLE seal_bucket; DROP TABLE seal_change; PRAGMA"
              + " user_version=1");
    }
    ledger = Ledger.open(parts);
  }

  X509Certificate certify(String uri) {
    X509Certificate leaf =
        issuing.issue(
            new CertificateTemplate(
                "",
                EcdsaP256.generate().getPublic(),
                BigInteger.valueOf(100 + chains.size()),
                NOON.minus(Duration.ofHours(1)),
                NOON.plus(Duration.ofDays(30)),
                List.of(SubjectName.uri(uri)),
                Set.of(Usage.CLIENT),
                Optional.empty()));
    chains.put(Certificates.fingerprint(leaf), List.of(leaf, issuing.certificate()));
    return leaf;
  }

  /** A device and a batch of its records, {@code shown} of which contribute to the answer. */
  void batch(int partition, int size, int shown) {
    var device = new DeviceId(TenantId.DEFAULT, "press-" + ++devices);
    batch(partition, size, shown, device, certify(device.in(TRUST_DOMAIN).uri()));
  }

  void batch(int partition, int size, int shown, DeviceId device, X509Certificate certificate) {
    long first = ends.getOrDefault(partition, 0L);
    var leaves = new ArrayList<Hash>();
    for (int i = 0; i < size; i++) {
      Bytes origin = OriginCodec.encode(origin(device, certificate, i));
      Bytes salt = Entropy.system().bytes(LedgerLeaf.SALT_SIZE);
      Hash payload = new Leaf().commit(Entropy.system().bytes(32), Bytes.utf8("{}"));
      leaves.add(Leaf.of(new Leaf().commit(salt, origin), payload));
      if (i >= size - shown) {
        contributions.add(
            new ProofBuilder.Contribution(partition, first + i, origin, salt, payload));
      }
    }
    for (int i = 0; i < size; i++) {
      if (aside.remove(first + i)) {
        late.put(first + i, leaves.set(i, MerkleTree.leafHash(Bytes.EMPTY)));
      }
    }
    String object = "leaves/" + partition + "/" + first;
    leafArrays.put(object, leaves);
    ends.put(partition, first + size);
    // Batches before there was one a commit, beside those of today.
    boolean version1 = partition % 2 == 0;
    Map<String, String> details =
        version1
            ? version1(first, size, leaves, object)
            : Map.of(
                "offsets", "%d:%d-%d".formatted(partition, first, first + size - 1),
                "count", Integer.toString(size),
                "root", MerkleTree.rootOf(leaves).hex(),
                "leaves", object);
    Runnable stored =
        () ->
            record(
                "batch.stored", version1 ? "partition/" + partition : "batch/" + object, details);
    if (postponed.isPresent()) {
      postponed.get().add(stored);
      postponed = Optional.empty();
    } else {
      stored.run();
    }
  }

  /** Of the next batch, the records at these offsets are set aside. */
  void setAside(Long... offsets) {
    aside.addAll(List.of(offsets));
  }

  /** What was set aside becomes a batch of its own. */
  void resume(int partition) {
    String object = "leaves/late/" + late.firstKey();
    leafArrays.put(object, List.copyOf(late.values()));
    String offsets =
        late.keySet().stream()
            .map(offset -> "%d:%d-%d".formatted(partition, offset, offset))
            .collect(Collectors.joining(";"));
    record(
        "batch.stored",
        "batch/" + object,
        Map.of(
            "offsets",
            offsets,
            "count",
            Integer.toString(late.size()),
            "root",
            MerkleTree.rootOf(List.copyOf(late.values())).hex(),
            "leaves",
            object,
            "late",
            "true"));
    late.clear();
  }

  private static Map<String, String> version1(
      long first, int size, List<Hash> leaves, String object) {
    return Map.of(
        "first", Long.toString(first),
        "last", Long.toString(first + size - 1),
        "count", Integer.toString(size),
        "root", MerkleTree.rootOf(leaves).hex(),
        "leaves", object);
  }

  /** The event of the next batch is recorded only when what this returns runs, and a bit later. */
  Runnable postponeNextBatch() {
    var late = new ArrayList<Runnable>();
    postponed = Optional.of(late);
    return () -> {
      ledger.awaitMore(Duration.ofMillis(500));
      ledger.awaitMore(Duration.ofMillis(500));
      late.forEach(Runnable::run);
    };
  }

  private Origin origin(DeviceId device, X509Certificate certificate, int sequence) {
    return new Origin(
        device,
        devices + 1,
        Certificates.fingerprint(certificate),
        Certificates.fingerprint(issuing.certificate()),
        List.of(),
        "1.2." + sequence % 2,
        "unattested",
        new Scope(device.tenant(), "plant", "eu", "press", Sensitivity.INTERNAL),
        "reading",
        "reading@1",
        OptionalLong.of(sequence),
        received,
        received.plusMillis(sequence),
        "spiffe://telltale.local/default/service/door",
        "mqtt5:8883",
        7,
        1,
        Assurance.DOOR_ATTESTED,
        1,
        SequenceMark.NONE);
  }

  long record(String type, String subject, Map<String, String> details) {
    return ledger.record(
        Event.of(
            type,
            NOON,
            TenantId.DEFAULT,
            "spiffe://telltale.local/default/person/operator",
            subject,
            details));
  }

  String exporter = "spiffe://telltale.local/default/person/operator";

  ProofBuilder.Exported export() {
    record(
        "query.finished",
        "query/q1",
        Map.of(
            "outcome", "answered",
            "query", "q1",
            "result", RESULT.hex(),
            "sqlHash", Hash.sha256(Bytes.utf8(SQL)).hex(),
            "tables", "readings"));
    return new ProofBuilder(ledger, this, () -> NOON).export(request());
  }

  private ProofBuilder.Export request() {
    return new ProofBuilder.Export(
        TenantId.DEFAULT, exporter, SQL, List.of("readings"), RESULT, "q1", contributions);
  }

  Bytes proof() {
    return switch (export()) {
      case ProofBuilder.Exported.Proof(Bytes file) -> file;
      case ProofBuilder.Exported.Unprovable(String why) -> throw new AssertionError(why);
    };
  }

  void forgetLeaves() {
    leafArrays.clear();
  }

  void forgetCertificates() {
    chains.clear();
  }

  @Override
  public Optional<List<Hash>> leaves(String object) {
    return Optional.ofNullable(leafArrays.get(object));
  }

  @Override
  public ProofBuilder.Chain chain(Fingerprint certificate) {
    return Optional.ofNullable(chains.get(certificate))
        .<ProofBuilder.Chain>map(ProofBuilder.Chain.Kept::new)
        .orElseGet(() -> new ProofBuilder.Chain.Gone("its certificate is gone"));
  }

  @Override
  public void close() {
    ledger.close();
  }
}
