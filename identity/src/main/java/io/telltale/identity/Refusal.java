package io.telltale.identity;

import io.telltale.crypto.x509.CertificateRequest.Fault;
import io.telltale.identity.CredentialRegister.Recorded;
import io.telltale.identity.CredentialRegister.TokenStanding;
import java.util.Locale;

/**
 * Why enrollment or renewal was refused: the one table of status codes and of what the peer is
 * told. Whoever shows no good token or certificate learns nothing about devices or tokens.
 */
public enum Refusal {
  NO_CREDENTIALS(
      401,
      "send the device id and its one-time token, as they stand in the token file, by HTTP Basic"),
  TOKEN_UNKNOWN(401, "device id or token is wrong"),
  TOKEN_SPENT(401, "the token was used before; ask for a new one"),
  TOKEN_EXPIRED(401, "the token has expired; ask for a new one"),
  TOKEN_VOIDED(401, "the token was taken back; ask for a new one"),
  TOKEN_OTHER_DEVICE(401, "device id or token is wrong"),
  NO_CERTIFICATE(401, "renew with the device's current certificate as TLS client certificate"),
  NOT_RENEWABLE(403, "this certificate cannot be renewed; enroll again with a new token"),
  ENDED(
      403,
      "this certificate has ended; ask its operator to let the device return (device"
          + " allow-return), or for a new token"),
  RENEWED_TOO_OFTEN(429, "renewed too often today; go on with the newest certificate"),
  DEVICE_NOT_ADMITTED(403, "the device's state does not allow this; ask its operator"),
  REQUEST_TOO_LARGE(413, "the certificate request is too large"),
  REQUEST_MALFORMED(400, "the body is not a base64 PKCS#10 request"),
  REQUEST_KEY_KIND(400, "the key must be on P-256 or P-384"),
  REQUEST_KEY_WEAK(400, "the public key is weak or invalid"),
  REQUEST_KEY_USED(400, "the key was certified before; make a new one"),
  REQUEST_SIGNATURE(
      400, "the request must be signed with its own key by ECDSA with SHA-256, SHA-384 or SHA-512"),
  REQUEST_ATTRIBUTE(400, "the request has an attribute that is not accepted here"),
  REQUEST_NAME(403, "the request may name exactly the device itself, or nothing"),
  REQUEST_CA(403, "devices do not get CA certificates"),
  REQUEST_USAGE(
      403, "a device may not sign certificates or lists, and its purposes must include clientAuth"),
  REQUEST_EXTENSION(
      400, "ask for no extension but keyUsage, extendedKeyUsage, subjectAltName, basicConstraints"),
  CONTENT_TYPE(415, "send application/pkcs10"),
  METHOD(405, "this resource does not take this method"),
  NOT_FOUND(404, "no such resource"),
  TOO_MANY(429, "too many failed attempts; wait"),
  UNAVAILABLE(503, "cannot issue now; try again later");

  private final int status;
  private final String text;

  Refusal(int status, String text) {
    this.status = status;
    this.text = text;
  }

  public int status() {
    return status;
  }

  /** What the peer is told: a constant. */
  public String text() {
    return text;
  }

  /** The cause's name in counters and events. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether it is an event: a proven holder wanted what it must not have. */
  boolean eventful() {
    return switch (this) {
      case NOT_RENEWABLE,
          REQUEST_KEY_KIND,
          REQUEST_KEY_WEAK,
          REQUEST_KEY_USED,
          REQUEST_SIGNATURE,
          REQUEST_ATTRIBUTE,
          REQUEST_NAME,
          REQUEST_CA,
          REQUEST_USAGE,
          REQUEST_EXTENSION ->
          true;
      default -> false;
    };
  }

  static Refusal of(Fault fault) {
    return switch (fault) {
      case TOO_LARGE -> REQUEST_TOO_LARGE;
      case MALFORMED -> REQUEST_MALFORMED;
      case KEY_KIND -> REQUEST_KEY_KIND;
      case KEY_WEAK -> REQUEST_KEY_WEAK;
      case SIGNATURE_ALGORITHM, SIGNATURE_WRONG -> REQUEST_SIGNATURE;
      case ATTRIBUTE_UNKNOWN -> REQUEST_ATTRIBUTE;
    };
  }

  static Refusal of(Recorded recorded) {
    return switch (recorded) {
      case DONE -> throw new IllegalStateException("recorded is no refusal");
      case TOKEN_SPENT -> TOKEN_SPENT;
      case TOKEN_EXPIRED -> TOKEN_EXPIRED;
      case TOKEN_REFUSED -> TOKEN_UNKNOWN;
      case NOT_ENTITLED -> NOT_RENEWABLE;
      case ENDED -> ENDED;
      case RENEWED_TOO_OFTEN -> RENEWED_TOO_OFTEN;
      case DEVICE_NOT_ADMITTED -> DEVICE_NOT_ADMITTED;
      case KEY_ALREADY_USED -> REQUEST_KEY_USED;
    };
  }

  static Refusal of(TokenStanding standing) {
    return switch (standing) {
      case GOOD -> throw new IllegalStateException("a good token is no refusal");
      case UNKNOWN -> TOKEN_UNKNOWN;
      case EXPIRED -> TOKEN_EXPIRED;
      case SPENT -> TOKEN_SPENT;
      case VOIDED -> TOKEN_VOIDED;
      case OTHER_DEVICE -> TOKEN_OTHER_DEVICE;
      case DEVICE_NOT_ADMITTED -> DEVICE_NOT_ADMITTED;
    };
  }
}
