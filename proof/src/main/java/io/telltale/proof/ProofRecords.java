package io.telltale.proof;

import static io.telltale.proof.ProofVerifier.require;

import io.telltale.crypto.x509.CertificateFacts;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.SubjectName;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.Usage;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.proof.ProofFile.ProofRecord;
import io.telltale.proof.ProofVerdict.Step;
import io.telltale.proof.ProofVerifier.Rejection;
import io.telltale.record.Origin;
import io.telltale.record.OriginCodec;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** The steps of a verification that are about records and their certificates. */
final class ProofRecords {
  private final ProofFile proof;
  private final TrustBundle trust;
  private final Map<Long, Event> events;
  private final List<Origin> origins = new ArrayList<>();
  // By the fingerprint of the leaf certificate, in the order of the fingerprints.
  private final SortedMap<Hash, Chain> chains = new TreeMap<>();

  /** A certificate with its issuers and the time in which its records were received. */
  private record Chain(List<X509Certificate> certificates, List<Origin> origins) {}

  /** What a {@code batch.stored} event says. */
  private record Batch(long index, BatchedOffsets offsets, Hash root) {}

  ProofRecords(ProofFile proof, TrustBundle trust, Map<Long, Event> events) {
    this.proof = proof;
    this.trust = trust;
    this.events = events;
  }

  String checkBatches() {
    Map<Long, Batch> batches = new TreeMap<>();
    ProofRecord previous = null;
    for (ProofRecord record : proof.records()) {
      String name = "record %d:%d".formatted(record.partition(), record.offset());
      boolean ordered =
          previous == null
              || record.partition() > previous.partition()
              || (record.partition() == previous.partition()
                  && record.offset() > previous.offset());
      require(ordered, Step.BATCHES, name + " is out of order");
      previous = record;
      Batch batch = batches.computeIfAbsent(record.batch(), this::batch);
      OptionalLong leaf = batch.offsets().leafOf(record.partition(), record.offset());
      require(
          leaf.isPresent(),
          Step.BATCHES,
          "%s is not in the batch of event %d".formatted(name, batch.index()));
      require(
          MerkleProofs.includes(
              RecordSet.leaf(record),
              leaf.getAsLong(),
              batch.offsets().leaves(),
              record.path(),
              batch.root()),
          Step.BATCHES,
          "%s is not under the root of event %d".formatted(name, batch.index()));
      origins.add(
          OriginCodec.decode(record.origin())
              .orElseThrow(() -> new Rejection(Step.BATCHES, name + " has a malformed origin")));
    }
    return "%d records in %d batches".formatted(origins.size(), batches.size());
  }

  private Batch batch(long index) {
    Event event = events.get(index);
    if (event == null || !event.type().equals("batch.stored")) {
      throw new Rejection(Step.BATCHES, "event %d is no batch.stored".formatted(index));
    }
    BatchedOffsets offsets =
        BatchedOffsets.of(event)
            .orElseThrow(
                () -> new Rejection(Step.BATCHES, "event %d names no offsets".formatted(index)));
    try {
      return new Batch(index, offsets, Hash.ofHex(event.details().getOrDefault("root", "")));
    } catch (IllegalArgumentException e) {
      throw new Rejection(Step.BATCHES, "event %d has no root".formatted(index));
    }
  }

  /** Each chain is trusted from the first to the last record that was sent under it. */
  String checkCertificates() {
    parseChains();
    for (Origin origin : origins) {
      Chain chain = chains.get(origin.credential().hash());
      require(
          chain != null, Step.CERTIFICATES, "certificate " + origin.credential() + " is missing");
      Objects.requireNonNull(chain).origins().add(origin);
    }
    var roots = new TrustedRoots(trust.caRoots());
    chains.forEach((hash, chain) -> checkChain(hash, chain, roots));
    return "%d certificates".formatted(chains.size());
  }

  private void parseChains() {
    for (List<Bytes> ders : proof.certificates()) {
      var certificates = new ArrayList<X509Certificate>();
      for (Bytes der : ders) {
        certificates.add(
            Certificates.parse(der.borrow())
                .orElseThrow(() -> new Rejection(Step.CERTIFICATES, "a certificate is malformed")));
      }
      require(!certificates.isEmpty(), Step.CERTIFICATES, "a certificate chain is empty");
      Hash leaf = Hash.sha256(ders.getFirst());
      require(
          chains.isEmpty() || chains.lastKey().compareTo(leaf) < 0,
          Step.CERTIFICATES,
          "the certificates are out of order");
      chains.put(leaf, new Chain(certificates, new ArrayList<>()));
    }
  }

  private static void checkChain(Hash hash, Chain chain, TrustedRoots roots) {
    require(!chain.origins().isEmpty(), Step.CERTIFICATES, "no record needs certificate " + hash);
    // Validity is an interval: what holds at both ends holds in between.
    for (Instant time : List.of(first(chain.origins()), last(chain.origins()))) {
      if (roots.check(chain.certificates(), Usage.CLIENT, time)
          instanceof TrustedRoots.Verdict.Untrusted(TrustedRoots.Why why)) {
        throw new Rejection(
            Step.CERTIFICATES,
            "certificate %s was not trusted at %s: %s"
                .formatted(hash, time, why.name().toLowerCase(Locale.ROOT).replace('_', ' ')));
      }
    }
    // Exactly the path from leaf to root: a certificate more would be one that nothing checked.
    List<X509Certificate> certificates = chain.certificates();
    for (int i = 0; i < certificates.size(); i++) {
      boolean byRoot = issuedByRoot(certificates.get(i), roots.certificates());
      require(
          byRoot == (i == certificates.size() - 1),
          Step.CERTIFICATES,
          "the chain of certificate %s does not end right below a root".formatted(hash));
    }
  }

  private static boolean issuedByRoot(X509Certificate certificate, List<X509Certificate> roots) {
    return roots.stream()
        .anyMatch(root -> CertificateFacts.signedBy(certificate, root.getPublicKey()));
  }

  String checkDevices() {
    for (Map.Entry<Hash, Chain> one : chains.entrySet()) {
      List<X509Certificate> certificates = one.getValue().certificates();
      Optional<Fingerprint> issuer = issuer(certificates);
      for (Origin origin : one.getValue().origins()) {
        String uri = origin.device().in(trust.trustDomain()).uri();
        require(
            names(certificates.getFirst()).equals(List.of(uri)),
            Step.DEVICES,
            "certificate %s does not name %s".formatted(one.getKey(), uri));
        require(
            issuer.isPresent() && issuer.get().equals(origin.issuer()),
            Step.DEVICES,
            "certificate %s has another issuer than its record says".formatted(one.getKey()));
      }
    }
    return "%d devices".formatted(counts(this::uri).size());
  }

  private Optional<Fingerprint> issuer(List<X509Certificate> certificates) {
    if (certificates.size() > 1) {
      return Optional.of(Certificates.fingerprint(certificates.get(1)));
    }
    return trust.caRoots().stream()
        .filter(root -> CertificateFacts.signedBy(certificates.getFirst(), root.getPublicKey()))
        .map(Certificates::fingerprint)
        .findFirst();
  }

  private static List<String> names(X509Certificate certificate) {
    return CertificateFacts.of(certificate).map(CertificateFacts::names).orElse(List.of()).stream()
        .filter(name -> name.kind() == SubjectName.Kind.URI)
        .map(SubjectName::value)
        .toList();
  }

  private String uri(Origin origin) {
    return origin.device().in(trust.trustDomain()).uri();
  }

  ProofVerdict.Summary summary(Checkpoint checkpoint, Optional<ProofVerifier.Asked> asked) {
    return new ProofVerdict.Summary(
        checkpoint,
        proof.question().map(ProofFile.Question::sql).orElse(""),
        proof.question().map(question -> question.result().hex()).orElse(""),
        origins.size(),
        counts(this::uri),
        counts(Origin::firmwareClaimed),
        counts(origin -> origin.assurance().name().toLowerCase(Locale.ROOT).replace('_', '-')),
        origins.isEmpty() ? Optional.empty() : Optional.of(first(origins)),
        origins.isEmpty() ? Optional.empty() : Optional.of(last(origins)),
        asked.map(both -> both.finished().actor()).orElse(""),
        asked.map(both -> both.exported().actor()).orElse(""),
        events.keySet().stream()
            .sorted()
            .map(index -> index + " " + Objects.requireNonNull(events.get(index)).type())
            .toList(),
        false);
  }

  private SortedMap<String, Long> counts(Function<Origin, String> of) {
    var counts = new TreeMap<String, Long>();
    origins.forEach(origin -> counts.merge(of.apply(origin), 1L, Long::sum));
    return counts;
  }

  private static Instant first(List<Origin> origins) {
    return origins.stream().map(Origin::received).min(Instant::compareTo).orElseThrow();
  }

  private static Instant last(List<Origin> origins) {
    return origins.stream().map(Origin::received).max(Instant::compareTo).orElseThrow();
  }
}
