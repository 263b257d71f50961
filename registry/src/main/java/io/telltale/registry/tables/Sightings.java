package io.telltale.registry.tables;

import io.telltale.db.Sql;
import io.telltale.kernel.Fingerprint;
import io.telltale.roster.CredentialRecord;
import io.telltale.roster.DeviceBook;
import io.telltale.roster.Principal;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What the doors notice about devices, gathered in memory and written now and then: nothing on the
 * publish path waits for the database.
 */
public final class Sightings {
  private static final int PER_FLUSH_MAX = 2_000;

  /** A device cannot fill the ledger by claiming another firmware in every message. */
  private static final Duration FIRMWARE_EVERY = Duration.ofMinutes(1);

  private final ConcurrentSkipListMap<Integer, Instant> seen = new ConcurrentSkipListMap<>();
  private final ConcurrentSkipListMap<Integer, DeviceBook.Claim> firmware =
      new ConcurrentSkipListMap<>();
  // Each credential of a device: whoever holds an older one must not make us forget a newer one.
  private final ConcurrentSkipListMap<Integer, List<Use>> used = new ConcurrentSkipListMap<>();
  // Where the next flush goes on, so that those behind have their turn.
  private int lastSeen = -1;
  private int lastFirmware = -1;
  private int lastUsed = -1;

  /** The first use of a credential, as far as is known here. */
  record Use(Fingerprint credential, Instant time) {}

  public void seen(int number, Instant time) {
    seen.put(number, time);
  }

  public void used(int number, Fingerprint credential, Instant time) {
    used.merge(number, List.of(new Use(credential, time)), Sightings::both);
  }

  private static List<Use> both(List<Use> before, List<Use> now) {
    Use one = now.getFirst();
    if (before.stream().anyMatch(use -> use.credential().equals(one.credential()))) {
      return before;
    }
    var all = new ArrayList<>(before);
    all.add(one);
    return List.copyOf(all);
  }

  /** Whether a use was noted that may not be written yet. */
  public boolean isUsed(CredentialRecord credential) {
    return used.getOrDefault(credential.principal(), List.of()).stream()
        .anyMatch(use -> use.credential().equals(credential.fingerprint()));
  }

  /**
   * What a device claims last stands; what is {@code known} already only takes the place of what
   * waits to be written, which it takes back.
   */
  public void firmware(int number, DeviceBook.Claim claimed, String known) {
    if (claimed.firmware().equals(known)) {
      firmware.computeIfPresent(number, (_, _) -> claimed);
    } else {
      firmware.put(number, claimed);
    }
  }

  /** Bounded, so that one flush never holds up a revocation; what is left waits for the next. */
  public Batch next() {
    var batch = new Batch(new HashMap<>(), new HashMap<>(), new HashMap<>());
    lastSeen = take(seen, lastSeen, batch.seen());
    lastFirmware = take(firmware, lastFirmware, batch.firmware());
    lastUsed = take(used, lastUsed, batch.used());
    return batch;
  }

  /** In turn, by number, from the one behind {@code last} on; the number that was taken last. */
  private static <T> int take(
      ConcurrentSkipListMap<Integer, T> from, int last, Map<Integer, T> into) {
    int taken = last;
    for (Map<Integer, T> part : List.of(from.tailMap(last, false), from.headMap(last, true))) {
      for (Map.Entry<Integer, T> entry : part.entrySet()) {
        if (into.size() == PER_FLUSH_MAX) {
          return taken;
        }
        into.put(entry.getKey(), entry.getValue());
        taken = entry.getKey();
      }
    }
    return taken;
  }

  /** Forgets what is durable now, unless it was overtaken meanwhile. */
  public void written(Batch batch) {
    batch.seen().forEach(seen::remove);
    batch.firmware().forEach(firmware::remove);
    batch.used().forEach(used::remove);
  }

  /** What one transaction writes; firmware claims that come too early are taken out of it. */
  public record Batch(
      Map<Integer, Instant> seen,
      Map<Integer, DeviceBook.Claim> firmware,
      Map<Integer, List<Use>> used) {
    public boolean isEmpty() {
      return seen.isEmpty() && firmware.isEmpty() && used.isEmpty();
    }

    public void write(Change change) throws SQLException {
      for (Map.Entry<Integer, Instant> entry : seen.entrySet()) {
        Sql.update(
            change.connection(),
            "UPDATE principal SET last_seen = ? WHERE number = ?",
            entry.getValue(),
            entry.getKey());
      }
      for (List<Use> uses : used.values()) {
        for (Use use : uses) {
          Credentials.use(change.connection(), use.credential(), use.time());
        }
      }
      var early = new HashSet<Integer>();
      for (Map.Entry<Integer, DeviceBook.Claim> entry : firmware.entrySet()) {
        if (!writeFirmware(change, entry.getKey(), entry.getValue())) {
          early.add(entry.getKey());
        }
      }
      firmware.keySet().removeAll(early);
    }

    private static boolean writeFirmware(Change change, int number, DeviceBook.Claim claim)
        throws SQLException {
      Principal principal = Principals.get(change, number);
      String claimed = claim.firmware();
      // Whose records are not taken claims nothing: its last change is the one that says so. And
      // it may have enrolled anew since this was noted.
      if (principal.firmware().equals(claimed)
          || !principal.state().mayConnect()
          || Principals.enrolment(change, number) != claim.enrolment()) {
        return true;
      }
      int changed =
          Sql.update(
              change.connection(),
              "UPDATE principal SET firmware = ?, firmware_time = ?"
                  + " WHERE number = ? AND (firmware_time <= ? OR firmware_time > ?)",
              claimed,
              change.now(),
              number,
              change.now().minus(FIRMWARE_EVERY),
              change.now());
      if (changed == 0) {
        return false;
      }
      change.record(
          principal,
          "device.firmware-claimed",
          principal.id().uri(),
          Map.of("from", principal.firmware(), "to", claimed));
      return true;
    }
  }
}
