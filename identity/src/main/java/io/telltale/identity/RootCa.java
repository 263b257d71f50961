package io.telltale.identity;

import io.telltale.kernel.Bytes;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A root: what everybody who trusts us was given.
 *
 * @param certificate signed by itself
 * @param cross of one that followed another: its own key certified by that one, and the other way
 *     round
 * @param crl of the issuing CAs below it, as DER
 */
record RootCa(
    String id, X509Certificate certificate, Optional<Cross> cross, Bytes crl, Stage stage) {

  /**
   * Two roots, each certified by the other (RFC 9810 section 4.4).
   *
   * @param predecessor the id of the one before
   */
  record Cross(String predecessor, X509Certificate newWithOld, X509Certificate oldWithNew) {
    List<X509Certificate> both() {
      return List.of(newWithOld, oldWithNew);
    }
  }

  /** A state, and since when. */
  record Stage(CaState state, Instant since) {}

  boolean isTrusted() {
    return stage.state().isTrusted();
  }

  RootCa with(Bytes newer) {
    return new RootCa(id, certificate, cross, newer, stage);
  }

  RootCa with(Stage next) {
    return new RootCa(id, certificate, cross, crl, next);
  }
}
