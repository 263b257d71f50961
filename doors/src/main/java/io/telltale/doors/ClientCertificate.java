package io.telltale.doors;

/** Whether a peer must show a certificate. */
public enum ClientCertificate {
  NONE,
  OPTIONAL,
  REQUIRED
}
