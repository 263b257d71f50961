package io.telltale.crypto.x509;

import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.x509.Certificate;

/** Certs-only SignedData (RFC 5652 section 5, RFC 7030 section 4.1.3): a bag of certificates. */
public final class Pkcs7 {
  private static final int BYTES_MAX = 128 * 1024;
  private static final int CERTIFICATES_MAX = 32;

  private Pkcs7() {}

  /** The bag, certificates in the order given: clients take the first for their own. */
  public static byte[] certsOnly(List<X509Certificate> certificates) {
    var bag = new ASN1EncodableVector();
    for (X509Certificate certificate : certificates) {
      bag.add(Certificate.getInstance(Certificates.der(certificate)));
    }
    var data = new ASN1EncodableVector();
    data.add(new ASN1Integer(1));
    data.add(new DERSet());
    data.add(new DERSequence(CMSObjectIdentifiers.data));
    data.add(new DERTaggedObject(false, 0, new DERSequence(bag)));
    data.add(new DERSet());
    try {
      return new ContentInfo(CMSObjectIdentifiers.signedData, new DERSequence(data))
          .getEncoded("DER");
    } catch (IOException e) {
      throw new IllegalStateException("encoding in memory", e);
    }
  }

  /** The certificates of a bag in order; empty for anything else, an empty bag too. */
  public static Optional<List<X509Certificate>> parse(byte[] der) {
    if (der.length > BYTES_MAX || !Der.wellFormed(der)) {
      return Optional.empty();
    }
    try {
      var content = ContentInfo.getInstance(ASN1Sequence.getInstance(der));
      if (!CMSObjectIdentifiers.signedData.equals(content.getContentType())) {
        return Optional.empty();
      }
      ASN1Set bag = SignedData.getInstance(content.getContent()).getCertificates();
      return bag == null || bag.size() == 0 || bag.size() > CERTIFICATES_MAX
          ? Optional.empty()
          : read(bag);
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  private static Optional<List<X509Certificate>> read(ASN1Set bag) throws IOException {
    var certificates = new ArrayList<X509Certificate>();
    for (var element : bag) {
      var parsed = Certificates.parse(element.toASN1Primitive().getEncoded("DER"));
      if (parsed.isEmpty()) {
        return Optional.empty();
      }
      certificates.add(parsed.get());
    }
    return Optional.of(List.copyOf(certificates));
  }
}
