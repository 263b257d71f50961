package io.telltale.server;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.ledger.Ledger;
import io.telltale.ledger.LedgerEntry;
import io.telltale.ledger.LedgerQuery;
import io.telltale.sqlite.AuthenticStore;
import java.time.InstantSource;
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
 * may have been out for a while.
 */
final class StoreAnchors implements AutoCloseable {
  static final String ANCHORED = "store.anchored";
  static final String ADOPTED = "store.adopted";
  private static final System.Logger LOG = System.getLogger(StoreAnchors.class.getName());
  private static final long EVERY_MILLIS = 1_000;

  private final Ledger ledger;
  private final SpiffeId self;
  private final InstantSource clock;
  private final List<AuthenticStore> stores = new CopyOnWriteArrayList<>();
  private final Map<String, Long> anchored = new ConcurrentHashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon(true).name("store-anchors").unstarted(task));

  StoreAnchors(Ledger ledger, SpiffeId self, InstantSource clock) {
    this.ledger = ledger;
    this.self = self;
    this.clock = clock;
    timer.scheduleWithFixedDelay(this::onTime, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
  }

  /**
   * Takes a store in. Throws {@link CorruptException} that says what to do when the ledger has seen
   * it further on, or elsewhere.
   */
  AuthenticStore admit(AuthenticStore store) {
    Optional<Event> last = newest(ANCHORED, store);
    if (last.isPresent()) {
      long change = Long.parseLong(last.get().details().getOrDefault("change", "0"));
      Hash chain = Hash.ofHex(last.get().details().getOrDefault("chain", ""));
      require(store, change, store.relationTo(change, chain));
      store.anchored(change);
      anchored.put(store.name(), change);
    }
    if (store.adopted() && newest(ADOPTED, store).isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "store.adopted store={0} file={1} why=\"it was written before rows were authenticated:"
              + " what it holds now is believed, what changes from now on by another hand is not\"",
          store.name(),
          store.file());
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
                  .formatted(store.file(), seen)
              + " whole data folder, ledger included, of one moment");
    }
  }

  private Optional<Event> newest(String type, AuthenticStore store) {
    return ledger.search(LedgerQuery.newest(1).ofType(type).ofSubject(subject(store))).stream()
        .findFirst()
        .flatMap(LedgerEntry::event);
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

  /** Anchors what changed since the last time. */
  private synchronized void anchor() {
    for (AuthenticStore store : stores) {
      AuthenticStore.Position at = store.position();
      if (at.told() > anchored.getOrDefault(store.name(), 0L)) {
        ledger.record(event(ANCHORED, store, at));
        store.anchored(at.change());
        anchored.put(store.name(), at.change());
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
