package io.telltale.ledger;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Finding;
import io.telltale.kernel.Hash;
import io.telltale.kernel.TenantId;
import io.telltale.proof.Checkpoint;
import io.telltale.proof.LedgerLeaf;
import io.telltale.proof.MerkleProofs;
import io.telltale.proof.MerkleTree;
import io.telltale.proof.TreeShape;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Reads the newest events out of what the signed checkpoint covers. The index is asked for bodies
 * only: which events there are is told by leaves that were verified, so that no edit of the index
 * hides one or puts an older one in its place.
 */
final class NewestEvents {
  private final TileFiles files;
  private final EventIndex index;
  private final EventSealing sealing;
  private final Checkpoint checkpoint;

  NewestEvents(TileFiles files, EventIndex index, EventSealing sealing, Checkpoint checkpoint) {
    this.files = files;
    this.index = index;
    this.sealing = sealing;
    this.checkpoint = checkpoint;
  }

  /**
   * What is wanted.
   *
   * @param tenant to whom alone events of that type belong; of one that was erased there are none
   * @param bundles how many bundles of 256 events are looked at
   */
  record Wanted(String type, TenantId tenant, int bundles) {}

  /** Hands the events to {@code more}, newest first, until it says no. */
  void read(Wanted wanted, Predicate<LedgerEntry> more) {
    long last = Math.floorDiv(checkpoint.size() - 1, TreeEdge.TILE_WIDTH);
    for (long bundle = last; bundle >= 0 && bundle > last - wanted.bundles(); bundle--) {
      List<Bytes> leaves = verified(bundle);
      for (int i = leaves.size() - 1; i >= 0; i--) {
        long number = bundle * TreeEdge.TILE_WIDTH + i;
        Optional<LedgerLeaf> leaf = LedgerLeaf.parse(leaves.get(i));
        if (leaf.isPresent() && leaf.get().type().equals(wanted.type())) {
          Optional<LedgerEntry> entry = entry(wanted, number, leaves.get(i));
          if (entry.isPresent() && !more.test(entry.get())) {
            return;
          }
        }
      }
    }
  }

  // A path from any leaf of a bundle runs over all the others' hashes, in the tile.
  private List<Bytes> verified(long bundle) {
    long from = bundle * TreeEdge.TILE_WIDTH;
    int width = (int) Math.min(TreeEdge.TILE_WIDTH, checkpoint.size() - from);
    List<Bytes> leaves = files.entries(bundle, width);
    List<Hash> hashes = leaves.stream().map(MerkleTree::leafHash).toList();
    List<Hash> path =
        new TreeShape(new TileNodes(files, checkpoint.size())).inclusion(from, checkpoint.size());
    boolean covered =
        hashes.equals(files.tile(0, bundle, width))
            && MerkleProofs.includes(
                hashes.getFirst(), from, checkpoint.size(), path, checkpoint.root());
    if (!covered) {
      throw lost("events %d to %d are not the published ones".formatted(from, from + width - 1));
    }
    return leaves;
  }

  private Optional<LedgerEntry> entry(Wanted wanted, long number, Bytes leaf) {
    EventIndex.Row row =
        index
            .row(number)
            .filter(found -> found.leaf().equals(leaf))
            .filter(found -> found.tenant().equals(wanted.tenant().name()))
            .orElseThrow(() -> lost(event(number) + " is not the published one"));
    Optional<EventSealing.Opened> opened = sealing.open(row);
    if (opened.isEmpty() && !sealing.erased(row)) {
      throw lost(event(number) + " has a body that does not open");
    }
    return opened.map(
        one ->
            new LedgerEntry(
                number,
                one.leaf().type(),
                one.leaf().time(),
                Optional.of(one.body().event(one.leaf()))));
  }

  private String event(long number) {
    return "event %d of %s".formatted(number, index.store().place());
  }

  private CorruptException lost(String what) {
    return new CorruptException(files.folder() + ": " + what + ". " + Finding.FROM_A_COPY);
  }
}
