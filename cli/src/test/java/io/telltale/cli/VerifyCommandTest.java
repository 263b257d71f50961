package io.telltale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.TenantId;
import io.telltale.ledger.BodySealer;
import io.telltale.ledger.Ledger;
import io.telltale.ledger.LedgerParts;
import io.telltale.ledger.ProofBuilder;
import io.telltale.ledger.StoredNoteSigner;
import io.telltale.proof.TrustBundle;
import io.telltale.verifier.TypedText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code telltale verify} has two files and nothing else (AU-2). */
class VerifyCommandTest {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  private static final String SQL = "SELECT 'it''s \u001b[31mred' AS v";

  @TempDir Path folder;
  private Path proof = Path.of("");
  private Path bundle = Path.of("");

  /** Keeps bodies as they are: what is sealed is another module's test. */
  private static final class Open implements BodySealer {
    @Override
    public Bytes seal(TenantId tenant, Bytes context, Bytes body) {
      return body;
    }

    @Override
    public Optional<Bytes> open(TenantId tenant, Bytes context, Bytes sealed) {
      return Optional.of(sealed);
    }
  }

  private static final class Nothing implements ProofBuilder.Sources {
    @Override
    public Optional<List<Hash>> leaves(String object) {
      return Optional.empty();
    }

    @Override
    public ProofBuilder.Chain chain(Fingerprint certificate) {
      return new ProofBuilder.Chain.Gone("none is kept here");
    }
  }

  @BeforeEach
  void export_a_proof() throws IOException {
    Bytes seed = Entropy.system().bytes(32);
    var signer =
        StoredNoteSigner.open(
            "telltale.local/ledger", (name, size) -> SecretBytes.adopt(seed.toArray()));
    var parts =
        new LedgerParts(
            folder.resolve("ledger"),
            TestStores.at(folder.resolve("ledger").resolve("index.db")),
            signer,
            (name, size) -> Entropy.system().secret(size),
            new Open(),
            Entropy.system(),
            System::nanoTime);
    Hash result = Hash.sha256(new byte[0]);
    try (Ledger ledger = Ledger.open(parts)) {
      ledger.record(
          Event.of(
              "query.finished",
              NOON,
              TenantId.DEFAULT,
              "spiffe://telltale.local/default/person/operator",
              "query/q1",
              Map.of(
                  "outcome", "answered",
                  "query", "q1",
                  "result", result.hex(),
                  "sqlHash", Hash.sha256(Bytes.utf8(SQL)).hex(),
                  "tables", "")));
      var export =
          new ProofBuilder.Export(
              TenantId.DEFAULT, "system", SQL, List.of(), result, "q1", List.of());
      ProofBuilder.Exported exported =
          new ProofBuilder(ledger, new Nothing(), () -> NOON).export(export);
      proof = folder.resolve("proof.json");
      Files.write(proof, ((ProofBuilder.Exported.Proof) exported).file().borrow());
    }
    bundle = folder.resolve("trust-bundle.json");
    var key = new TrustBundle.LedgerKey(signer.key(), NOON.minusSeconds(60), Optional.empty());
    var trust =
        new TrustBundle("telltale.local", List.of(), List.of(key), List.of(), TrustBundle.FORMATS);
    Files.write(bundle, trust.toJson().borrow());
  }

  private Cli verify(String... more) {
    var line = new ArrayList<>(List.of("verify", proof.toString(), "--trust", bundle.toString()));
    line.addAll(List.of(more));
    return Cli.run(line.toArray(String[]::new));
  }

  // Under the C locale a name in another script comes as these.
  @Test
  void a_path_that_is_not_what_was_typed_is_told_with_what_to_set() {
    assertThat(TypedText.mistake(new String[] {"pr\uFFFDfung.json", "--trust", "b"}).orElseThrow())
        .contains("argument 1", "LC_ALL", "C.UTF-8");
    assertThat(TypedText.mistake(new String[] {"pr\u00fcfung.json"})).isEmpty();
  }

  @Test
  void an_honest_proof_exits_with_0_and_says_what_it_shows() {
    Cli ran = verify();
    assertThat(ran.exit()).as(ran.out() + ran.err()).isEqualTo(ExitCode.OK);
    assertThat(ran.out())
        .contains("VERIFIED", "it''s \\u{1b}[31mred", "The number was not computed again")
        .doesNotContain("\u001b");
  }

  @Test
  void an_altered_proof_exits_with_1_and_names_the_step() throws IOException {
    Files.writeString(proof, Files.readString(proof).replace("it''s", "it was"));
    Cli ran = verify();
    assertThat(ran.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(ran.out())
        .contains("FAILED", "about this question", "REJECTED")
        .doesNotContain("VERIFIED");
    assertThat(verify("--json").out()).contains("\"verified\":false", "\"failed\":\"question\"");
  }

  @Test
  void with_the_trust_bundle_of_another_server_it_asks_whose_that_is() throws IOException {
    var other =
        StoredNoteSigner.open("telltale.local/ledger", (_, size) -> Entropy.system().secret(size));
    var key = new TrustBundle.LedgerKey(other.key(), NOON.minusSeconds(60), Optional.empty());
    var trust =
        new TrustBundle("telltale.local", List.of(), List.of(key), List.of(), TrustBundle.FORMATS);
    Files.write(bundle, trust.toJson().borrow());
    Cli ran = verify();
    assertThat(ran.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(ran.out()).contains("is this that server's trust bundle?", "REJECTED");
  }

  @Test
  void json_carries_the_summary() {
    assertThat(verify("--json").out()).contains("\"verified\":true", "\"numberRecomputed\":false");
  }

  @Test
  void files_that_cannot_be_read_exit_with_2() throws IOException {
    Files.writeString(bundle, "{}");
    Cli ran = verify();
    assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("is no trust bundle");
    Files.delete(bundle);
    assertThat(verify().exit()).isEqualTo(ExitCode.USAGE);
    assertThat(verify().err())
        .isEqualTo("telltale: cannot read %s: there is no such file\n".formatted(bundle));
  }

  @Test
  void a_trust_bundle_in_the_place_of_the_proof_is_told_so() {
    proof = bundle;
    Cli ran = verify();
    assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains(bundle + " is a trust bundle, not a proof");
  }

  // It was "cannot read Is a directory: check the path".
  @Test
  void a_proof_that_is_a_folder_or_is_not_there_is_told_with_its_path() {
    proof = Path.of(".");
    assertThat(verify().err()).isEqualTo("telltale: . is a folder: name a file\n");
    proof = folder.resolve("nofile");
    Cli ran = verify();
    assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err())
        .isEqualTo("telltale: cannot read %s: there is no such file\n".formatted(proof));
  }
}
