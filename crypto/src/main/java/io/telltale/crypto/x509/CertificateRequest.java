package io.telltale.crypto.x509;

import io.telltale.kernel.Bytes;
import java.security.PublicKey;
import java.util.List;
import java.util.Set;

/**
 * What a PKCS#10 request (RFC 2986) asks for, after its signature proved the key. Whether it may
 * have that is the issuer's policy, not ours.
 *
 * @param key the key to be certified, on P-256 or P-384
 * @param publicKeyInfo the same as SubjectPublicKeyInfo
 * @param subject the attributes of the subject, in order; empty for an empty name
 * @param names the subject alternative names asked for
 * @param extensions the identifiers of every extension asked for
 * @param asksForCa whether basicConstraints asks for CA:true
 * @param keyUsage the bits asked for, of {@code org.bouncycastle.asn1.x509.KeyUsage}; 0 for none
 * @param extendedKeyUsage the purposes asked for
 */
public record CertificateRequest(
    PublicKey key,
    Bytes publicKeyInfo,
    List<NamePart> subject,
    List<SubjectName> names,
    Set<String> extensions,
    boolean asksForCa,
    int keyUsage,
    Set<String> extendedKeyUsage) {
  /** The largest request that is looked at. */
  public static final int BYTES_MAX = 16 * 1024;

  public CertificateRequest {
    subject = List.copyOf(subject);
    names = List.copyOf(names);
    extensions = Set.copyOf(extensions);
    extendedKeyUsage = Set.copyOf(extendedKeyUsage);
  }

  /** One attribute of a distinguished name. */
  public record NamePart(String oid, String value) {
    /** The identifier of commonName. */
    public static final String COMMON_NAME = "2.5.4.3";
  }

  /** What came of reading a request. */
  public sealed interface Parsed {
    /** The request is sound and its signer holds the private key. */
    record Sound(CertificateRequest request) implements Parsed {}

    /** It is not, and this is why. */
    record Unsound(Fault fault) implements Parsed {}
  }

  /** Why a request is refused before anybody asks what it wants. */
  public enum Fault {
    TOO_LARGE,
    MALFORMED,
    /** Neither on P-256 nor on P-384. */
    KEY_KIND,
    KEY_WEAK,
    SIGNATURE_ALGORITHM,
    SIGNATURE_WRONG,
    ATTRIBUTE_UNKNOWN
  }

  /** Reads DER; never throws. */
  public static Parsed parse(byte[] der) {
    return RequestReader.read(der);
  }
}
