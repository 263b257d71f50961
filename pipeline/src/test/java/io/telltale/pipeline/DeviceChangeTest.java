package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.TenantId;
import io.telltale.leases.RecordSealer;
import io.telltale.registry.Act;
import io.telltale.registry.DeviceChange;
import io.telltale.registry.PolicyDocument;
import io.telltale.registry.RecordChange;
import io.telltale.roster.Identity;
import io.telltale.roster.Policy;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class DeviceChangeTest {
  private static final Act WHY = new Act("spiffe://telltale.local/default/person/o", "test");

  // RG-1: nothing acknowledged vanishes because its device has changed since.
  @Test
  void what_a_device_sent_before_it_was_changed_is_stored_and_with_its_new_record(
      @TempDir Path folder) {
    try (var plant = new Plant(folder)) {
      Identity press = plant.device("press-1", "prod");
      Bytes document =
          Bytes.utf8(
              Policy.factoryDocument()
                  .asUtf8()
                  .replaceAll("(?s)(\"name\": \"pump\",\\s*\"messageTypes\": )\\[.*?]", "$1[]"));
      assertThat(document).isNotEqualTo(Policy.factoryDocument());
      plant.registry.putPolicy(
          new PolicyDocument(TenantId.DEFAULT, document, OptionalLong.empty()), WHY);
      try (RecordSealer sealer = plant.sealer()) {
        plant.append(Plant.sealed(sealer, 3, plant.origin(press, 1, 2), plant.payload(1, 20)));
        var moved =
            new DeviceChange(
                plant.origin(press, 1).device(),
                Map.of("type", "pump", "site", "hall-2"),
                Map.of("line", "8"),
                Set.of(),
                OptionalInt.empty());
        assertThat(plant.registry.changeDevice(moved, WHY))
            .isInstanceOf(RecordChange.Changed.class);
        plant.pump();
      }
      assertThat(plant.deadLetters()).isEmpty();
      assertThat(plant.lake.rows())
          .singleElement()
          .extracting(TableLake.Row::site)
          .isEqualTo("hall-2");
    }
  }
}
