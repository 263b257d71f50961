package io.telltale.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import io.telltale.kernel.TenantId;
import io.telltale.testkit.Checkout;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The test vectors of {@code docs/format} are what the code does. */
class FormatVectorsTest {
  private static final Bytes COUNTING = counting();

  private static Bytes counting() {
    byte[] bytes = new byte[32];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }
    return Bytes.adopt(bytes);
  }

  private static String page(String name) throws IOException {
    // The pages break long hex over lines.
    return Files.readString(Checkout.root().resolve("docs/format").resolve(name))
        .replaceAll("\\n {12}", "");
  }

  private static Bytes resource(String name) {
    try (InputStream in = FormatVectorsTest.class.getResourceAsStream("/vectors/" + name)) {
      return Bytes.adopt(Objects.requireNonNull(in).readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void the_event_and_checkpoint_of_the_ledger_page() throws IOException {
    Event event =
        Event.of(
            "device.registered",
            Instant.parse("2026-11-23T10:00:00Z"),
            TenantId.DEFAULT,
            "spiffe://telltale.local/default/person/operator",
            "spiffe://telltale.local/default/device/press-1",
            Map.of("type", "press", "environment", "plant"));
    Bytes body = EventBody.of("registry", 7, event).encode();
    var leaf = new LedgerLeaf(event.type(), event.time(), LedgerLeaf.commit(COUNTING, body));
    var signer = new SeedSigner("telltale.local/ledger", COUNTING);
    var checkpoint = new Checkpoint("telltale.local/ledger", 1, leaf.hash());
    assertThat(page("ledger.md"))
        .contains(
            "body        " + body.hex() + "\n",
            "commitment  " + leaf.commitment(),
            "leaf        " + leaf.encode().hex() + "\n",
            "leaf hash   " + leaf.hash(),
            signer.key().vkey(),
            SignedNote.sign(checkpoint.text(), signer).encode().asUtf8());
  }

  @Test
  void the_record_set_of_the_proof_page() throws IOException {
    var record =
        new ProofFile.ProofRecord(
            3, 5, Bytes.utf8("origin"), COUNTING, Hash.sha256(new byte[0]), 0, List.of());
    assertThat(page("proof.md"))
        .contains(RecordSet.leaf(record).hex(), RecordSet.root(List.of(record)).hex());
  }

  @Test
  void the_whole_proof_verifies_under_its_bundle() {
    assertThat(TrustBundle.parse(resource("trust-bundle.json")))
        .isInstanceOfSatisfying(
            TrustBundle.Parsed.Ok.class,
            ok ->
                assertThat(ProofVerifier.verify(resource("proof.json"), ok.bundle()))
                    .isInstanceOf(ProofVerdict.Verified.class));
  }
}
