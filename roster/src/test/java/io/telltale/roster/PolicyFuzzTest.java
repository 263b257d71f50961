package io.telltale.roster;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.kernel.Bytes;

/** Whatever the document holds, reading it gives a policy or a list of mistakes. */
class PolicyFuzzTest {
  @FuzzTest
  void reading_a_document_never_throws(byte[] document) {
    switch (Policy.parse(Bytes.copyOf(document))) {
      case ParsedPolicy.Valid valid -> valid.policy().deviceTypes().forEach(this::consistent);
      case ParsedPolicy.Invalid invalid -> {
        if (invalid.mistakes().isEmpty()) {
          throw new AssertionError("refused without a mistake");
        }
      }
    }
  }

  private void consistent(DeviceType type) {
    if (type.limits().burst() < 1) {
      throw new AssertionError("a limit that lets nothing through");
    }
  }
}
