package io.telltale.ledger;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Finding;
import io.telltale.kernel.Hash;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import io.telltale.proof.BatchedOffsets;
import io.telltale.proof.Checkpoint;
import io.telltale.proof.MerkleTree;
import io.telltale.proof.NoteKey;
import io.telltale.proof.TreeShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The published tree, older forms of its files included, and what the index holds of it: a bundle
 * of 256 events a step, with the tiles that end there; then which batches the index finds, 256 rows
 * a step, since no seal covers those.
 */
final class LedgerCheck implements StoreCheck {
  private static final String NOT_ITS_LEAFS =
      "The event stays proven by its leaf, but what it said is lost unless a copy has it. "
          + Finding.FROM_A_COPY;

  private static final String ONE_OF_BOTH = ": one of the two was altered or is of another moment";

  private static final String BATCHES = "batches ";

  /** Of the log. */
  private static final int PARTITIONS = 16;

  private final TileFiles files;
  private final EventIndex index;
  private final EventSealing sealing;
  private final NoteKey key;
  private final Supplier<Checkpoint> published;

  /**
   * @param published what was published last; the file never speaks of less
   */
  LedgerCheck(
      TileFiles files,
      EventIndex index,
      EventSealing sealing,
      NoteKey key,
      Supplier<Checkpoint> published) {
    this.files = files;
    this.index = index;
    this.sealing = sealing;
    this.key = key;
    this.published = published;
  }

  @Override
  public String name() {
    return "ledger";
  }

  @Override
  public Step next(String position, BooleanSupplier goesOn) {
    var step = new Running(goesOn);
    if (position.startsWith(BATCHES)) {
      return batches(step, position, goesOn);
    }
    // Before the file is read: it may go on meanwhile, and never back.
    Checkpoint least = published.get();
    Optional<Checkpoint> checkpoint;
    try {
      checkpoint = files.checkpoint().flatMap(note -> Checkpoint.verify(note, key));
    } catch (UnavailableException e) {
      step.findings.add(Finding.unreadable(files.folder().resolve("checkpoint").toString(), e));
      return step.ended(position, true);
    }
    if (checkpoint.isEmpty()) {
      step.lost(files.folder().resolve("checkpoint"), "is missing or not signed by our key");
      return step.ended(position, true);
    }
    if (isOlder(checkpoint.get(), least)) {
      step.findings.add(older(checkpoint.get(), least));
      return step.ended(position, true);
    }
    long size = checkpoint.get().size();
    long bundle = position.isEmpty() ? 0 : Long.parseLong(position);
    boolean last = (bundle + 1) * TreeEdge.TILE_WIDTH >= size;
    if (bundle * TreeEdge.TILE_WIDTH < size) {
      step.attempt(
          "the ledger from event %d on".formatted(bundle * TreeEdge.TILE_WIDTH),
          () -> bundle(step, bundle, size));
    }
    if (last) {
      step.attempt("the end of the ledger", () -> end(step, checkpoint.get()));
    }
    return step.ended(last ? BATCHES + "0 -1" : Long.toString(bundle + 1), false);
  }

  private static boolean isOlder(Checkpoint stored, Checkpoint least) {
    return stored.size() < least.size()
        || (stored.size() == least.size() && !stored.root().equals(least.root()));
  }

  private Finding older(Checkpoint stored, Checkpoint least) {
    return new Finding(
        files.folder().resolve("checkpoint").toString(),
        "is an older one",
        ": of %d events with root %s, where one of %d with root %s was published"
            .formatted(stored.size(), stored.root().hex(), least.size(), least.root().hex()),
        Finding.FROM_A_COPY);
  }

  private Step batches(Running step, String position, BooleanSupplier goesOn) {
    String[] after = position.substring(BATCHES.length()).split(" ", -1);
    int partition = Integer.parseInt(after[0]);
    List<EventIndex.BatchRow> rows;
    try {
      rows = index.batchesAfter(partition, Long.parseLong(after[1]), TreeEdge.TILE_WIDTH);
    } catch (UnavailableException e) {
      step.findings.add(
          Finding.unreadable(
              "the batches of partition %d in %s".formatted(partition, index.store().place()), e));
      return step.ended(BATCHES + (partition + 1) + " -1", partition + 1 >= PARTITIONS);
    }
    String done = position;
    for (EventIndex.BatchRow row : rows) {
      if (!goesOn.getAsBoolean()) {
        return step.ended(done, false);
      }
      done = BATCHES + row.partition() + " " + row.first();
      step.bytes += 2 * Long.BYTES + Integer.BYTES;
      step.attempt(place(row), () -> batch(step, row));
    }
    return step.ended(done, rows.size() < TreeEdge.TILE_WIDTH);
  }

  private void batch(Running step, EventIndex.BatchRow named) {
    Optional<EventIndex.Row> event = index.row(named.number());
    if (event.isPresent() && sealing.erased(event.get())) {
      return;
    }
    boolean right =
        event
            .flatMap(sealing::open)
            .flatMap(opened -> BatchedOffsets.of(opened.body().event(opened.leaf())))
            .filter(offsets -> !offsets.late())
            .filter(offsets -> offsets.begins(named.partition(), named.first()))
            .isPresent();
    if (!right) {
      step.findings.add(
          Finding.lost(place(named), "is not one that event %d names".formatted(named.number())));
    }
  }

  private String place(EventIndex.BatchRow named) {
    return "the batch of entry %d:%d in %s"
        .formatted(named.partition(), named.first(), index.store().place());
  }

  /** What one step has come to so far. */
  private static final class Running {
    private final List<Finding> findings = new ArrayList<>();
    private final BooleanSupplier goesOn;
    private long bytes;
    private boolean ended;

    Running(BooleanSupplier goesOn) {
      this.goesOn = goesOn;
    }

    /** To be called before each piece of work. */
    void goOn() {
      if (!goesOn.getAsBoolean()) {
        ended = true;
        throw new UnavailableException("the check of the ledger was ended");
      }
    }

    void lost(Path file, String what) {
      lost(file, what, "");
    }

    /** What may be another the next time is {@code more}: the last bundle grows meanwhile. */
    void lost(Path file, String what, String more) {
      findings.add(new Finding(file.toString(), what, more, Finding.FROM_A_COPY));
    }

    void attempt(String place, Runnable part) {
      try {
        part.run();
      } catch (CorruptException e) {
        findings.add(new Finding(place, "is damaged", ": " + e.getMessage(), Finding.FROM_A_COPY));
      } catch (UnavailableException e) {
        if (ended) {
          throw e;
        }
        findings.add(Finding.unreadable(place, e));
      }
    }

    Step ended(String position, boolean last) {
      return new Step(position, last, bytes, 0, findings);
    }
  }

  private void bundle(Running step, long bundle, long size) {
    step.goOn();
    int width = TileNodes.width(0, bundle, size);
    List<Bytes> entries = files.entries(bundle, width);
    Path complete = TilePath.entries(bundle, TreeEdge.TILE_WIDTH);
    Bytes written = TileFiles.entryBytes(entries);
    step.bytes += written.size();
    for (TileFiles.Partial partial : files.partials(complete)) {
      boolean known = partial.width() <= entries.size();
      if (known
          && !partial.bytes().equals(TileFiles.entryBytes(entries.subList(0, partial.width())))) {
        step.lost(
            partial.file(),
            "is not the beginning of the bundle that followed it",
            ", " + files.folder().resolve(TilePath.entries(bundle, width)) + ONE_OF_BOTH);
      }
      step.bytes += partial.bytes().size();
    }
    Path file = files.folder().resolve(TilePath.entries(bundle, width));
    tile(step, new Tile(0, bundle, file), entries.stream().map(MerkleTree::leafHash).toList());
    rows(step, bundle * TreeEdge.TILE_WIDTH, entries, file);
    above(step, bundle + 1);
  }

  /** The complete tiles that end with that many bundles. */
  private void above(Running step, long bundles) {
    long below = bundles;
    for (int level = 1; below > 0 && below % TreeEdge.TILE_WIDTH == 0; level++) {
      long tile = below / TreeEdge.TILE_WIDTH - 1;
      tile(
          step,
          new Tile(level, tile, below(level, tile, TreeEdge.TILE_WIDTH)),
          rootsBelow(step, level, tile, TreeEdge.TILE_WIDTH));
      below /= TreeEdge.TILE_WIDTH;
    }
  }

  /** The last of the tiles that one follows from: it stands for all of them. */
  private Path below(int level, long tile, int width) {
    long last = tile * TreeEdge.TILE_WIDTH + width - 1;
    return files.folder().resolve(TilePath.tile(level - 1, last, TreeEdge.TILE_WIDTH));
  }

  private List<Hash> rootsBelow(Running step, int level, long tile, int width) {
    var roots = new ArrayList<Hash>(width);
    for (int i = 0; i < width; i++) {
      step.goOn();
      long child = tile * TreeEdge.TILE_WIDTH + i;
      roots.add(MerkleTree.rootOf(files.tile(level - 1, child, TreeEdge.TILE_WIDTH)));
    }
    return roots;
  }

  /**
   * A tile.
   *
   * @param from the file that it follows from
   */
  private record Tile(int level, long index, Path from) {
    static final String APART = "does not follow from what is below it";

    /** What else is said of one that does not. */
    String apart() {
      return (level == 0 ? ", " : ", the tiles up to ") + from + ONE_OF_BOTH;
    }
  }

  private void tile(Running step, Tile tile, List<Hash> expected) {
    step.goOn();
    int width = expected.size();
    if (!files.tile(tile.level(), tile.index(), width).equals(expected)) {
      Path file = TilePath.tile(tile.level(), tile.index(), width);
      step.lost(files.folder().resolve(file), Tile.APART, tile.apart());
    }
    step.bytes += (long) width * Hash.SIZE;
    for (TileFiles.Partial partial :
        files.partials(TilePath.tile(tile.level(), tile.index(), TreeEdge.TILE_WIDTH))) {
      if (partial.width() <= width
          && !partial.bytes().equals(TileFiles.tileBytes(expected.subList(0, partial.width())))) {
        step.lost(partial.file(), Tile.APART, tile.apart());
      }
      step.bytes += partial.bytes().size();
    }
  }

  private void rows(Running step, long from, List<Bytes> entries, Path file) {
    List<EventIndex.Found> rows = index.found(from, entries.size());
    for (int i = 0; i < entries.size(); i++) {
      step.goOn();
      long number = from + i;
      if (i >= rows.size() || !rows.get(i).row().leaf().equals(entries.get(i))) {
        step.findings.add(
            new Finding(
                event(number),
                "is not the published one",
                " in " + file + ONE_OF_BOTH,
                Finding.FROM_A_COPY));
        return;
      }
      row(step, rows.get(i));
    }
  }

  private String event(long number) {
    return "event %d of %s".formatted(number, index.store().place());
  }

  private void row(Running step, EventIndex.Found found) {
    String where = event(found.row().number());
    step.bytes += found.row().leaf().size() + (long) found.row().body().size();
    try {
      Optional<EventSealing.Opened> opened = sealing.open(found.row());
      if (opened.isEmpty() && !sealing.erased(found.row())) {
        step.findings.add(new Finding(where, "has a body that does not open", NOT_ITS_LEAFS));
      } else if (opened.isPresent()
          && !index.isFoundBy(found, opened.get().leaf(), opened.get().body())) {
        step.findings.add(
            Finding.lost(where, "is searched by another type, time, subject or actor than it has"));
      } else if (opened.isPresent()) {
        indexed(step, where, found.row().number(), opened.get());
      }
    } catch (CorruptException e) {
      step.findings.add(new Finding(where, "is damaged", ": " + e.getMessage(), NOT_ITS_LEAFS));
    }
  }

  private void indexed(Running step, String where, long number, EventSealing.Opened opened) {
    Optional<BatchedOffsets> offsets = BatchedOffsets.of(opened.body().event(opened.leaf()));
    if (offsets.isPresent()
        && number >= index.batchesFrom()
        && !index.areFoundBy(number, offsets.get())) {
      step.findings.add(
          Finding.lost(where, "is a batch whose entries of the log are not found by it"));
    }
  }

  /** What is not complete yet: tiles, root, and events that no checkpoint covers. */
  private void end(Running step, Checkpoint checkpoint) {
    long size = checkpoint.size();
    long below = size / TreeEdge.TILE_WIDTH;
    for (int level = 1; below > 0; level++) {
      int width = (int) (below % TreeEdge.TILE_WIDTH);
      if (width > 0) {
        long tile = below / TreeEdge.TILE_WIDTH;
        tile(
            step,
            new Tile(level, tile, below(level, tile, width)),
            rootsBelow(step, level, tile, width));
      }
      below /= TreeEdge.TILE_WIDTH;
    }
    step.goOn();
    if (!new TreeShape(new TileNodes(files, size)).root(size).equals(checkpoint.root())) {
      step.lost(
          files.folder().resolve("checkpoint"),
          "has another root than the tiles below "
              + files.folder().resolve("tile")
              + ": one of them was altered or is of another moment");
    }
    for (EventIndex.Found found : index.found(size, TreeEdge.TILE_WIDTH)) {
      step.goOn();
      row(step, found);
    }
  }
}
