package io.telltale.proof;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import io.telltale.proof.ProofVerdict.Check;
import io.telltale.proof.ProofVerdict.Step;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Verifies a proof from its bytes and a trust bundle alone: no network, no server, no clock. Reads
 * like {@code docs/format/proof.md}: one method a step, in order, and nothing believed before its
 * step. Hostile bytes give {@link ProofVerdict.Rejected}, never an exception.
 */
public final class ProofVerifier {
  private final ProofFile proof;
  private final TrustBundle trust;
  private final List<Check> checks = new ArrayList<>();
  private final Map<Long, Event> events = new HashMap<>();

  /** Ends a verification; caught in {@link #verify}. */
  static final class Rejection extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Step step;

    Rejection(Step step, String why) {
      super(why, null, false, false);
      this.step = step;
    }
  }

  private ProofVerifier(ProofFile proof, TrustBundle trust) {
    this.proof = proof;
    this.trust = trust;
  }

  /** Verifies the proof in {@code file}. */
  public static ProofVerdict verify(Bytes file, TrustBundle trust) {
    return switch (ProofJson.read(file)) {
      case JsonFile.Read.Bad<ProofFile>(String why) ->
          new ProofVerdict.Rejected(List.of(), Step.FORMAT, why);
      case JsonFile.Read.Ok<ProofFile>(ProofFile proof) ->
          new ProofVerifier(proof, trust).verify(file.size());
    };
  }

  private ProofVerdict verify(int bytes) {
    try {
      // Without its question, a proof of records would pass for a proof of something else.
      require(
          proof.question().isPresent() || proof.records().isEmpty(),
          Step.FORMAT,
          "it shows records for no question");
      passed(Step.FORMAT, "version %d, %d bytes".formatted(ProofFile.VERSION, bytes));
      Checkpoint checkpoint = checkCheckpoint();
      checkEvents(checkpoint);
      Optional<Asked> asked = proof.question().map(this::checkQuestion);
      asked.ifPresent(both -> checkRecordSet(both.exported()));
      var records = new ProofRecords(proof, trust, events);
      passed(Step.BATCHES, records.checkBatches());
      passed(Step.CERTIFICATES, records.checkCertificates());
      passed(Step.DEVICES, records.checkDevices());
      return new ProofVerdict.Verified(checks, records.summary(checkpoint, asked));
    } catch (Rejection e) {
      return new ProofVerdict.Rejected(checks, e.step, String.valueOf(e.getMessage()));
    }
  }

  private void passed(Step step, String about) {
    checks.add(new Check(step, about));
  }

  static void require(boolean holds, Step step, String why) {
    if (!holds) {
      throw new Rejection(step, why);
    }
  }

  // The checkpoint has no time of its own (C2SP has none): it was signed after the newest event in
  // it that we see, and that event's time is under its signature.
  private Checkpoint checkCheckpoint() {
    SignedNote note =
        SignedNote.parse(proof.checkpoint())
            .orElseThrow(() -> new Rejection(Step.CHECKPOINT, "it is not a signed note"));
    Checkpoint checkpoint =
        Checkpoint.parse(note.text())
            .orElseThrow(() -> new Rejection(Step.CHECKPOINT, "the note is not a checkpoint"));
    Instant newest =
        proof.events().stream()
            .map(DisclosedEvent::time)
            .max(Instant::compareTo)
            .orElseThrow(() -> new Rejection(Step.CHECKPOINT, "the proof shows no event"));
    // A policy that nobody can meet yet must not pass for met.
    require(
        trust.witnesses().isEmpty(),
        Step.CHECKPOINT,
        "the trust bundle asks for cosignatures of %d witnesses, and a proof of version %d has none"
            .formatted(trust.witnesses().size(), ProofFile.VERSION));
    // One signature for now: another one beside it would be bytes that nobody vouches for.
    require(note.signatures().size() == 1, Step.CHECKPOINT, "it has more than one signature");
    Optional<TrustBundle.LedgerKey> signer =
        trust.ledgerKeys().stream()
            .filter(one -> one.key().name().equals(checkpoint.origin()))
            .filter(one -> note.signedBy(one.key()))
            .findFirst();
    require(
        signer.isPresent(),
        Step.CHECKPOINT,
        "no ledger key of the trust bundle signed it: is this that server's trust bundle?");
    require(
        signer.orElseThrow().validAt(newest),
        Step.CHECKPOINT,
        "the key that signed it was not valid at " + newest);
    passed(
        Step.CHECKPOINT,
        "%d events of %s, signed by a key valid at %s"
            .formatted(checkpoint.size(), checkpoint.origin(), newest));
    return checkpoint;
  }

  private void checkEvents(Checkpoint checkpoint) {
    long previous = -1;
    for (DisclosedEvent one : proof.events()) {
      String name = "event " + one.index();
      require(one.index() > previous, Step.EVENTS, name + " is out of order");
      previous = one.index();
      Hash leaf =
          one.leafHash().orElseThrow(() -> new Rejection(Step.EVENTS, name + " is no event"));
      require(
          MerkleProofs.includes(
              leaf, one.index(), checkpoint.size(), one.path(), checkpoint.root()),
          Step.EVENTS,
          name + " is not in the tree of the checkpoint");
      events.put(
          one.index(),
          one.event()
              .orElseThrow(() -> new Rejection(Step.EVENTS, name + " has a malformed body")));
    }
    passed(Step.EVENTS, "%d events".formatted(events.size()));
  }

  /** The two events of a question: its answer, whose actor asked, and its export. */
  record Asked(Event finished, Event exported) {}

  private Asked checkQuestion(ProofFile.Question question) {
    // Joined by commas in the event: a name with one would stand for two.
    require(
        question.tables().stream().noneMatch(table -> table.isEmpty() || table.contains(",")),
        Step.QUESTION,
        "a table has no name");
    Event finished = event(question.finished(), "query.finished", Step.QUESTION);
    Event exported = event(question.exported(), "proof.exported", Step.QUESTION);
    var expected = new TreeMap<String, String>();
    expected.put("outcome", "answered");
    expected.put("query", question.query());
    expected.put("result", question.result().hex());
    expected.put("sqlHash", Hash.sha256(Bytes.utf8(question.sql())).hex());
    expected.put("tables", String.join(",", question.tables()));
    requireDetails(finished, expected);
    expected.remove("outcome");
    expected.remove("tables");
    requireDetails(exported, expected);
    require(
        finished.tenant().equals(exported.tenant()),
        Step.QUESTION,
        "query and export are of different tenants");
    passed(
        Step.QUESTION,
        "query %s by %s at %s, result %s"
            .formatted(question.query(), finished.actor(), finished.time(), question.result()));
    return new Asked(finished, exported);
  }

  private static void requireDetails(Event event, SortedMap<String, String> expected) {
    expected.forEach(
        (key, value) ->
            require(
                value.equals(event.details().get(key)),
                Step.QUESTION,
                "the detail %s of %s is another one".formatted(key, event.type())));
  }

  private void checkRecordSet(Event exported) {
    Hash set = RecordSet.root(proof.records());
    require(
        set.hex().equals(exported.details().get("records")),
        Step.RECORD_SET,
        "the records are not the ones that were exported");
    passed(Step.RECORD_SET, "%d records".formatted(proof.records().size()));
  }

  private Event event(long index, String type, Step step) {
    Event event = events.get(index);
    require(
        event != null && event.type().equals(type),
        step,
        "event %d is no %s".formatted(index, type));
    return Objects.requireNonNull(event);
  }
}
