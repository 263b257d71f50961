package io.telltale.device;

import io.telltale.crypto.x509.Usage;
import io.telltale.fakes.TestCa;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** A CA that signs whatever a test wants. */
final class TestAuthority {
  static final String DOOR = "spiffe://telltale.local/default/service/door";

  private final TestCa ca = new TestCa("test root");
  final X509Certificate root = ca.certificate;

  TlsMaterial material(String uri, Set<Usage> usages) {
    return material(uri, usages, Duration.ofDays(-1), Duration.ofDays(1));
  }

  TlsMaterial material(String uri, Set<Usage> usages, Duration from, Duration until) {
    var made = ca.issue(TestCa.Wish.of(uri).usages(usages).valid(from, until));
    return new TlsMaterial(made.key(), List.of(made.leaf()), List.of(root), DOOR);
  }
}
