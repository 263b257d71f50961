package io.telltale.doors.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.TenantId;
import org.junit.jupiter.api.Test;

// Firm ground 3: one tenant's trouble is nobody else's
class HoldRoomTest {
  private static final int BYTES = 244;
  private static final TenantId LOUD = new TenantId("loud");
  private static final TenantId CALM = new TenantId("calm");

  private static int fill(HoldRoom room, TenantId tenant) {
    int count = 0;
    while (room.take(tenant, BYTES)) {
      count++;
    }
    return count;
  }

  @Test
  void a_tenant_has_half_of_the_room_at_most() {
    var room = new HoldRoom(10_000);
    assertThat(fill(room, LOUD)).isEqualTo(10);
    assertThat(fill(room, CALM)).isEqualTo(10);
    assertThat(room.taken()).isEqualTo(10_000);
    assertThat(fill(room, new TenantId("third"))).isZero();
    room.giveBack(LOUD, BYTES);
    assertThat(fill(room, CALM)).as("it has its half").isZero();
    assertThat(fill(room, new TenantId("third"))).isEqualTo(1);
    assertThat(room.taken()).isEqualTo(10_000);
  }
}
