package io.telltale.server.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.Entropy;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Event;
import io.telltale.kernel.Outbox;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.keys.FileBackend;
import io.telltale.keys.Grant;
import io.telltale.keys.KeyAct;
import io.telltale.keys.KeyAuthority;
import io.telltale.keys.Passphrase;
import io.telltale.leases.KeyService;
import io.telltale.leases.KeyState;
import io.telltale.leases.Operation;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the loop of a running server does with keys that are to be destroyed. */
final class DueKeysTest {
  private static final Scope SCOPE =
      new Scope(TenantId.DEFAULT, "plant-1", "eu", "pumps", Sensitivity.INTERNAL);
  private static final SpiffeId OPERATOR =
      new SpiffeId("telltale.local", TenantId.DEFAULT, SpiffeId.Kind.PERSON, "operator");
  private static final SpiffeId AUTHORITY =
      new SpiffeId("telltale.local", TenantId.DEFAULT, SpiffeId.Kind.SERVICE, "authority");

  @TempDir Path folder;
  private Instant now = Instant.parse("2026-11-28T12:00:00Z");
  private long nanos;

  @Test
  void a_pending_key_is_destroyed_on_time_and_said_to_be_only_then() {
    var environment =
        new FileBackend.Environment(new Passphrase.None(), Entropy.system(), () -> now);
    try (FileBackend backend =
            FileBackend.open(
                folder.resolve("keys"),
                TestStores.at(folder.resolve("keys").resolve("backend.db")),
                environment);
        KeyAuthority keys =
            KeyAuthority.open(
                TestStores.at(folder.resolve("shred").resolve("shred.db")),
                backend,
                Entropy.system(),
                () -> now)) {
      var loop = new DueKeys(keys, AUTHORITY, new SteadyClock(() -> now, () -> nanos));
      for (Operation operation : List.of(Operation.SEAL, Operation.DESTROY)) {
        keys.grant(Grant.all(OPERATOR, operation), new KeyAct(OPERATOR, "first start"));
      }
      assertThat(keys.epochPublic(SCOPE, LocalDate.of(2026, 11, 28), OPERATOR))
          .isInstanceOf(KeyService.EpochKey.Public.class);
      keys.destroy(SCOPE, new KeyAct(OPERATOR, "the line is sold"), Duration.ofDays(7));
      assertThat(destruction(keys)).containsExactly("key.destruction.scheduled");

      run(Duration.ofDays(7).minusMinutes(1), loop);
      assertThat(keys.state(SCOPE)).isEqualTo(KeyState.PENDING_DESTRUCTION);
      assertThat(destruction(keys)).containsExactly("key.destruction.scheduled");

      run(Duration.ofMinutes(1), loop);
      assertThat(keys.list().getFirst().versions())
          .allMatch(version -> version.state() == KeyState.DESTROYED);
      assertThat(destruction(keys)).containsExactly("key.destruction.scheduled", "key.destroyed");

      run(Duration.ofHours(2), loop);
      assertThat(destruction(keys)).hasSize(2);
    }
  }

  private void run(Duration time, DueKeys loop) {
    now = now.plus(time);
    nanos += time.toNanos();
    loop.round();
  }

  private static List<String> destruction(KeyAuthority keys) {
    return keys.outbox().after(0, 1_000).stream()
        .map(Outbox.Numbered::event)
        .map(Event::type)
        .filter(type -> type.startsWith("key.destr"))
        .toList();
  }
}
