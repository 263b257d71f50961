package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Event;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.keys.Grant;
import io.telltale.leases.Operation;
import io.telltale.leases.RecordSealer;
import io.telltale.registry.NewDevice;
import io.telltale.roster.Identity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Dead letters have one bound, and nobody's flood takes what is another's. */
@Timeout(120)
class LettersTrimTest {
  private static final TenantId OTHER = new TenantId("other");

  @TempDir Path folder;
  @AutoClose private Plant plant;
  private Identity press;
  private Identity theirs;
  private DeadLetters letters;

  @BeforeEach
  void build() {
    plant = new Plant(folder);
    press = plant.device("press-1", "prod");
    var id = new DeviceId(OTHER, "press-1");
    plant.registry.addDevice(new NewDevice(id, press.asset()), "test");
    for (SpiffeId service : List.of(Plant.DOOR, Plant.PIPELINE)) {
      for (Operation operation : List.of(Operation.SEAL, Operation.OPEN, Operation.WRAP)) {
        plant.keys.grant(new Grant(service, "other/*/*/*/*", operation), Plant.KEY_ACT);
      }
    }
    theirs = plant.enroll(id.in(Plant.DOMAIN), "theirs");
    letters = new DeadLetters(plant.database, plant.keys::fileKeys);
  }

  private void pump(int lettersMax) {
    pump(new PipelineSettings.LettersMax(lettersMax, 1L << 30));
  }

  private void pump(PipelineSettings.LettersMax lettersMax) {
    PipelineSettings bounded = Plant.settings().but().lettersMax(lettersMax).build();
    plant.pump(plant.shared(plant.parts(plant.lake, bounded), step -> {}));
  }

  private void publishHot(Identity device, long first, long last) {
    try (RecordSealer sealer = plant.sealer()) {
      for (long i = first; i <= last; i++) {
        plant.publish(sealer, 0, device, i, 300);
      }
    }
  }

  private List<StoredLetter> of(TenantId tenant) {
    var wanted = new WantedLetters(tenant, OptionalInt.empty(), "", OptionalLong.empty());
    return letters.list(wanted, Long.MAX_VALUE, 100);
  }

  private List<Event> dropped() {
    return plant.events("record.letters-dropped");
  }

  // The scope's records are set aside, and are letters once its key is gone.
  private void destroyScopeOf(Identity device, int records) {
    var scope = plant.origin(device, 1).scope();
    publishHot(device, 1, records);
    plant.keys.disable(scope, Plant.KEY_ACT);
    pump(10);
    plant.keys.destroy(scope, Plant.KEY_ACT, Duration.ZERO);
    pump(10);
  }

  @Test
  void a_destroyed_scope_takes_no_letter_of_another_tenants_and_what_goes_is_told() {
    publishHot(theirs, 1, 4);
    pump(10);
    destroyScopeOf(press, 30);
    assertThat(of(OTHER)).hasSize(4).allMatch(StoredLetter::replayable);
    assertThat(of(TenantId.DEFAULT)).hasSize(6);
    assertThat(of(TenantId.DEFAULT)).extracting(StoredLetter::offset).contains(34L, 35L);
    assertThat(dropped())
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.tenant()).isEqualTo(TenantId.DEFAULT);
              assertThat(event.details())
                  .containsEntry("letters", "24")
                  .containsEntry("replayable", "false")
                  .containsKey("bytes");
            });
  }

  @Test
  void what_can_be_replayed_stays_when_what_never_can_is_more() {
    Identity neighbour = plant.device("press-2", "test");
    publishHot(neighbour, 1, 4);
    pump(10);
    destroyScopeOf(press, 30);
    assertThat(of(TenantId.DEFAULT)).hasSize(10);
    assertThat(of(TenantId.DEFAULT).subList(6, 10)).allMatch(StoredLetter::replayable);
  }

  @Test
  void one_who_is_alone_may_have_all_and_gives_way_to_who_has_less() {
    publishHot(press, 1, 10);
    pump(10);
    assertThat(of(TenantId.DEFAULT)).hasSize(10);
    assertThat(dropped()).isEmpty();
    publishHot(theirs, 1, 30);
    pump(10);
    assertThat(of(TenantId.DEFAULT)).hasSize(5);
    assertThat(of(OTHER)).hasSize(5);
    assertThat(of(OTHER)).extracting(StoredLetter::offset).contains(41L);
    assertThat(dropped())
        .extracting(Event::tenant)
        .containsExactlyInAnyOrder(TenantId.DEFAULT, OTHER);
  }

  @Test
  void bytes_have_a_bound_too() {
    publishHot(press, 1, 3);
    pump(10);
    publishHot(theirs, 1, 30);
    pump(new PipelineSettings.LettersMax(1_000, 7_000));
    assertThat(of(TenantId.DEFAULT)).hasSize(3);
    long bytes =
        plant.database.read(
            connection -> {
              try (var select =
                      connection.prepareStatement(
                          "SELECT sum(length(sealed)) FROM pipeline_letters");
                  var row = select.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
              }
            });
    assertThat(bytes).isBetween(3_500L, 7_000L);
    assertThat(of(OTHER)).hasSizeBetween(1, 20).allMatch(StoredLetter::replayable);
  }
}
