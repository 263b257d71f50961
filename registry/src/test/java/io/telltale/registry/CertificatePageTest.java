package io.telltale.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.registry.CertificateQuery.Span;
import io.telltale.registry.CertificateQuery.Standing;
import io.telltale.roster.Identity;
import io.telltale.roster.LifecycleState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ID-1: every certificate that was issued can be found. */
class CertificatePageTest {
  private static final Fingerprint STRANGER = new Fingerprint(Hash.sha256(Bytes.utf8("stranger")));

  @TempDir private Path folder;
  @AutoClose private Fixture fixture;

  @BeforeEach
  void open() {
    fixture = new Fixture(folder);
  }

  private CertificatePage page(CertificateQuery query) {
    return fixture.registry.ofIssuers().page(query);
  }

  private static CertificateQuery all(long before, int limit) {
    return CertificateQuery.all(TenantId.DEFAULT, before, limit);
  }

  private static List<String> names(CertificatePage page) {
    return page.lines().stream().map(line -> line.owner().name()).toList();
  }

  private List<String> names(Optional<Standing> standing, Set<Fingerprint> issuers, Span ends) {
    return names(
        page(
            new CertificateQuery(
                TenantId.DEFAULT,
                CertificateQuery.FIRST,
                100,
                Optional.empty(),
                Optional.empty(),
                standing,
                issuers,
                Optional.empty(),
                ends,
                Span.ALL,
                false)));
  }

  @Test
  void pages_have_each_certificate_once_also_where_many_were_issued_at_one_time() {
    for (int i = 0; i < 25; i++) {
      fixture.enrolled("press-%02d".formatted(i));
    }
    var seen = new ArrayList<String>();
    OptionalLong next = OptionalLong.of(CertificateQuery.FIRST);
    int pages = 0;
    while (next.isPresent()) {
      CertificatePage page = page(all(next.getAsLong(), 5));
      seen.addAll(names(page));
      next = page.next();
      pages++;
      // What is issued meanwhile is before the first page.
      fixture.enrolled("late-" + pages);
    }
    assertThat(pages).isEqualTo(5);
    assertThat(seen)
        .hasSize(25)
        .doesNotHaveDuplicates()
        .startsWith("press-24")
        .endsWith("press-00");
  }

  @Test
  void each_filter_finds_what_it_says() {
    Identity good = fixture.enrolled("press-good");
    fixture.enrolled("press-revoked");
    fixture.move("press-revoked", LifecycleState.COMPROMISED);
    Identity renewed = fixture.enrolled("press-renewed");
    fixture.registry.renewCredential(
        renewed.credential(), fixture.credential(), Duration.ofHours(24));
    assertThat(names(Optional.of(Standing.GOOD), Set.of(), Span.ALL))
        .containsExactly("press-renewed", "press-good");
    assertThat(names(Optional.of(Standing.RETIRING), Set.of(), Span.ALL))
        .containsExactly("press-renewed");
    assertThat(names(Optional.of(Standing.REVOKED), Set.of(), Span.ALL))
        .containsExactly("press-revoked");
    assertThat(names(Optional.of(Standing.ENDED), Set.of(), Span.ALL)).isEmpty();
    assertThat(names(Optional.empty(), Set.of(STRANGER), Span.ALL)).isEmpty();
    assertThat(names(Optional.empty(), Set.of(STRANGER, Fixture.ISSUER), Span.ALL)).hasSize(4);

    fixture.now = fixture.now.plus(Duration.ofHours(24));
    assertThat(names(Optional.of(Standing.ENDED), Set.of(), Span.ALL))
        .containsExactly("press-renewed");
    fixture.now = fixture.now.plus(Duration.ofDays(29));
    assertThat(names(Optional.of(Standing.GOOD), Set.of(), Span.ALL)).isEmpty();
    var end = fixture.registry.credential(good.credential()).orElseThrow().notAfter();
    assertThat(names(Optional.empty(), Set.of(), new Span(Optional.of(end), Optional.empty())))
        .hasSize(4);
    assertThat(names(Optional.empty(), Set.of(), new Span(Optional.empty(), Optional.of(end))))
        .isEmpty();
  }

  @Test
  void of_one_owner_and_of_one_serial_number_all_are_found() {
    Identity one = fixture.enrolled("press-1");
    fixture.enrolled("press-2");
    var record = fixture.registry.credential(one.credential()).orElseThrow();
    CertificatePage found =
        page(
            new CertificateQuery(
                TenantId.DEFAULT,
                CertificateQuery.FIRST,
                1,
                Optional.of(Fixture.spiffe("press-1")),
                Optional.of(SpiffeId.Kind.DEVICE),
                Optional.empty(),
                Set.of(),
                Optional.of(record.serial()),
                Span.ALL,
                new Span(Optional.of(fixture.now), Optional.of(fixture.now.plusMillis(1))),
                true));
    assertThat(names(found)).containsExactly("press-1");
    assertThat(found.next()).isEmpty();
    assertThat(found.lines().getFirst().der().size()).isPositive();
    assertThat(found.lines().getFirst().record()).isEqualTo(record);
  }

  @Test
  void another_tenants_are_not_found() {
    Identity one = fixture.enrolled("press-1");
    var other = new TenantId("other");
    assertThat(page(CertificateQuery.all(other, CertificateQuery.FIRST, 10)).lines()).isEmpty();
    assertThat(fixture.registry.ofIssuers().find(other, one.credential())).isEmpty();
    assertThat(fixture.registry.ofIssuers().find(TenantId.DEFAULT, one.credential())).isPresent();
  }

  @Test
  void what_a_ca_issued_is_revoked_in_steps_and_nothing_else() {
    for (int i = 0; i < 7; i++) {
      fixture.enrolled("press-" + i);
    }
    IssuerCredentials credentials = fixture.registry.ofIssuers();
    var end = fixture.now.plus(Duration.ofDays(30));
    assertThat(credentials.good())
        .containsExactly(Map.entry(Fixture.ISSUER, new IssuerCredentials.Good(7, end)));
    assertThat(credentials.revoke(Set.of(STRANGER), 0, 3, Fixture.WHY))
        .isEqualTo(new IssuerCredentials.Step(0, 7, true));
    long after = 0;
    var steps = new ArrayList<Integer>();
    IssuerCredentials.Step step;
    do {
      step = credentials.revoke(Set.of(Fixture.ISSUER), after, 3, Fixture.WHY);
      after = step.last();
      steps.add(step.revoked());
    } while (!step.isLast());
    assertThat(steps).containsExactly(3, 3, 1);
    assertThat(credentials.good()).isEmpty();
    assertThat(fixture.registry.revoked().all(Fixture.ISSUER)).hasSize(7);
    assertThat(fixture.events()).filteredOn("credential.revoked"::equals).hasSize(7);
    // Again, as after a stop.
    assertThat(credentials.revoke(Set.of(Fixture.ISSUER), 0, 3, Fixture.WHY).revoked()).isZero();
  }
}
