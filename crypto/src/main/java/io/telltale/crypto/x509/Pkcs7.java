package io.telltale.crypto.x509;

import io.telltale.kernel.Bytes;
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
import org.bouncycastle.asn1.x509.CertificateList;

/**
 * SignedData without a signer (RFC 5652 section 5): a bag of certificates (RFC 7030 section 4.1.3)
 * or of revocation lists (RFC 8295 section 4).
 */
public final class Pkcs7 {
  private static final int BYTES_MAX = 128 * 1024;
  private static final int ENTRIES_MAX = 32;

  private Pkcs7() {}

  /** The bag, certificates in the order given: clients take the first for their own. */
  public static byte[] certsOnly(List<X509Certificate> certificates) {
    var bag = new ASN1EncodableVector();
    for (X509Certificate certificate : certificates) {
      bag.add(Certificate.getInstance(Certificates.der(certificate)));
    }
    return bag(0, bag);
  }

  /** A bag of lists (DER) and nothing else. */
  public static byte[] listsOnly(List<Bytes> lists) {
    var bag = new ASN1EncodableVector();
    for (Bytes list : lists) {
      bag.add(CertificateList.getInstance(list.toArray()));
    }
    return bag(1, bag);
  }

  private static byte[] bag(int tag, ASN1EncodableVector bag) {
    var data = new ASN1EncodableVector();
    data.add(new ASN1Integer(1));
    data.add(new DERSet());
    data.add(new DERSequence(CMSObjectIdentifiers.data));
    data.add(new DERTaggedObject(false, tag, new DERSequence(bag)));
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
    try {
      Optional<ASN1Set> bag = content(der).map(SignedData::getCertificates).filter(Pkcs7::isBag);
      return bag.isEmpty() ? Optional.empty() : read(bag.get());
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  /** The lists of a bag in order, as DER; empty for anything else, an empty bag too. */
  public static Optional<List<Bytes>> parseLists(byte[] der) {
    try {
      Optional<ASN1Set> bag = content(der).map(SignedData::getCRLs).filter(Pkcs7::isBag);
      if (bag.isEmpty()) {
        return Optional.empty();
      }
      var lists = new ArrayList<Bytes>();
      for (var element : bag.get()) {
        Bytes list = Bytes.adopt(element.toASN1Primitive().getEncoded("DER"));
        if (ListFacts.of(list).isEmpty()) {
          return Optional.empty();
        }
        lists.add(list);
      }
      return Optional.of(List.copyOf(lists));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  private static Optional<SignedData> content(byte[] der) {
    if (der.length > BYTES_MAX || !Der.wellFormed(der)) {
      return Optional.empty();
    }
    var content = ContentInfo.getInstance(ASN1Sequence.getInstance(der));
    return CMSObjectIdentifiers.signedData.equals(content.getContentType())
        ? Optional.of(SignedData.getInstance(content.getContent()))
        : Optional.empty();
  }

  private static boolean isBag(ASN1Set set) {
    return set.size() > 0 && set.size() <= ENTRIES_MAX;
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
