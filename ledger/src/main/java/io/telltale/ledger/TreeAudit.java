package io.telltale.ledger;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import java.util.List;

/**
 * Derives a published tree again from its entries and compares every tile and the root with what is
 * stored. One hash per entry and node; memory for one tile per level.
 */
final class TreeAudit {
  private TreeAudit() {}

  /** The tree's right edge and the entries of its last, partial bundle. */
  record Verified(TreeEdge edge, List<Bytes> lastEntries) {}

  /** Sees each bundle's entries, the first of which has number {@code from}. */
  interface Witness {
    void entries(long from, List<Bytes> entries);
  }

  /** Throws {@link CorruptException} naming the first file that is not what it must be. */
  static Verified verify(TileFiles files, Checkpoint checkpoint, Witness witness) {
    var edge = new TreeEdge();
    List<Bytes> last = List.of();
    while (edge.size() < checkpoint.size()) {
      long from = edge.size();
      long bundle = from / TreeEdge.TILE_WIDTH;
      int width = TileNodes.width(0, bundle, checkpoint.size());
      List<Bytes> entries = files.entries(bundle, width);
      witness.entries(from, entries);
      for (Bytes entry : entries) {
        for (TreeEdge.Tile tile : edge.append(MerkleTree.leafHash(entry))) {
          compare(files, tile);
        }
      }
      last = width < TreeEdge.TILE_WIDTH ? entries : List.of();
    }
    for (TreeEdge.Tile tile : edge.partial()) {
      compare(files, tile);
    }
    if (!edge.root().equals(checkpoint.root())) {
      throw new CorruptException(
          "the ledger's entries below %s do not have the root of its checkpoint of size %d"
              .formatted(files.folder(), checkpoint.size()));
    }
    return new Verified(edge, last);
  }

  private static void compare(TileFiles files, TreeEdge.Tile tile) {
    int width = tile.hashes().size();
    if (!files.tile(tile.level(), tile.index(), width).equals(tile.hashes())) {
      throw new CorruptException(
          "the ledger's file %s does not follow from the entries"
              .formatted(files.folder().resolve(TilePath.tile(tile.level(), tile.index(), width))));
    }
  }
}
