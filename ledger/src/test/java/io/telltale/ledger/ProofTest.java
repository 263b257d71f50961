package io.telltale.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.x509.Certificates;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Hash;
import io.telltale.kernel.TenantId;
import io.telltale.proof.JsonFile;
import io.telltale.proof.NoteKey;
import io.telltale.proof.ProofFile;
import io.telltale.proof.ProofJson;
import io.telltale.proof.ProofVerdict;
import io.telltale.proof.ProofVerdict.Step;
import io.telltale.proof.ProofVerifier;
import io.telltale.proof.TrustBundle;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** AU-2, AU-3: what an auditor's laptop says of a proof. */
class ProofTest {
  @TempDir Path folder;
  private Factory factory;

  @BeforeEach
  void open() {
    factory = new Factory(folder);
  }

  @AfterEach
  void close() {
    factory.close();
  }

  private void fill() {
    factory.batch(3, 7, 2);
    factory.batch(3, 5, 5);
    factory.batch(11, 1, 1);
    factory.batch(0, 300, 3);
  }

  private ProofVerdict verify(Bytes proof) {
    return ProofVerifier.verify(proof, factory.bundle());
  }

  private static ProofFile read(Bytes proof) {
    return switch (ProofJson.read(proof)) {
      case JsonFile.Read.Ok<ProofFile>(ProofFile file) -> file;
      case JsonFile.Read.Bad<ProofFile>(String why) -> throw new AssertionError(why);
    };
  }

  private void rejects(Step step, ProofFile altered) {
    assertThat(verify(ProofJson.write(altered)))
        .isInstanceOfSatisfying(
            ProofVerdict.Rejected.class,
            rejected -> assertThat(rejected.step()).as(rejected.why()).isEqualTo(step));
  }

  @Test
  void an_honest_proof_verifies_and_says_what_it_proves() {
    fill();
    ProofVerdict verdict = verify(factory.proof());
    assertThat(verdict).isInstanceOf(ProofVerdict.Verified.class);
    ProofVerdict.Summary summary = ((ProofVerdict.Verified) verdict).summary();
    assertThat(summary.records()).isEqualTo(11);
    assertThat(summary.devices())
        .containsEntry("spiffe://telltale.local/default/device/press-1", 2L)
        .hasSize(4);
    assertThat(summary.assurance()).containsExactly(Map.entry("door-attested", 11L));
    assertThat(summary.firmware()).containsKeys("1.2.0", "1.2.1");
    assertThat(summary.from())
        .hasValueSatisfying(from -> assertThat(from).isAfterOrEqualTo(Factory.NOON));
    assertThat(summary.numberRecomputed()).isFalse();
    assertThat(verdict.checks())
        .extracting(ProofVerdict.Check::step)
        .containsExactly(Step.values());
  }

  @Test
  void an_answer_from_no_record_at_all_can_be_proven() {
    assertThat(verify(factory.proof())).isInstanceOf(ProofVerdict.Verified.class);
  }

  @Test
  void single_events_are_proven_without_a_question() {
    fill();
    Bytes proof = ProofBuilder.ofEvents(factory.ledger, List.of(2L, 0L)).orElseThrow();
    assertThat(verify(proof))
        .isInstanceOfSatisfying(
            ProofVerdict.Verified.class,
            verified ->
                assertThat(verified.summary().events())
                    .containsExactly("0 batch.stored", "2 batch.stored"));
    assertThat(ProofBuilder.ofEvents(factory.ledger, List.of(99L))).isEmpty();
  }

  @Test
  void the_export_is_itself_an_event() {
    fill();
    factory.proof();
    LedgerEntry newest = factory.ledger.search(LedgerQuery.newest(1)).getFirst();
    assertThat(newest.type()).isEqualTo("proof.exported");
    assertThat(newest.event().orElseThrow().details()).containsEntry("count", "11");
  }

  @Nested
  class Altering {
    @Test
    void any_byte_of_the_file_is_noticed() {
      factory.batch(3, 3, 2);
      byte[] proof = factory.proof().toArray();
      var random = new Random(7);
      var by = new EnumMap<Step, Integer>(Step.class);
      for (int at = 0; at < proof.length; at++) {
        byte[] altered = proof.clone();
        altered[at] ^= (byte) (1 << random.nextInt(8));
        ProofVerdict verdict = verify(Bytes.adopt(altered));
        assertThat(verdict).as("byte %d", at).isInstanceOf(ProofVerdict.Rejected.class);
        by.merge(((ProofVerdict.Rejected) verdict).step(), 1, Integer::sum);
      }
      System.out.println("altered bytes by the step that noticed: " + by);
    }

    @Test
    void any_base64_or_digit_by_another_valid_one_is_noticed() {
      factory.batch(3, 9, 2);
      byte[] proof = factory.proof().toArray();
      var by = new EnumMap<Step, Integer>(Step.class);
      for (int at = 0; at < proof.length; at++) {
        int sign = proof[at];
        if (Character.isLetterOrDigit(sign)) {
          byte[] altered = proof.clone();
          altered[at] =
              (byte) (sign == 'A' ? 'B' : sign == '1' ? '2' : Character.isDigit(sign) ? '1' : 'A');
          ProofVerdict verdict = verify(Bytes.adopt(altered));
          assertThat(verdict).as("byte %d", at).isInstanceOf(ProofVerdict.Rejected.class);
          by.merge(((ProofVerdict.Rejected) verdict).step(), 1, Integer::sum);
        }
      }
      System.out.println("altered characters by the step that noticed: " + by);
    }

    @Test
    void truncated_and_lengthened_files_are_noticed() {
      factory.batch(3, 3, 2);
      Bytes proof = factory.proof();
      for (int size = 0; size < proof.size(); size += 97) {
        assertThat(verify(proof.slice(0, size))).isInstanceOf(ProofVerdict.Rejected.class);
      }
      assertThat(verify(Bytes.utf8(proof.asUtf8() + " ")))
          .isInstanceOf(ProofVerdict.Rejected.class);
      assertThat(verify(Bytes.utf8(" " + proof.asUtf8())))
          .isInstanceOf(ProofVerdict.Rejected.class);
      assertThat(verify(Bytes.utf8(proof.asUtf8() + proof.asUtf8())))
          .isInstanceOf(ProofVerdict.Rejected.class);
    }

    @Test
    void leaving_a_record_out_is_noticed() {
      fill();
      ProofFile proof = read(factory.proof());
      var fewer = new ArrayList<>(proof.records());
      fewer.removeLast();
      rejects(Step.RECORD_SET, with(proof, proof.question(), fewer));
      rejects(Step.RECORD_SET, with(proof, proof.question(), List.of()));
      var swapped = new ArrayList<>(proof.records());
      Collections.swap(swapped, 0, 1);
      rejects(Step.RECORD_SET, with(proof, proof.question(), swapped));
    }

    @Test
    void another_question_or_result_is_noticed() {
      fill();
      ProofFile proof = read(factory.proof());
      ProofFile.Question asked = proof.question().orElseThrow();
      Hash other = Hash.sha256(new byte[] {43});
      List<ProofFile.Question> altered =
          List.of(
              question(asked, "SELECT 1", asked.result(), asked.finished()),
              question(asked, asked.sql(), other, asked.finished()),
              question(asked, asked.sql(), asked.result(), asked.exported()),
              question(asked, asked.sql(), asked.result(), 0));
      for (ProofFile.Question one : altered) {
        rejects(Step.QUESTION, with(proof, Optional.of(one), proof.records()));
      }
    }

    private static ProofFile.Question question(
        ProofFile.Question asked, String sql, Hash result, long finished) {
      return new ProofFile.Question(
          sql, asked.tables(), result, asked.query(), finished, asked.exported());
    }

    private static ProofFile with(
        ProofFile proof,
        Optional<ProofFile.Question> question,
        List<ProofFile.ProofRecord> records) {
      return new ProofFile(
          proof.checkpoint(), question, proof.events(), proof.certificates(), records);
    }

    @Test
    void a_certificate_more_or_less_is_noticed() {
      fill();
      ProofFile proof = read(factory.proof());
      rejects(Step.CERTIFICATES, chains(proof, proof.certificates().subList(1, 4)));
      X509Certificate extra = factory.certify("spiffe://telltale.local/default/device/other");
      var more = new ArrayList<>(proof.certificates());
      more.add(
          List.of(Bytes.adopt(Certificates.der(extra)), proof.certificates().getFirst().get(1)));
      more.sort((a, b) -> Hash.sha256(a.getFirst()).compareTo(Hash.sha256(b.getFirst())));
      rejects(Step.CERTIFICATES, chains(proof, more));
      var longer = new ArrayList<>(proof.certificates());
      var chain = new ArrayList<>(longer.getFirst());
      chain.add(chain.getLast());
      longer.set(0, chain);
      rejects(Step.CERTIFICATES, chains(proof, longer));
    }

    private static ProofFile chains(ProofFile proof, List<List<Bytes>> chains) {
      return new ProofFile(
          proof.checkpoint(), proof.question(), proof.events(), chains, proof.records());
    }
  }

  @Nested
  class Trust {
    @Test
    void a_ledger_key_that_is_not_trusted_or_was_not_valid_then_is_refused() {
      fill();
      Bytes proof = factory.proof();
      TrustBundle ours = factory.bundle();
      NoteKey other = StoredNoteSigner.open("telltale.local/ledger", new Secrets()).key();
      Instant before = Factory.NOON.minusSeconds(10);
      List<TrustBundle.LedgerKey> wrong =
          List.of(
              new TrustBundle.LedgerKey(other, before, Optional.empty()),
              new TrustBundle.LedgerKey(
                  factory.ledger.key(), Factory.NOON.plusSeconds(1), Optional.empty()),
              new TrustBundle.LedgerKey(
                  factory.ledger.key(), before, Optional.of(Factory.NOON.minusSeconds(1))));
      for (TrustBundle.LedgerKey key : wrong) {
        var bundle =
            new TrustBundle(
                ours.trustDomain(), ours.caRoots(), List.of(key), List.of(), ours.formats());
        rejectsAt(Step.CHECKPOINT, ProofVerifier.verify(proof, bundle));
      }
    }

    @Test
    void roots_of_others_are_refused() {
      fill();
      Bytes proof = factory.proof();
      TrustBundle ours = factory.bundle();
      try (Factory other = new Factory(folder.resolve("other"))) {
        var bundle =
            new TrustBundle(
                ours.trustDomain(),
                other.bundle().caRoots(),
                ours.ledgerKeys(),
                List.of(),
                ours.formats());
        rejectsAt(Step.CERTIFICATES, ProofVerifier.verify(proof, bundle));
      }
    }

    @Test
    void another_trust_domain_is_refused() {
      fill();
      TrustBundle ours = factory.bundle();
      var bundle =
          new TrustBundle(
              "elsewhere.example", ours.caRoots(), ours.ledgerKeys(), List.of(), ours.formats());
      rejectsAt(Step.DEVICES, ProofVerifier.verify(factory.proof(), bundle));
    }

    @Test
    void a_certificate_that_had_expired_when_the_record_came_is_refused() {
      factory.received = Factory.NOON.plus(Duration.ofDays(31));
      fill();
      rejectsAt(Step.CERTIFICATES, verify(factory.proof()));
    }

    @Test
    void a_certificate_that_names_another_device_is_refused() {
      X509Certificate other = factory.certify("spiffe://telltale.local/default/device/press-9");
      factory.batch(1, 3, 2, new DeviceId(TenantId.DEFAULT, "press-8"), other);
      rejectsAt(Step.DEVICES, verify(factory.proof()));
    }

    private static void rejectsAt(Step step, ProofVerdict verdict) {
      assertThat(verdict)
          .isInstanceOfSatisfying(
              ProofVerdict.Rejected.class,
              rejected -> assertThat(rejected.step()).as(rejected.why()).isEqualTo(step));
    }
  }

  @Nested
  class What_cannot_be_proven {
    private String unprovable() {
      ProofBuilder.Exported exported = factory.export();
      assertThat(exported).isInstanceOf(ProofBuilder.Exported.Unprovable.class);
      return ((ProofBuilder.Exported.Unprovable) exported).why();
    }

    @Test
    void a_record_whose_batch_is_not_in_the_ledger() {
      fill();
      ProofBuilder.Contribution one = factory.contributions.getFirst();
      factory.contributions.add(
          new ProofBuilder.Contribution(
              3, 999, one.origin(), one.originSalt(), one.payloadCommitment()));
      assertThat(unprovable()).contains("3:999");
    }

    @Tag("sqlite")
    @Test
    void but_batches_from_before_they_were_indexed_are_found() throws SQLException {
      factory.batch(5, 300, 1);
      factory.batch(6, 3, 1);
      factory.forgetBatches();
      factory.batch(5, 2, 2);
      assertThat(factory.proof().size()).isPositive();
    }

    // Firm ground 3
    @Test
    void but_records_that_were_set_aside_are_found_in_the_batch_that_has_them() {
      fill();
      factory.setAside(0L, 3L, 7L);
      factory.batch(5, 10, 10);
      factory.batch(5, 3, 3);
      assertThat(unprovable()).contains("5:0");
      factory.resume(5);
      assertThat(verify(factory.proof())).isInstanceOf(ProofVerdict.Verified.class);
    }

    @Test
    void but_a_batch_that_is_still_on_its_way_is_waited_for() {
      fill();
      Thread late = Thread.ofVirtual().unstarted(factory.postponeNextBatch());
      factory.batch(5, 4, 4);
      late.start();
      assertThat(verify(factory.proof())).isInstanceOf(ProofVerdict.Verified.class);
    }

    @Test
    void records_whose_leaves_or_certificates_are_gone() {
      fill();
      factory.forgetCertificates();
      assertThat(unprovable()).contains("certificate");
      factory.forgetLeaves();
      assertThat(unprovable()).contains("leaves");
    }
  }

  @Nested
  class Trust_bundle_file {
    @Test
    void is_read_as_it_was_written() {
      TrustBundle bundle = factory.bundle();
      assertThat(TrustBundle.parse(bundle.toJson())).isEqualTo(new TrustBundle.Parsed.Ok(bundle));
    }

    @Test
    void malformed_is_refused_with_a_reason() {
      String good = factory.bundle().toJson().asUtf8();
      List<String> bad =
          List.of(
              "",
              "[]",
              "{}",
              good.replace("\"version\" : 1", "\"version\" : 2"),
              good.replace("BEGIN", "BEGUN"),
              good.replace("telltale.local/ledger+", "telltale.local/other+"),
              good.replace("\"notAfter\" : null", "\"notAfter\" : \"soon\""),
              good.replace("MFkwEwYHKoZI", "MFkwEwYHKoZJ"),
              good.replace("\"witnesses\"", "\"version\""));
      for (String text : bad) {
        assertThat(TrustBundle.parse(Bytes.utf8(text)))
            .as(text)
            .isInstanceOf(TrustBundle.Parsed.Malformed.class);
      }
    }
  }
}
