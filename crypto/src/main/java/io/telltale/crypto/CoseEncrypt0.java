package io.telltale.crypto;

import io.telltale.kernel.Bytes;

/** Writes COSE_Encrypt0 messages (RFC 9052 section 5.2) with AES-GCM. */
public final class CoseEncrypt0 {
  public static final long TAG = 16;
  public static final long A256GCM = 3;

  private CoseEncrypt0() {}

  /** How large the tagged message is around a ciphertext of that size with its tag. */
  public static int encodedSize(Bytes protectedBytes, int ciphertextSize) {
    return 2
        + CborWriter.headSize(protectedBytes.size())
        + protectedBytes.size()
        + 3
        + AesGcm.NONCE_SIZE
        + CborWriter.headSize(ciphertextSize)
        + ciphertextSize;
  }

  /** The tagged message up to its ciphertext, which the caller writes next. */
  public static void writeHead(
      CborWriter out, Bytes protectedBytes, byte[] iv, int ciphertextSize) {
    out.tag(TAG).array(3).bytes(protectedBytes);
    out.map(1).integer(5).bytes(iv).bytesHead(ciphertextSize);
  }

  /** Writes the Enc_structure around what {@code external} holds. */
  public static void writeAssociated(CborWriter out, Bytes protectedBytes, CborWriter external) {
    out.array(3).text("Encrypt0").bytes(protectedBytes).bytes(external);
  }

  /** The Enc_structure, which is the associated data of the cipher (RFC 9052 section 5.3). */
  public static byte[] associated(Bytes protectedBytes, Bytes external) {
    var out = new CborWriter(protectedBytes.size() + external.size() + 24);
    return out.array(3).text("Encrypt0").bytes(protectedBytes).bytes(external).toArray();
  }
}
