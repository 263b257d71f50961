package io.telltale.server.operations;

import io.telltale.crypto.x509.CertificateFacts;
import io.telltale.crypto.x509.Certificates;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.lake.Analyst;
import io.telltale.lake.ProvenRecord;
import io.telltale.lake.TraceOutcome;
import io.telltale.lake.TraceReport;
import io.telltale.ledger.ProofBuilder;
import io.telltale.ledger.ProofBuilder.Chain;
import io.telltale.ledger.ProofBuilder.Contribution;
import io.telltale.ledger.ProofBuilder.Exported;
import io.telltale.server.DataPath;
import io.telltale.server.Foundation;
import io.telltale.server.api.ProofExports;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes proof files: traces the question, then gathers what its records need to be proven. */
final class LedgerProofs implements ProofExports {
  private static final int RECORDS_MAX = 10_000;

  private final Foundation foundation;
  private final DataPath dataPath;
  private final ProofBuilder builder;

  LedgerProofs(Foundation foundation, DataPath dataPath) {
    this.foundation = foundation;
    this.dataPath = dataPath;
    this.builder = new ProofBuilder(foundation.ledger(), new Sources(), foundation.clock());
  }

  @Override
  public Outcome prove(Analyst who, String sql, String purpose) {
    String why = purpose.isEmpty() ? "proof" : purpose;
    return switch (dataPath.lake().trace().fromQuery(who, sql, why)) {
      case TraceOutcome.Refused(String code, String message) -> new Outcome.Refused(code, message);
      case TraceOutcome.Traced(TraceReport report) when report.records() == 0 -> nothing(who, sql);
      case TraceOutcome.Traced(TraceReport report) when report.records() > RECORDS_MAX ->
          new Outcome.Refused(
              "too-many-records",
              "%,d records are behind this answer and a proof holds %,d: narrow the question"
                  .formatted(report.records(), RECORDS_MAX));
      case TraceOutcome.Traced(TraceReport report) -> export(who, sql, report);
    };
  }

  /** A proof of no record would be verified, and shows nothing: not even that there is none. */
  private Outcome nothing(Analyst who, String sql) {
    return NamedDevices.in(sql).stream()
        .filter(
            name ->
                !DeviceId.valid(name)
                    || foundation.registry().find(new DeviceId(who.tenant(), name)).isEmpty())
        .findFirst()
        .map(
            name ->
                new Outcome.Refused(
                    "unknown-device", "no device '%s' is registered".formatted(name)))
        .orElseGet(
            () ->
                new Outcome.Refused(
                    "nothing-to-prove", "no record is behind this answer: ask for others"));
  }

  private Outcome export(Analyst who, String sql, TraceReport report) {
    List<Contribution> contributions =
        dataPath.lake().trace().records(who, report.ranges(), RECORDS_MAX).stream()
            .map(LedgerProofs::contribution)
            .toList();
    var export =
        new ProofBuilder.Export(
            who.tenant(),
            who.id().uri(),
            sql,
            report.answer().tables(),
            report.answer().resultHash(),
            report.answer().queryId(),
            contributions);
    return switch (builder.export(export)) {
      case Exported.Proof(Bytes file) -> new Outcome.Made(file);
      case Exported.Unprovable(String why) -> new Outcome.Refused("unprovable", why);
    };
  }

  private static Contribution contribution(ProvenRecord record) {
    return new Contribution(
        record.partition(),
        record.offset(),
        record.originBytes(),
        record.originSalt(),
        new Hash(record.payloadCommit()));
  }

  /** What the ledger itself does not hold. */
  private final class Sources implements ProofBuilder.Sources {
    @Override
    public Optional<List<Hash>> leaves(String name) {
      return dataPath.leaves().get(name).map(Sources::hashes);
    }

    private static List<Hash> hashes(Bytes leaves) {
      var hashes = new ArrayList<Hash>(leaves.size() / Hash.SIZE);
      for (int at = 0; at + Hash.SIZE <= leaves.size(); at += Hash.SIZE) {
        hashes.add(new Hash(leaves.slice(at, at + Hash.SIZE)));
      }
      return hashes;
    }

    // Under the issuer's certificate of its time: that is the one that its records name.
    private Chain chain(Fingerprint certificate, X509Certificate leaf) {
      List<X509Certificate> chain =
          foundation
              .registry()
              .credential(certificate)
              .map(known -> foundation.authority().chain(leaf, known.issuer()))
              .orElseGet(() -> foundation.authority().chain(leaf));
      return CertificateFacts.signedBy(leaf, chain.get(1).getPublicKey())
          ? new Chain.Kept(chain)
          : new Chain.Gone(
              ("some of these records are of before the CA was made anew: this server has no longer"
                      + " the CA that issued the certificate %s. Ask for later ones only; of the"
                      + " earlier ones the proofs stand that were exported before, under the trust"
                      + " bundle of before")
                  .formatted(certificate));
    }

    @Override
    public Chain chain(Fingerprint certificate) {
      return foundation
          .registry()
          .certificate(certificate)
          .flatMap(der -> Certificates.parse(der.toArray()))
          .map(leaf -> chain(certificate, leaf))
          .orElseGet(
              () ->
                  new Chain.Gone("the certificate %s is not kept any more".formatted(certificate)));
    }
  }
}
