package io.telltale.crypto.x509;

import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The textual encodings of RFC 7468. */
public final class Pem {
  /** The label of a revocation list (RFC 7468 section 6). */
  public static final String LIST = "X509 CRL";

  private static final int LINE_CHARS = 64;
  private static final int TEXT_MAX = 1 << 20;
  private static final int BLOCKS_MAX = 64;

  private Pem() {}

  public static String encode(String label, byte[] der) {
    String base64 = Base64Text.of(Bytes.adopt(der));
    var pem = new StringBuilder("-----BEGIN " + label + "-----\n");
    for (int from = 0; from < base64.length(); from += LINE_CHARS) {
      pem.append(base64, from, Math.min(from + LINE_CHARS, base64.length())).append('\n');
    }
    return pem.append("-----END ").append(label).append("-----\n").toString();
  }

  /** The certificates one after the other, in order. */
  public static String certificates(List<X509Certificate> chain) {
    var text = new StringBuilder();
    for (X509Certificate certificate : chain) {
      text.append(encode("CERTIFICATE", Certificates.der(certificate)));
    }
    return text.toString();
  }

  /** The first block under {@code label}; empty when there is none or it is damaged. */
  public static Optional<byte[]> decode(String label, String text) {
    return decodeAll(label, text).filter(blocks -> !blocks.isEmpty()).map(List::getFirst);
  }

  /** Every certificate of the text, in order; empty when one is damaged or there is none. */
  public static Optional<List<X509Certificate>> readCertificates(String text) {
    Optional<List<byte[]>> blocks = decodeAll("CERTIFICATE", text);
    if (blocks.isEmpty() || blocks.get().isEmpty()) {
      return Optional.empty();
    }
    var certificates = new ArrayList<X509Certificate>();
    for (byte[] der : blocks.get()) {
      Optional<X509Certificate> certificate = Certificates.parse(der);
      if (certificate.isEmpty()) {
        return Optional.empty();
      }
      certificates.add(certificate.get());
    }
    return Optional.of(List.copyOf(certificates));
  }

  /** Every list in {@code text} as DER; empty for anything else, for text without one, too. */
  public static Optional<List<Bytes>> readLists(String text) {
    return decodeAll(LIST, text)
        .filter(blocks -> !blocks.isEmpty())
        .map(blocks -> blocks.stream().map(Bytes::adopt).toList())
        .filter(lists -> lists.stream().allMatch(list -> ListFacts.of(list).isPresent()));
  }

  private static Optional<List<byte[]>> decodeAll(String label, String text) {
    String begin = "-----BEGIN " + label + "-----";
    String end = "-----END " + label + "-----";
    if (text.length() > TEXT_MAX) {
      return Optional.empty();
    }
    var blocks = new ArrayList<byte[]>();
    int at = text.indexOf(begin);
    while (at >= 0 && blocks.size() < BLOCKS_MAX) {
      int stop = text.indexOf(end, at + begin.length());
      if (stop < 0) {
        return Optional.empty();
      }
      Optional<Bytes> body = Base64Text.parseWrapped(text.substring(at + begin.length(), stop));
      if (body.isEmpty()) {
        return Optional.empty();
      }
      blocks.add(body.get().borrow());
      at = text.indexOf(begin, stop);
    }
    return Optional.of(blocks);
  }

  static InputStream stream(byte[] der) {
    return new ByteArrayInputStream(der);
  }

  static CertificateFactory factory() {
    try {
      return CertificateFactory.getInstance("X.509");
    } catch (CertificateException e) {
      throw new IllegalStateException("X.509 is part of the platform", e);
    }
  }
}
