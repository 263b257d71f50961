package io.telltale.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LC-1: our own certificates are followed in time, whatever fails on the way. */
class RenewingIdentityTest {
  private static final SpiffeId DOOR =
      new SpiffeId(House.TRUST_DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.SERVICE, "door");

  @TempDir Path folder;
  private House house;

  @BeforeEach
  void open() {
    house = new House(folder.resolve("ca"));
  }

  // A door that could not take it over kept the old one until it ended.
  @Test
  void who_could_not_take_a_certificate_over_is_given_it_again_and_keeps_no_other_from_it() {
    var door = new RenewingIdentity(house.authority, Profile.service(DOOR, List.of()), house.clock);
    var isFull = new AtomicBoolean(true);
    var first = new ArrayList<ServiceIdentity>();
    var second = new ArrayList<ServiceIdentity>();
    door.onRenewal(
        next -> {
          if (isFull.get()) {
            throw new IllegalStateException("no memory for it");
          }
          first.add(next);
        });
    door.onRenewal(second::add);
    house.clock.move(Duration.ofDays(61));
    assertThatThrownBy(door::renew).hasMessage("no memory for it");
    assertThat(second).containsExactly(door.current());
    assertThatThrownBy(door::renew).hasMessage("no memory for it");
    isFull.set(false);
    assertThat(door.renew()).isFalse();
    assertThat(first).containsExactly(door.current());
    assertThat(door.renew()).isFalse();
    assertThat(first).hasSize(1);
    assertThat(second).hasSize(1);
  }

  @Test
  void who_answers_for_a_ca_that_has_ended_is_forgotten() {
    var because = new CaAct.Because(DOOR, "as planned");
    house.authority.rollover().prepare(false, CaScope.ALL, because);
    house.authority.rollover().activate("issuing-2", because);
    RenewingIdentity old = house.ocsp.of("issuing");
    house.clock.move(Duration.ofDays(1));
    house.ocsp.renew();
    assertThat(house.ocsp.of("issuing")).isSameAs(old);
    house.clock.move(CaFounding.ISSUING_LIFE);
    house.authority.renew();
    house.ocsp.renew();
    assertThat(house.ocsp.ends()).isAfter(house.clock.instant());
  }
}
