package io.telltale.server.data;

import io.telltale.db.AuthenticStore;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.ledger.Ledger;
import io.telltale.ledger.LedgerEntry;
import io.telltale.ledger.LedgerQuery;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Writes into the ledger, each second in which a store changed, how far it is; at the start, a
 * store that is not as far is an older copy, and refused. One that is further is normal: the ledger
 * may have been out for a while. Which anchors there are is told by verified leaves, not by the
 * ledger's index, which whoever holds the folder can edit.
 */
public final class StoreAnchors implements AutoCloseable {
  public static final String ADOPTED = "store.adopted";
  private static final System.Logger LOG = System.getLogger(StoreAnchors.class.getName());
  private static final long EVERY_MILLIS = 1_000;

  /** How many newer events an anchor may have before it is written again. */
  private static final int FRESH = 2_048;

  /** With room for what a burst brings between two rounds; some 0.3 s to look at. */
  private static final int LOOKED_AT = 65_536;

  /** The key backend's, the shred store, the registry's and the pipeline's. */
  private static final int STORES = 4;

  private static final Anchored NEVER = new Anchored(0, -1);

  private final Ledger ledger;
  private final SpiffeId self;
  private final InstantSource clock;
  private final List<AuthenticStore> stores = new CopyOnWriteArrayList<>();
  private final Map<String, LedgerEntry> atStart;
  private final Map<String, Anchored> anchored = new ConcurrentHashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon(true).name("store-anchors").unstarted(task));

  private record Anchored(long change, long event) {}

  /** Throws {@link CorruptException} for a ledger whose newest anchors are not as published. */
  public StoreAnchors(Ledger ledger, SpiffeId self, InstantSource clock) {
    this.ledger = ledger;
    this.self = self;
    this.clock = clock;
    this.atStart = newest(ledger);
    timer.scheduleWithFixedDelay(this::onTime, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
  }

  /**
   * Takes a store in. Throws {@link CorruptException} that says what to do when the ledger has seen
   * it further on, or elsewhere.
   */
  public AuthenticStore admit(AuthenticStore store) {
    Optional<LedgerEntry> last = last(store);
    Optional<Event> event = last.flatMap(LedgerEntry::event);
    if (event.isPresent()) {
      long change = Long.parseLong(event.get().details().getOrDefault("change", "0"));
      Hash chain = Hash.ofHex(event.get().details().getOrDefault("chain", ""));
      require(store, change, store.relationTo(change, chain));
      store.anchored(change);
      anchored.put(store.name(), new Anchored(change, last.get().index()));
    }
    if (store.adopted() && !saidAdopted(store)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "store.adopted store={0} place={1} why=\"it was written before rows were authenticated:"
              + " what it holds now is believed, what changes from now on by another hand is not\"",
          store.name(),
          store.place());
      ledger.record(event(ADOPTED, store, store.position()));
    }
    stores.add(store);
    return store;
  }

  private static void require(AuthenticStore store, long change, AuthenticStore.Relation relation) {
    String seen =
        switch (relation) {
          case FOLLOWS -> "";
          case BEHIND ->
              "is an older copy or a new file: it stands at change %d, and the ledger has seen"
                      .formatted(store.position().change())
                  + " change %d of it".formatted(change);
          case ELSEWHERE ->
              "is a copy that went another way: its change %d is not the one that the ledger saw"
                  .formatted(change);
        };
    if (!seen.isEmpty()) {
      throw new CorruptException(
          "%s %s. Nothing is served from it. Put the newest copy of this file back, or restore the"
                  .formatted(store.place(), seen)
              + " whole data folder, ledger included, of one moment");
    }
  }

  /** The newest anchor of each store, out of leaves that the checkpoint covers. */
  private static Map<String, LedgerEntry> newest(Ledger ledger) {
    var found = new HashMap<String, LedgerEntry>();
    ledger.newest(
        Ledger.ANCHORED,
        TenantId.DEFAULT,
        LOOKED_AT,
        entry -> {
          entry.event().ifPresent(event -> found.putIfAbsent(event.subject(), entry));
          return found.size() < STORES;
        });
    return found;
  }

  // Folders of before keep the anchor of a store that rests further back: found by the index, once.
  private Optional<LedgerEntry> last(AuthenticStore store) {
    LedgerEntry verified = atStart.get(subject(store));
    return verified == null ? indexed(store) : Optional.of(verified);
  }

  private Optional<LedgerEntry> indexed(AuthenticStore store) {
    LedgerQuery query = LedgerQuery.newest(1).ofType(Ledger.ANCHORED).ofSubject(subject(store));
    return ledger.search(query).stream().findFirst();
  }

  // By type alone: each store says it once at most, and its anchors come each second.
  private boolean saidAdopted(AuthenticStore store) {
    return ledger.search(LedgerQuery.newest(LedgerQuery.LIMIT_MAX).ofType(ADOPTED)).stream()
        .flatMap(said -> said.event().stream())
        .anyMatch(said -> said.subject().equals(subject(store)));
  }

  private static String subject(AuthenticStore store) {
    return "store/" + store.name();
  }

  private Event event(String type, AuthenticStore store, AuthenticStore.Position at) {
    return Event.of(
        type,
        clock.instant(),
        TenantId.DEFAULT,
        self.uri(),
        subject(store),
        Map.of("change", Long.toString(at.change()), "chain", at.chain().hex()));
  }

  private void onTime() {
    try {
      anchor();
    } catch (UnavailableException | CorruptException e) {
      // The ledger says so itself; the next second takes it along.
      LOG.log(System.Logger.Level.DEBUG, "store.not-anchored", e);
    } catch (RuntimeException | Error e) {
      // Thrown on, it would end the rounds for good.
      LOG.log(System.Logger.Level.ERROR, "store.not-anchored", e);
    }
  }

  /** Anchors what changed since the last time, and again what rests, lest it be far back. */
  private synchronized void anchor() {
    long size = ledger.status().size();
    for (AuthenticStore store : stores) {
      AuthenticStore.Position at = store.position();
      Anchored last = anchored.getOrDefault(store.name(), NEVER);
      boolean far = last.event() >= 0 && size - last.event() > FRESH;
      if (at.told() > last.change() || far) {
        long event = ledger.record(event(Ledger.ANCHORED, store, at));
        store.anchored(at.change());
        anchored.put(store.name(), new Anchored(at.change(), event));
      }
    }
  }

  @Override
  public void close() {
    timer.shutdown();
    try {
      if (timer.awaitTermination(10, TimeUnit.SECONDS)) {
        onTime();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
