package io.telltale.crypto;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.kernel.Bytes;
import org.jspecify.annotations.NullMarked;

/** No bytes whatsoever make a decoder throw; what they accept has one encoding. */
@NullMarked
class DecodersFuzzTest {
  @FuzzTest
  void sign1_never_throws(byte[] input) {
    Bytes message = Bytes.copyOf(input);
    CoseSign1.decode(message);
    CoseSign1.decodeUntagged(message);
  }

  @FuzzTest
  void signature_encodings_agree(byte[] input) {
    Bytes der = Bytes.copyOf(input);
    EcdsaEncoding.derToRaw(der)
        .flatMap(EcdsaEncoding::rawToDer)
        .ifPresent(
            again -> {
              if (!again.equals(der)) {
                throw new AssertionError("two encodings of one signature");
              }
            });
    EcdsaP256.publicKey(der);
    EcdsaP256.privateKey(SecretBytes.copyOf(input));
  }
}
