package io.telltale.ledger;

import io.telltale.crypto.x509.Certificates;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.TenantId;
import io.telltale.proof.ProofFile;
import io.telltale.proof.ProofFile.ProofRecord;
import io.telltale.proof.ProofJson;
import io.telltale.proof.RecordSet;
import io.telltale.record.Origin;
import io.telltale.record.OriginCodec;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Makes proof files ({@code docs/format/proof.md}). The export is an event, durable before the
 * proof is handed out, and names exactly the records that are in it.
 */
public final class ProofBuilder {
  private static final Duration EARLY_MAX = Duration.ofSeconds(3);

  private final Ledger ledger;
  private final Sources sources;
  private final InstantSource clock;

  /** Where the builder gets what the ledger does not hold. */
  public interface Sources {
    /** The leaf hashes of a batch by the name in its event; empty when they are gone. */
    Optional<List<Hash>> leaves(String name);

    /** The certificate of that fingerprint and its issuers, without the root. */
    Chain chain(Fingerprint certificate);
  }

  /** What is left of a certificate that records were sealed under. */
  public sealed interface Chain {
    record Kept(List<X509Certificate> certificates) implements Chain {
      public Kept {
        certificates = List.copyOf(certificates);
      }
    }

    /** Records under it cannot be proven any more; {@code why} says what is gone. */
    record Gone(String why) implements Chain {}
  }

  /**
   * A question that was answered, and the records behind the answer.
   *
   * @param actor who asks for the proof
   * @param query the id under which the ledger has {@code query.finished}
   */
  public record Export(
      TenantId tenant,
      String actor,
      String sql,
      List<String> tables,
      Hash result,
      String query,
      List<Contribution> records) {
    public Export {
      tables = List.copyOf(tables);
      records = List.copyOf(records);
    }
  }

  /** One record as far as a proof shows it. */
  public record Contribution(
      int partition, long offset, Bytes origin, Bytes originSalt, Hash payloadCommitment) {}

  /** What came of it. */
  public sealed interface Exported {
    /** The file's bytes. */
    record Proof(Bytes file) implements Exported {}

    /** It cannot be proven, or not yet. */
    record Unprovable(String why) implements Exported {}
  }

  public ProofBuilder(Ledger ledger, Sources sources, InstantSource clock) {
    this.ledger = ledger;
    this.sources = sources;
    this.clock = clock;
  }

  /** A proof of events alone; empty when one of them cannot be disclosed. */
  public static Optional<Bytes> ofEvents(Ledger ledger, List<Long> indexes) {
    return ledger
        .prove(indexes.stream().sorted().distinct().toList())
        .map(
            proven ->
                ProofJson.write(
                    new ProofFile(
                        proven.checkpoint(),
                        Optional.empty(),
                        proven.events(),
                        List.of(),
                        List.of())));
  }

  /** Builds the proof of an answer. Throws what {@link Ledger#record} throws. */
  public Exported export(Export export) {
    if (export.records().size() > ProofFile.RECORDS_MAX) {
      return unprovable("more than %d records contributed".formatted(ProofFile.RECORDS_MAX));
    }
    Optional<Long> finished = finished(export.query());
    if (finished.isEmpty()) {
      return unprovable("the ledger has no query.finished of query " + export.query());
    }
    List<Contribution> contributions =
        export.records().stream()
            .sorted(
                Comparator.comparingInt(Contribution::partition)
                    .thenComparingLong(Contribution::offset))
            .toList();
    var batches = batches(contributions);
    if (batches.missing().isPresent()) {
      return unprovable(batches.missing().get());
    }
    var chains = new TreeMap<Hash, List<Bytes>>();
    Optional<String> missing = addChains(contributions, chains);
    if (missing.isPresent()) {
      return unprovable(missing.get());
    }
    return export(export, finished.get(), batches.records(contributions), chains);
  }

  // A row is visible as soon as it is stored; its batch's event is in the outbox for a moment more.
  private Batches batches(List<Contribution> contributions) {
    long until = ledger.nanoTime() + EARLY_MAX.toNanos();
    var batches = new Batches(ledger, sources, contributions);
    while (batches.early() && ledger.nanoTime() < until) {
      ledger.awaitMore(EARLY_MAX.dividedBy(10));
      batches = new Batches(ledger, sources, contributions);
    }
    return batches;
  }

  private static Exported unprovable(String why) {
    return new Exported.Unprovable(why);
  }

  private Optional<Long> finished(String query) {
    return ledger
        .search(LedgerQuery.newest(1).ofType("query.finished").ofSubject("query/" + query))
        .stream()
        .map(LedgerEntry::index)
        .findFirst();
  }

  private Optional<String> addChains(
      List<Contribution> records, SortedMap<Hash, List<Bytes>> chains) {
    for (Contribution record : records) {
      Optional<Origin> origin = OriginCodec.decode(record.origin());
      if (origin.isEmpty()) {
        return Optional.of(
            "record %d:%d has no origin".formatted(record.partition(), record.offset()));
      }
      Fingerprint credential = origin.get().credential();
      if (chains.containsKey(credential.hash())) {
        continue;
      }
      switch (sources.chain(credential)) {
        case Chain.Gone(String why) -> {
          return Optional.of(why);
        }
        case Chain.Kept(List<X509Certificate> chain) ->
            chains.put(
                credential.hash(),
                chain.stream().map(one -> Bytes.adopt(Certificates.der(one))).toList());
      }
    }
    return Optional.empty();
  }

  private Exported export(
      Export export,
      long finished,
      List<ProofRecord> records,
      SortedMap<Hash, List<Bytes>> chains) {
    var details =
        Map.of(
            "query", export.query(),
            "sqlHash", Hash.sha256(Bytes.utf8(export.sql())).hex(),
            "result", export.result().hex(),
            "records", RecordSet.root(records).hex(),
            "count", Integer.toString(records.size()));
    long exported =
        ledger.record(
            Event.of(
                "proof.exported",
                clock.instant(),
                export.tenant(),
                export.actor(),
                "query/" + export.query(),
                details));
    Set<Long> indexes = new HashSet<>(Set.of(finished, exported));
    records.forEach(record -> indexes.add(record.batch()));
    Optional<Ledger.Proven> proven = ledger.prove(indexes.stream().sorted().toList());
    if (proven.isEmpty()) {
      return unprovable("an event of the proof cannot be opened any more");
    }
    var question =
        new ProofFile.Question(
            export.sql(), export.tables(), export.result(), export.query(), finished, exported);
    return new Exported.Proof(
        ProofJson.write(
            new ProofFile(
                proven.get().checkpoint(),
                Optional.of(question),
                proven.get().events(),
                List.copyOf(chains.values()),
                records)));
  }
}
