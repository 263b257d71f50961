package io.telltale.proof;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.kernel.Bytes;
import java.util.List;

/** Every decoder of bytes from outside: no exception, and one spelling for each value. */
class LedgerFuzzTest {
  @FuzzTest(maxDuration = "30s")
  void whatever_parses_as_a_note_is_written_the_same_again(byte[] input) {
    SignedNote.parse(Bytes.copyOf(input))
        .ifPresent(note -> assertThat(note.encode()).isEqualTo(Bytes.copyOf(input)));
    Checkpoint.parse(Bytes.copyOf(input).asUtf8())
        .ifPresent(one -> assertThat(Bytes.utf8(one.text())).isEqualTo(Bytes.copyOf(input)));
  }

  @FuzzTest(maxDuration = "30s")
  void whatever_parses_as_a_leaf_or_body_is_written_the_same_again(byte[] input) {
    LedgerLeaf.parse(Bytes.copyOf(input))
        .ifPresent(leaf -> assertThat(leaf.encode()).isEqualTo(Bytes.copyOf(input)));
    EventBody.parse(Bytes.copyOf(input))
        .ifPresent(body -> assertThat(body.encode()).isEqualTo(Bytes.copyOf(input)));
  }

  @FuzzTest(maxDuration = "30s")
  void no_bytes_make_the_verifier_throw_or_believe(byte[] input) {
    var nobody =
        new TrustBundle("telltale.local", List.of(), List.of(), List.of(), TrustBundle.FORMATS);
    assertThat(ProofVerifier.verify(Bytes.copyOf(input), nobody))
        .isInstanceOf(ProofVerdict.Rejected.class);
    assertThat(TrustBundle.parse(Bytes.copyOf(input))).isNotNull();
    assertThat(NoteKey.parse(Bytes.copyOf(input).asUtf8())).isNotNull();
  }
}
