package io.telltale.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.roster.CredentialRecord;
import io.telltale.roster.Identity;
import io.telltale.roster.LifecycleState;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LC-5: what each revocation list is made of. */
class RevokedTest {
  @TempDir private Path folder;
  @AutoClose private Fixture fixture;

  @BeforeEach
  void open() {
    fixture = new Fixture(folder);
  }

  @Test
  void those_that_came_since_are_those_that_were_revoked_then_or_later() {
    revoke("press-1");
    fixture.now = fixture.now.plusSeconds(10);
    Instant since = fixture.now;
    CredentialRecord second = revoke("press-2");
    assertThat(fixture.registry.revoked().all(Fixture.ISSUER)).hasSize(2);
    assertThat(fixture.registry.revoked().since(Fixture.ISSUER, since))
        .extracting(CredentialRecord::fingerprint)
        .containsExactly(second.fingerprint());
    assertThat(fixture.registry.revoked().since(Fixture.ISSUER, since.plusMillis(1))).isEmpty();
  }

  @Test
  void parts_by_the_first_digits_of_serial_numbers_are_all_of_them_together() {
    for (int i = 0; i < 20; i++) {
      revoke("press-" + i);
    }
    var together = new ArrayList<CredentialRecord>();
    for (int first = 0; first <= 0xff; first++) {
      String digits = "%02x".formatted(first);
      List<CredentialRecord> part = fixture.registry.revoked().of(Fixture.ISSUER, digits);
      assertThat(part).allMatch(one -> one.serial().startsWith(digits));
      together.addAll(part);
    }
    assertThat(together)
        .containsExactlyInAnyOrderElementsOf(fixture.registry.revoked().all(Fixture.ISSUER));
  }

  @Test
  void a_serial_number_finds_its_certificate() {
    CredentialRecord one = revoke("press-1");
    assertThat(fixture.registry.credentialsOfSerial(one.serial()))
        .extracting(CredentialRecord::fingerprint)
        .contains(one.fingerprint());
    assertThat(fixture.registry.credentialsOfSerial("0")).isEmpty();
  }

  private CredentialRecord revoke(String name) {
    Identity identity = fixture.enrolled(name);
    fixture.move(name, LifecycleState.COMPROMISED);
    return fixture.registry.credential(identity.credential()).orElseThrow();
  }
}
