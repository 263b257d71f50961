package io.telltale.ledger;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.db.AuthenticStore;
import io.telltale.db.StoreSeal;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Event;
import io.telltale.kernel.EventHistory;
import io.telltale.kernel.EventSink;
import io.telltale.kernel.Finding;
import io.telltale.kernel.Hash;
import io.telltale.kernel.Outbox;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.proof.Checkpoint;
import io.telltale.proof.DisclosedEvent;
import io.telltale.proof.EventBody;
import io.telltale.proof.LedgerLeaf;
import io.telltale.proof.MerkleProofs;
import io.telltale.proof.MerkleTree;
import io.telltale.proof.NoteKey;
import io.telltale.proof.NoteSigner;
import io.telltale.proof.TreeShape;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * The append-only log of events: the only audit trail. An event is durable when it is in the index,
 * and provable when a signed checkpoint covers it, at most a publishing interval later.
 *
 * <p>Thread-safe. One process at a time may have a folder open.
 */
public final class Ledger implements EventHistory, EventSink, AutoCloseable {
  /** The type of the events that say how far a store is, since there are seals. */
  public static final String ANCHORED = "store.anchored";

  private static final String NAME_KEY = "ledger-name-key";
  private static final int NAME_KEY_SIZE = 32;
  private static final String STORE_KEY = "ledger-store-key";
  private static final int STORE_KEY_SIZE = 32;
  private static final Duration RECORD_MAX = Duration.ofSeconds(10);
  private static final Duration PUBLISH_MAX = Duration.ofSeconds(10);

  private final TileFiles files;
  private final EventIndex index;
  private final EventSealing sealing;
  private final TreeStore tree;
  private final Sequencer sequencer;
  private final LongSupplier nanoTime;
  private final AtomicReference<String> damage = new AtomicReference<>("");
  private final NoteKey key;

  /** A checkpoint's signed note and events that it covers. */
  public record Proven(Bytes checkpoint, List<DisclosedEvent> events) {
    public Proven {
      events = List.copyOf(events);
    }
  }

  /**
   * @param size events that are durable
   * @param published events that a checkpoint covers
   * @param problem what keeps the ledger from working, or empty
   */
  public record Status(long size, long published, String problem) {}

  private Ledger(LedgerParts parts, TileFiles files, EventIndex index, TreeStore tree) {
    this.files = files;
    this.index = index;
    this.tree = tree;
    this.key = parts.signer().key();
    this.sealing = new EventSealing(parts.sealer(), parts.entropy());
    this.sequencer = new Sequencer(index, sealing, tree, parts);
    this.nanoTime = parts.nanoTime();
  }

  /**
   * Opens or creates the ledger in the folder. Holds what it appends to against the signed
   * checkpoint, which takes no longer for a long history; the rest is for {@link #check}, and
   * whatever a proof is made of is looked at before it is given. Throws {@link CorruptException}
   * naming the first thing that is not what was signed.
   */
  public static Ledger open(LedgerParts parts) {
    return open(parts, Disk.real());
  }

  static Ledger open(LedgerParts parts, Disk disk) {
    try {
      PrivateFiles.folder(parts.folder());
    } catch (IOException e) {
      throw new UnavailableException("creating the ledger's folder " + parts.folder(), e);
    }
    var files = new TileFiles(parts.folder(), disk);
    requireNameKey(files, parts.secrets());
    SecretBytes nameKey = parts.secrets().loadOrCreate(NAME_KEY, NAME_KEY_SIZE);
    StoreSeal seal =
        storeSeal(parts.secrets(), parts.entropy())
            .adoptingOnlyIf(() -> !wasAnchored(files, parts.signer().key()));
    var index = new EventIndex(parts.index(), seal, nameKey);
    try {
      TreeStore tree = loaded(files, parts.signer(), index);
      var ledger = new Ledger(parts, files, index, tree);
      ledger.sequencer.start();
      return ledger;
    } catch (RuntimeException e) {
      index.close();
      throw e;
    }
  }

  // Another in its place would find nothing of what was recorded before.
  private static void requireNameKey(TileFiles files, SecretStore secrets) {
    if (files.checkpoint().isPresent() && !secrets.has(NAME_KEY)) {
      throw new CorruptException(
          "the secret "
              + NAME_KEY
              + " below keys/, by which events are found, is gone. Nothing is served from "
              + files.folder()
              + ". "
              + Finding.FROM_A_COPY);
    }
  }

  // Stores have been anchored since rows have seals. Read from the newest leaf on; only for an
  // index
  // that has none.
  private static boolean wasAnchored(TileFiles files, NoteKey key) {
    long size =
        files
            .checkpoint()
            .flatMap(note -> Checkpoint.verify(note, key))
            .map(Checkpoint::size)
            .orElse(0L);
    for (long bundle = Math.floorDiv(size - 1, TreeEdge.TILE_WIDTH); bundle >= 0; bundle--) {
      boolean found =
          files.entries(bundle, TileNodes.width(0, bundle, size)).stream()
              .flatMap(leaf -> LedgerLeaf.parse(leaf).stream())
              .anyMatch(leaf -> leaf.type().equals(ANCHORED));
      if (found) {
        return true;
      }
    }
    return false;
  }

  /** What authenticates {@code index.db}. */
  public static StoreSeal storeSeal(SecretStore secrets, Entropy entropy) {
    // The entries are what the tiles were made from: those say whether they are right. Of a batch
    // its entry says what is in it.
    return new StoreSeal("ledger", secrets.loadOrCreate(STORE_KEY, STORE_KEY_SIZE), entropy)
        .without("entry", "batch");
  }

  private static TreeStore loaded(TileFiles files, NoteSigner signer, EventIndex index) {
    try {
      return load(files, signer, index);
    } catch (CorruptException e) {
      var told =
          new CorruptException(
              e.getMessage() + ". Nothing is served from it. " + Finding.FROM_A_COPY);
      told.addSuppressed(e);
      throw told;
    }
  }

  private static TreeStore load(TileFiles files, NoteSigner signer, EventIndex index) {
    TreeStore.Published published = published(files, signer.key(), index.published());
    var verified =
        TreeAudit.rightEdge(
            files, published.checkpoint(), (from, leaves) -> same(files, index, from, leaves));
    var tree = new TreeStore(files, signer, verified, published);
    // What was durable but not yet published when the last process ended.
    Sequencer.appendMissing(index, tree);
    if (tree.unpublished() || published.note().size() == 0) {
      publish(index, tree);
    }
    return tree;
  }

  private static void publish(EventIndex index, TreeStore tree) {
    try {
      tree.publish();
      index.published(tree.size());
    } catch (UnavailableException e) {
      // A full disk must not keep the program from starting: the sequencer tries again.
      return;
    }
  }

  private static TreeStore.Published published(TileFiles files, NoteKey key, long atLeast) {
    Optional<Bytes> note = files.checkpoint();
    if (note.isEmpty() && atLeast == 0) {
      var empty = new Checkpoint(key.name(), 0, MerkleTree.EMPTY_ROOT);
      return new TreeStore.Published(empty, Bytes.EMPTY);
    }
    Checkpoint checkpoint =
        note.flatMap(bytes -> Checkpoint.verify(bytes, key))
            .orElseThrow(
                () ->
                    new CorruptException(
                        "%s is missing or not signed by %s"
                            .formatted(files.folder().resolve("checkpoint"), key)));
    // The index learns of a checkpoint after it is on disk, so an older one was put back.
    if (checkpoint.size() < atLeast) {
      throw new CorruptException(
          "%s speaks of %d events, but one of %d was published"
              .formatted(files.folder().resolve("checkpoint"), checkpoint.size(), atLeast));
    }
    return new TreeStore.Published(checkpoint, note.orElse(Bytes.EMPTY));
  }

  private static void same(TileFiles files, EventIndex index, long from, List<Bytes> leaves) {
    List<Bytes> indexed = index.leaves(from, leaves.size());
    for (int i = 0; i < leaves.size(); i++) {
      if (i >= indexed.size() || !indexed.get(i).equals(leaves.get(i))) {
        throw new CorruptException(
            ("event %d of %s is not the published one in %s: one of the two was altered or is of"
                    + " another moment: put the whole data folder back from one moment, and with"
                    + " database.url the database")
                .formatted(
                    from + i,
                    index.store().place(),
                    files
                        .folder()
                        .resolve(TilePath.entries(from / TreeEdge.TILE_WIDTH, leaves.size()))));
      }
    }
  }

  @Override
  public long record(Event event) {
    try {
      return sequencer
          .submit(sealing.prepare(EventBody.DIRECT, 0, event))
          .get(RECORD_MAX.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("waiting to record " + event.type(), e);
    } catch (TimeoutException e) {
      throw new UnavailableException("recording %s in time".formatted(event.type()), e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof CorruptException corrupt) {
        throw corrupt;
      }
      throw new UnavailableException("recording " + event.type(), e);
    }
  }

  /**
   * Throws {@link CorruptException} that says what to do when that store was told of events being
   * here that are not: an older ledger was put back. To be asked before anything is recorded.
   */
  public void requireTaken(Outbox outbox) {
    long taken = index.sources().getOrDefault(outbox.source(), 0L);
    long forgotten = outbox.forgotten();
    if (forgotten > taken) {
      throw new CorruptException(
          "%s is older than the store %s, or another: it holds the events of that store up to %d,"
                  .formatted(files.folder(), outbox.source(), taken)
              + " and has taken them up to %d before. Nothing is served. Put the newest copy of"
                  .formatted(forgotten)
              + " this folder back, or restore the whole data folder of one moment");
    }
  }

  /** Sequences what {@code outbox} has and will have: each event once, in order. */
  public void attach(Outbox outbox) {
    sequencer.attach(outbox);
  }

  /** Events, newest first, however far back; ask again before the last one's index for more. */
  public List<LedgerEntry> search(LedgerQuery query) {
    return index.search(query).stream().map(this::entry).toList();
  }

  /** As {@link #search}, of boundedly many looked at: few or none may be found, and a next. */
  public LedgerPage page(LedgerQuery query) {
    EventSearch.Page page = index.page(query, EventSearch.LOOKED_AT_MAX);
    return new LedgerPage(page.rows().stream().map(this::entry).toList(), page.next());
  }

  @Override
  public Optional<Event> newest(String type, String subject) {
    LedgerQuery query = LedgerQuery.newest(1).ofType(type).ofSubject(subject);
    return search(query).stream().findFirst().map(Ledger::opened);
  }

  private static Event opened(LedgerEntry entry) {
    return entry
        .event()
        .orElseThrow(
            () ->
                new CorruptException(
                    "event %d of the ledger, the last %s, does not open"
                        .formatted(entry.index(), entry.type())));
  }

  long nanoTime() {
    return nanoTime.getAsLong();
  }

  public Optional<LedgerEntry> event(long number) {
    return index.row(number).map(this::entry);
  }

  private LedgerEntry entry(EventIndex.Row row) {
    LedgerLeaf leaf =
        LedgerLeaf.parse(row.leaf())
            .orElseThrow(
                () -> new CorruptException("event %d has no leaf".formatted(row.number())));
    Optional<Event> event = sealing.open(row).map(opened -> opened.body().event(leaf));
    return new LedgerEntry(row.number(), leaf.type(), leaf.time(), event);
  }

  /**
   * Hands published events of a type that one tenant alone has to {@code more}, newest first, until
   * it says no or some {@code most} published events were looked at. They are found by leaves that
   * the checkpoint covers, not by the index. Throws {@link CorruptException} naming the first that
   * is not as published, or that the index gives to somebody else.
   */
  public void newest(String type, TenantId tenant, int most, Predicate<LedgerEntry> more) {
    var wanted = new NewestEvents.Wanted(type, tenant, Math.ceilDiv(most, TreeEdge.TILE_WIDTH));
    new NewestEvents(files, index, sealing, tree.published().checkpoint()).read(wanted, more);
  }

  /** The newest signed checkpoint, a C2SP signed note. */
  public Bytes checkpoint() {
    return tree.published().note();
  }

  /** The key that signs the checkpoints. */
  public NoteKey key() {
    return key;
  }

  /**
   * Discloses events that one checkpoint covers, waiting for that checkpoint if need be. Empty when
   * there is no such event or a body can no longer be opened.
   */
  public Optional<Proven> prove(List<Long> indexes) {
    long newest = indexes.stream().mapToLong(Long::longValue).max().orElse(-1);
    if (newest >= index.size() || indexes.stream().anyMatch(one -> one < 0)) {
      return Optional.empty();
    }
    TreeStore.Published covering = publishedAt(newest + 1);
    long size = covering.checkpoint().size();
    var shape = new TreeShape(new TileNodes(files, size));
    var events = new ArrayList<DisclosedEvent>();
    for (long number : indexes) {
      Optional<EventSealing.Opened> opened = index.row(number).flatMap(sealing::open);
      if (opened.isEmpty()) {
        return Optional.empty();
      }
      List<Hash> path = shape.inclusion(number, size);
      requireProof(opened.get().leaf(), number, path, covering.checkpoint());
      events.add(disclose(number, opened.get(), path));
    }
    return Optional.of(new Proven(covering.note(), events));
  }

  private static void requireProof(
      LedgerLeaf leaf, long number, List<Hash> path, Checkpoint checkpoint) {
    if (!MerkleProofs.includes(leaf.hash(), number, checkpoint.size(), path, checkpoint.root())) {
      throw new CorruptException(
          "event %d of the ledger is not proven by its tiles: see `./telltale ledger verify`"
              .formatted(number));
    }
  }

  private static DisclosedEvent disclose(long number, EventSealing.Opened opened, List<Hash> path) {
    LedgerLeaf leaf = opened.leaf();
    return new DisclosedEvent(
        number, leaf.type(), leaf.time(), opened.salt(), opened.bodyBytes(), path);
  }

  /** The number of the event of the batch that may have the entry; that event says if it has. */
  OptionalLong batchOf(int partition, long offset) {
    return index.batch(partition, offset);
  }

  /** Events of batches below this number cannot be found by {@link #batchOf}. */
  long batchesFrom() {
    return index.batchesFrom();
  }

  private TreeStore.Published publishedAt(long size) {
    try {
      if (!sequencer.await(size, PUBLISH_MAX)) {
        throw new UnavailableException(
            "waiting for a checkpoint of %d events: %s".formatted(size, sequencer.problem()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("waiting for a checkpoint", e);
    }
    return tree.published();
  }

  /** Waits until a checkpoint covers more than now, at most {@code wait}; false if none did. */
  boolean awaitMore(Duration wait) {
    try {
      return sequencer.await(tree.published().checkpoint().size() + 1, wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The consistency path between two published sizes, 0 &lt; first &lt;= second. */
  public List<Hash> consistency(long first, long second) {
    requirePublished(second);
    return new TreeShape(new TileNodes(files, second)).consistency(first, second);
  }

  /** The root that the log had at a published size. */
  public Hash root(long size) {
    requirePublished(size);
    return new TreeShape(new TileNodes(files, size)).root(size);
  }

  private void requirePublished(long size) {
    if (size < 0 || size > tree.published().checkpoint().size()) {
      throw new IllegalArgumentException("no checkpoint covers %d events".formatted(size));
    }
  }

  /**
   * Makes {@link #check} to its end, however long it takes. What is found while events come must be
   * found twice.
   *
   * @return the first thing that is wrong or cannot be read; empty: nothing is
   */
  public Optional<Finding> verify() {
    StoreCheck check = check();
    StoreCheck.Step step;
    String position = StoreCheck.BEGINNING;
    do {
      step = check.next(position);
      if (!step.findings().isEmpty()) {
        List<Finding> again = check.next(position).findings();
        Optional<Finding> lasting =
            step.findings().stream().filter(one -> again.stream().anyMatch(one::same)).findFirst();
        if (lasting.isPresent()) {
          return lasting;
        }
      }
      position = step.position();
    } while (!step.last());
    return Optional.empty();
  }

  /** Reads everything again, and what the index says of it. */
  public StoreCheck check() {
    return new LedgerCheck(files, index, sealing, key, () -> tree.published().checkpoint());
  }

  /** Our own database, for those who watch over it. */
  public AuthenticStore store() {
    return index.store();
  }

  public Status status() {
    long published = tree.published().checkpoint().size();
    String found = damage.get();
    String problem = found.isEmpty() ? sequencer.problem() : found;
    try {
      return new Status(index.size(), published, problem);
    } catch (CorruptException | UnavailableException e) {
      // Who looks for what is wrong must not be refused for it.
      String why = String.valueOf(e.getMessage());
      return new Status(published, published, problem.isEmpty() ? why : problem);
    }
  }

  /** What {@link #check} found wrong, the first thing only: the status says so from now on. */
  public void condemn(String why) {
    damage.compareAndSet("", why);
  }

  /** Sequences what was handed in, publishes it and releases everything. */
  @Override
  public void close() {
    sequencer.close();
    index.close();
  }
}
