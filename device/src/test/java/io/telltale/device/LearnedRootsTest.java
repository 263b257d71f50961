package io.telltale.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.CertificateIssuer.Authority;
import io.telltale.crypto.x509.CertificateIssuer.Revoked;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.fakes.TestCa;
import io.telltale.kernel.Bytes;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** ID-1: a device takes on no root that none of its own has certified. */
class LearnedRootsTest {
  private static final String NAME = "Telltale root telltale.local";
  private static final Instant FROM = Instant.parse("2026-11-01T00:00:00Z");
  private static final Instant NOW = Instant.parse("2026-12-01T00:00:00Z");
  private static final Instant TO = Instant.parse("2036-11-01T00:00:00Z");

  private final Root first = new Root(NAME);
  private final Root second = new Root(NAME);
  private final Root third = new Root(NAME);

  private static final class Root {
    private final KeyPair pair = EcdsaP256.generate();
    final X509Certificate certificate;

    Root(String name) {
      certificate =
          CertificateIssuer.selfSigned(
              new Authority(name, BigInteger.TEN, FROM, TO), pair.getPublic(), pair.getPrivate());
    }

    X509Certificate certifies(Root other) {
      return new CertificateIssuer(certificate, pair.getPrivate())
          .crossCertify(BigInteger.TWO, FROM, TO, other.pair.getPublic());
    }
  }

  private List<X509Certificate> learned(X509Certificate... told) {
    return LearnedRoots.of(new TrustedRoots(List.of(first.certificate)), List.of(told), NOW);
  }

  @Test
  void a_root_that_a_known_one_has_certified_is_believed_and_those_behind_it() {
    assertThat(
            learned(
                third.certificate,
                second.certificate,
                first.certificate,
                second.certifies(third),
                first.certifies(second)))
        .containsExactly(third.certificate, second.certificate, first.certificate);
  }

  // M3: whoever was away while the second came and was retired.
  @Test
  void the_way_leads_through_a_root_that_is_told_no_more_itself() {
    assertThat(learned(third.certificate, second.certifies(third), first.certifies(second)))
        .containsExactly(third.certificate);
  }

  @Test
  void nobody_leads_on_that_a_known_list_names() {
    X509Certificate link = first.certifies(second);
    Bytes list =
        new CertificateIssuer(first.certificate, first.pair.getPrivate())
            .crl(BigInteger.TEN, FROM, TO, List.of(new Revoked(link.getSerialNumber(), NOW, 2)));
    var known = new TrustedRoots(List.of(first.certificate)).without(List.of(list));
    List<X509Certificate> told =
        List.of(first.certificate, third.certificate, link, second.certifies(third));
    assertThat(LearnedRoots.of(known, told, NOW)).containsExactly(first.certificate);
    assertThat(LearnedRoots.of(new TrustedRoots(List.of(first.certificate)), told, NOW)).hasSize(2);
  }

  @Test
  void a_root_or_a_link_that_has_ended_counts_for_nothing() {
    assertThat(
            LearnedRoots.of(
                new TrustedRoots(List.of(first.certificate)),
                List.of(second.certificate, first.certifies(second)),
                TO.plusSeconds(1)))
        .containsExactly(first.certificate);
  }

  @Test
  void a_root_that_is_told_no_more_is_let_go_but_for_the_last() {
    assertThat(learned(second.certificate, first.certifies(second)))
        .containsExactly(second.certificate);
    assertThat(learned()).containsExactly(first.certificate);
    assertThat(learned(third.certificate)).containsExactly(first.certificate);
  }

  @Test
  void nothing_else_makes_a_root_believed() {
    var foreign = new Root("Another root");
    var ca = new TestCa(NAME);
    X509Certificate leaf = ca.issue(TestCa.Wish.device("machine-1")).leaf();
    assertThat(
            learned(
                first.certificate,
                second.certificate,
                // Certified by itself, by a stranger, the other way round, or for another name.
                second.certifies(second),
                third.certifies(second),
                second.certifies(first),
                foreign.certificate,
                first.certifies(foreign),
                ca.certificate,
                leaf))
        .containsExactly(first.certificate);
  }

  @Test
  void what_certifies_a_root_is_no_root_itself() {
    assertThat(learned(first.certifies(second), first.certificate))
        .containsExactly(first.certificate);
  }

  @Test
  void of_a_flood_of_roots_a_few_are_looked_at() {
    var told = new ArrayList<X509Certificate>();
    for (int i = 0; i < 40; i++) {
      told.add(new Root(NAME).certificate);
    }
    told.add(second.certificate);
    told.add(first.certifies(second));
    assertThat(LearnedRoots.of(new TrustedRoots(List.of(first.certificate)), told, NOW))
        .containsExactly(first.certificate);
  }
}
