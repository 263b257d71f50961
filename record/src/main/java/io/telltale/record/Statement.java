package io.telltale.record;

import io.telltale.crypto.CborWriter;
import io.telltale.crypto.CoseHeaders;
import io.telltale.crypto.CoseSign1;
import io.telltale.kernel.Bytes;
import java.security.PublicKey;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * One kind of signed statement: COSE_Sign1 with ES256 (RFC 9052 section 4.2), no other header, and
 * the kind's label and version as external data, so that one kind never passes for another.
 */
final class Statement {
  private static final Bytes PROTECTED = CoseHeaders.algorithm(CoseSign1.ES256).protectedBytes();

  private final Bytes external;

  Statement(String label, int version) {
    this.external = new CborWriter(32).array(2).text(label).integer(version).toBytes();
  }

  Bytes sign(Bytes payload, UnaryOperator<Bytes> signer) {
    return CoseSign1.sign(payload, external, signer);
  }

  /** Empty for anything but the one encoding; the signature is still to be verified. */
  static Optional<CoseSign1> decode(Bytes statement) {
    return CoseSign1.decode(statement)
        .filter(m -> m.protectedBytes().equals(PROTECTED))
        .filter(m -> m.unprotected().equals(CoseHeaders.NONE));
  }

  boolean verify(CoseSign1 message, PublicKey signer) {
    return message.verify(signer, external);
  }
}
