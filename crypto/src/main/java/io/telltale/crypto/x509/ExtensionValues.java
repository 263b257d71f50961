package io.telltale.crypto.x509;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.jspecify.annotations.Nullable;

/** The values of the extensions that we read and write (RFC 5280 section 4.2.1). */
final class ExtensionValues {
  private ExtensionValues() {}

  static boolean ca(@Nullable Extension extension) {
    return extension != null && BasicConstraints.getInstance(extension.getParsedValue()).isCA();
  }

  static int keyUsage(@Nullable Extension extension) {
    if (extension == null) {
      return 0;
    }
    KeyUsage usage = KeyUsage.getInstance(extension.getParsedValue());
    int bits = 0;
    for (int bit = 1; bit <= KeyUsage.decipherOnly; bit <<= 1) {
      bits |= usage.hasUsages(bit) ? bit : 0;
    }
    return bits;
  }

  static List<String> purposes(@Nullable Extension extension) {
    if (extension == null) {
      return List.of();
    }
    var purposes = new ArrayList<String>();
    for (KeyPurposeId purpose :
        ExtendedKeyUsage.getInstance(extension.getParsedValue()).getUsages()) {
      purposes.add(purpose.getId());
    }
    return purposes;
  }

  static List<SubjectName> names(ASN1Encodable value) {
    var names = new ArrayList<SubjectName>();
    for (GeneralName name : GeneralNames.getInstance(value).getNames()) {
      names.add(
          switch (name.getTagNo()) {
            case GeneralName.uniformResourceIdentifier -> SubjectName.uri(ia5(name));
            case GeneralName.dNSName -> SubjectName.dns(ia5(name));
            case GeneralName.rfc822Name -> new SubjectName(SubjectName.Kind.EMAIL, ia5(name));
            case GeneralName.iPAddress -> address(name);
            default -> new SubjectName(SubjectName.Kind.OTHER, "choice " + name.getTagNo());
          });
    }
    return names;
  }

  static GeneralName toGeneralName(SubjectName name) {
    return switch (name.kind()) {
      case URI ->
          new GeneralName(GeneralName.uniformResourceIdentifier, new DERIA5String(name.value()));
      case DNS -> new GeneralName(GeneralName.dNSName, new DERIA5String(name.value()));
      case IP ->
          new GeneralName(
              GeneralName.iPAddress,
              new DEROctetString(InetAddress.ofLiteral(name.value()).getAddress()));
      case EMAIL, OTHER -> throw new IllegalArgumentException("never issued: " + name.kind());
    };
  }

  private static String ia5(GeneralName name) {
    return ASN1IA5String.getInstance(name.getName()).getString();
  }

  private static SubjectName address(GeneralName name) {
    byte[] octets = ASN1OctetString.getInstance(name.getName()).getOctets();
    try {
      return SubjectName.ip(InetAddress.getByAddress(octets).getHostAddress());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address has 4 or 16 octets", e);
    }
  }
}
