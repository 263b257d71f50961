package io.telltale.crypto.x509;

import io.telltale.crypto.SigningKey;
import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.RespID;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.UnknownStatus;
import org.bouncycastle.operator.OperatorCreationException;

/**
 * Signs OCSP answers with a key that a CA has delegated them to (RFC 6960 section 4.2). It signs
 * what it is told. Thread-safe.
 */
public final class OcspResponder {
  private final SigningKey key;
  private final X509CertificateHolder certificate;
  private final RespID id;

  /** {@code certificate} is the CA's, over {@code key}, for {@link Usage#OCSP_SIGNING}. */
  public OcspResponder(X509Certificate certificate, PrivateKey key) {
    this.key = SigningKey.of(key);
    try {
      this.certificate = new X509CertificateHolder(certificate.getEncoded());
      // By key, so that an answer has no name in it (RFC 5019 section 2.2.2).
      this.id =
          new RespID(
              SubjectPublicKeyInfo.getInstance(certificate.getPublicKey().getEncoded()),
              OcspRequest.DIGESTS.get(RespID.HASH_SHA1));
    } catch (IOException
        | CertificateEncodingException
        | OCSPException
        | OperatorCreationException e) {
      throw new IllegalStateException("a certificate of ours does not encode", e);
    }
  }

  /** What a certificate is worth. */
  public sealed interface Status {
    /** It was issued, and nothing has taken it back. */
    record Good() implements Status {}

    /** It is good no more; {@code reason} is a code of RFC 5280 section 5.3.1. */
    record Revoked(Instant when, int reason) implements Status {}

    /** It was never issued here. */
    record Unknown() implements Status {}
  }

  /** The answer about one certificate, good from {@code thisUpdate} to {@code nextUpdate}. */
  public record Answer(
      OcspRequest.Asked asked, Status status, Instant thisUpdate, Instant nextUpdate) {}

  /** Why there is no answer, which nobody signs (RFC 6960 section 2.3). */
  public enum Failure {
    MALFORMED_REQUEST(OCSPRespBuilder.MALFORMED_REQUEST),
    INTERNAL_ERROR(OCSPRespBuilder.INTERNAL_ERROR),
    TRY_LATER(OCSPRespBuilder.TRY_LATER),
    /** Of certificates of other issuers (RFC 5019 section 2.2.3). */
    UNAUTHORIZED(OCSPRespBuilder.UNAUTHORIZED);

    private final int code;

    Failure(int code) {
      this.code = code;
    }
  }

  /** An OCSPResponse (DER) that says why there is no answer. */
  public static Bytes failed(Failure why) {
    try {
      return Bytes.adopt(new OCSPRespBuilder().build(why.code, null).getEncoded());
    } catch (IOException | OCSPException e) {
      throw new IllegalStateException("encoding in memory", e);
    }
  }

  /** A signed OCSPResponse (DER) with the nonce that was sent, if one was. */
  public Bytes answer(List<Answer> answers, Instant produced, Optional<Bytes> nonce) {
    var builder = new BasicOCSPRespBuilder(id);
    for (Answer one : answers) {
      builder.addResponse(
          one.asked().id(),
          status(one.status()),
          Date.from(one.thisUpdate()),
          Date.from(one.nextUpdate()));
    }
    try {
      if (nonce.isPresent()) {
        builder.setResponseExtensions(new Extensions(nonceExtension(nonce.get())));
      }
      var basic =
          builder.build(
              new KeySigner(key), new X509CertificateHolder[] {certificate}, Date.from(produced));
      return Bytes.adopt(
          new OCSPRespBuilder().build(OCSPRespBuilder.SUCCESSFUL, basic).getEncoded());
    } catch (IOException | OCSPException e) {
      throw new IllegalStateException("encoding in memory", e);
    }
  }

  private static Extension nonceExtension(Bytes nonce) throws IOException {
    return new Extension(
        OCSPObjectIdentifiers.id_pkix_ocsp_nonce,
        false,
        new DEROctetString(nonce.toArray()).getEncoded());
  }

  private static CertificateStatus status(Status status) {
    return switch (status) {
      case Status.Good _ -> CertificateStatus.GOOD;
      // RFC 5280 section 5.3.1: unspecified is expressed by leaving the code out.
      case Status.Revoked(Instant when, int reason) ->
          reason == 0
              ? new RevokedStatus(
                  new org.bouncycastle.asn1.ocsp.RevokedInfo(
                      new org.bouncycastle.asn1.ASN1GeneralizedTime(Date.from(when)), null))
              : new RevokedStatus(Date.from(when), reason);
      case Status.Unknown _ -> new UnknownStatus();
    };
  }
}
