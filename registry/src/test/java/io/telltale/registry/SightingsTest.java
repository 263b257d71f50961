package io.telltale.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.registry.tables.Sightings;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who is written as seen, and when (RG-1, firm ground 19). */
@Tag("one-store")
final class SightingsTest {
  @Test
  void every_device_of_a_large_steady_fleet_has_its_turn() {
    var sightings = new Sightings();
    Set<Integer> written = new HashSet<>();
    Set<Integer> claimed = new HashSet<>();
    for (int flush = 0; flush < 4; flush++) {
      for (int number = 0; number < 7_000; number++) {
        sightings.seen(number, Instant.ofEpochSecond(flush));
        sightings.firmware(number, Fixture.claim("1.0." + flush), "unknown");
      }
      Sightings.Batch batch = sightings.next();
      assertThat(batch.seen()).hasSizeLessThanOrEqualTo(2_000);
      written.addAll(batch.seen().keySet());
      claimed.addAll(batch.firmware().keySet());
      sightings.written(batch);
    }
    assertThat(written).hasSize(7_000);
    assertThat(claimed).hasSize(7_000);
  }
}
