package io.telltale.kernel;

/** SHA-256 of a certificate's DER: the name of a credential. */
public record Fingerprint(Hash hash) {
  public static Fingerprint ofDer(byte[] der) {
    return new Fingerprint(Hash.sha256(der));
  }

  public String hex() {
    return hash.hex();
  }

  @Override
  public String toString() {
    return hash.hex();
  }
}
