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
 * @param crosses of one that followed others: its own key certified by each, and the other way
 *     round; the one that was active then is the first
 * @param crl of the issuing CAs below it, as DER
 */
record RootCa(String id, X509Certificate certificate, List<Cross> crosses, Bytes crl, Stage stage) {

  RootCa {
    crosses = List.copyOf(crosses);
  }

  /**
   * Two roots, each certified by the other (RFC 9810 section 4.4).
   *
   * @param other the id of the older one
   */
  record Cross(String other, X509Certificate newWithOld, X509Certificate oldWithNew) {
    List<X509Certificate> both() {
      return List.of(newWithOld, oldWithNew);
    }
  }

  /** A state, and since when. */
  record Stage(CaState state, Instant since) {}

  /** The id of the one that it followed; empty of the first. */
  Optional<String> predecessor() {
    return crosses.stream().findFirst().map(Cross::other);
  }

  boolean isTrusted() {
    return stage.state().isTrusted();
  }

  RootCa with(Bytes newer) {
    return new RootCa(id, certificate, crosses, newer, stage);
  }

  RootCa with(Stage next) {
    return new RootCa(id, certificate, crosses, crl, next);
  }
}
