package io.telltale.crypto.x509;

import io.telltale.crypto.Boring;
import io.telltale.crypto.x509.CertificateRequest.Fault;
import io.telltale.crypto.x509.CertificateRequest.NamePart;
import io.telltale.crypto.x509.CertificateRequest.Parsed;
import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.CertificationRequest;
import org.bouncycastle.asn1.pkcs.CertificationRequestInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/** Reads PKCS#10 (RFC 2986) in the order that costs least: size, shape, key, signature, wishes. */
final class RequestReader {
  private static final Map<ASN1ObjectIdentifier, String> ALGORITHMS =
      Map.of(
          X9ObjectIdentifiers.ecdsa_with_SHA256, "SHA256withECDSA",
          X9ObjectIdentifiers.ecdsa_with_SHA384, "SHA384withECDSA",
          X9ObjectIdentifiers.ecdsa_with_SHA512, "SHA512withECDSA");

  private RequestReader() {}

  static Parsed read(byte[] der) {
    if (der.length > CertificateRequest.BYTES_MAX) {
      return new Parsed.Unsound(Fault.TOO_LARGE);
    }
    if (!Der.wellFormed(der)) {
      return new Parsed.Unsound(Fault.MALFORMED);
    }
    try {
      return read(der, CertificationRequest.getInstance(der));
    } catch (IOException | RuntimeException e) {
      // The library reports every oddity of the content by some exception of its own.
      return new Parsed.Unsound(Fault.MALFORMED);
    }
  }

  private static Parsed read(byte[] der, CertificationRequest request) throws IOException {
    CertificationRequestInfo info = request.getCertificationRequestInfo();
    // RFC 2986 section 4.1: the version is v1(0).
    if (!info.getVersion().hasValue(0)) {
      return new Parsed.Unsound(Fault.MALFORMED);
    }
    Optional<Fault> proof = proof(der, request);
    if (proof.isPresent()) {
      return new Parsed.Unsound(proof.get());
    }
    Optional<Extensions> wishes = wishes(info.getAttributes());
    return wishes.isEmpty()
        ? new Parsed.Unsound(Fault.ATTRIBUTE_UNKNOWN)
        : new Parsed.Sound(request(info, wishes.get()));
  }

  /** RFC 2986 section 4.2: the signature over the bytes as they came, under the key inside. */
  private static Optional<Fault> proof(byte[] der, CertificationRequest request)
      throws IOException {
    var keyInfo = request.getCertificationRequestInfo().getSubjectPublicKeyInfo();
    switch (NamedCurve.judge(keyInfo)) {
      case OTHER_KIND -> {
        return Optional.of(Fault.KEY_KIND);
      }
      case WEAK -> {
        return Optional.of(Fault.KEY_WEAK);
      }
      case SOUND -> {}
    }
    AlgorithmIdentifier algorithm = request.getSignatureAlgorithm();
    String name = ALGORITHMS.get(algorithm.getAlgorithm());
    if (name == null || algorithm.getParameters() != null) {
      return Optional.of(Fault.SIGNATURE_ALGORITHM);
    }
    Optional<byte[]> signed = Der.firstElement(der);
    boolean right =
        signed.isPresent()
            && request.getSignature().getPadBits() == 0
            && verify(name, key(keyInfo), signed.get(), request.getSignature().getBytes());
    return right ? Optional.empty() : Optional.of(Fault.SIGNATURE_WRONG);
  }

  // Of more algorithms than our own signatures have: whoever asks chooses the hash.
  private static boolean verify(String algorithm, PublicKey key, byte[] message, byte[] signature) {
    try {
      var verifier = Signature.getInstance(algorithm, Boring.PROVIDER);
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (GeneralSecurityException | RuntimeException e) {
      return false;
    }
  }

  private static PublicKey key(SubjectPublicKeyInfo sound) throws IOException {
    try {
      return KeyFactory.getInstance("EC", Boring.PROVIDER)
          .generatePublic(new X509EncodedKeySpec(sound.getEncoded("DER")));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("not an EC key", e);
    }
  }

  /** The extensions asked for; empty when there is an attribute that we do not know. */
  private static Optional<Extensions> wishes(ASN1Set attributes) {
    Extensions wishes = Extensions.getInstance(new DERSequence());
    boolean seen = false;
    for (var element : attributes == null ? new DERSet() : attributes) {
      var attribute = Attribute.getInstance(element);
      var type = attribute.getAttrType();
      if (PKCSObjectIdentifiers.pkcs_9_at_extensionRequest.equals(type)) {
        if (seen || attribute.getAttrValues().size() != 1) {
          return Optional.empty();
        }
        seen = true;
        wishes = Extensions.getInstance(attribute.getAttrValues().getObjectAt(0));
      } else if (!PKCSObjectIdentifiers.pkcs_9_at_challengePassword.equals(type)) {
        // A challenge password means nothing under TLS 1.3 (RFC 7030 section 3.5): passed over.
        return Optional.empty();
      }
    }
    return Optional.of(wishes);
  }

  private static CertificateRequest request(CertificationRequestInfo info, Extensions wishes)
      throws IOException {
    var keyInfo = info.getSubjectPublicKeyInfo();
    var oids = new HashSet<String>();
    for (ASN1ObjectIdentifier oid : wishes.getExtensionOIDs()) {
      oids.add(oid.getId());
    }
    Extension subjectAlternatives = wishes.getExtension(Extension.subjectAlternativeName);
    return new CertificateRequest(
        key(keyInfo),
        Bytes.adopt(keyInfo.getEncoded("DER")),
        nameParts(info.getSubject().getRDNs()),
        subjectAlternatives == null
            ? List.of()
            : ExtensionValues.names(subjectAlternatives.getParsedValue()),
        oids,
        ExtensionValues.ca(wishes.getExtension(Extension.basicConstraints)),
        ExtensionValues.keyUsage(wishes.getExtension(Extension.keyUsage)),
        Set.copyOf(ExtensionValues.purposes(wishes.getExtension(Extension.extendedKeyUsage))));
  }

  static List<NamePart> nameParts(RDN[] rdns) {
    var parts = new ArrayList<NamePart>();
    for (RDN rdn : rdns) {
      for (AttributeTypeAndValue part : rdn.getTypesAndValues()) {
        parts.add(new NamePart(part.getType().getId(), IETFUtils.valueToString(part.getValue())));
      }
    }
    return parts;
  }
}
