package io.telltale.ledger;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import io.telltale.proof.Checkpoint;
import io.telltale.proof.MerkleProofs;
import io.telltale.proof.MerkleTree;
import io.telltale.proof.TreeShape;
import java.util.ArrayList;
import java.util.List;

/**
 * Holds the right edge of a published tree against what its checkpoint signed, whatever the tree's
 * size. All of it {@link LedgerCheck} reads.
 */
final class TreeAudit {
  /** The tree's right edge and the entries of its last, partial bundle. */
  record Verified(TreeEdge edge, List<Bytes> lastEntries) {}

  /** Sees a bundle's entries, the first of which has number {@code from}. */
  interface Witness {
    void entries(long from, List<Bytes> entries);
  }

  private TreeAudit() {}

  /**
   * Reads what an append builds on, the tiles of the right edge and the last bundle, and shows that
   * the checkpoint covers it. Throws {@link CorruptException} naming what is not as it must be.
   */
  static Verified rightEdge(TileFiles files, Checkpoint checkpoint, Witness witness) {
    long size = checkpoint.size();
    var edge = new TreeEdge(size, begun(files, size));
    requireRoot(files, checkpoint, edge.root());
    if (size == 0) {
      return new Verified(edge, List.of());
    }
    long last = size - 1;
    long bundle = last / TreeEdge.TILE_WIDTH;
    int width = TileNodes.width(0, bundle, size);
    List<Bytes> entries = files.entries(bundle, width);
    witness.entries(bundle * TreeEdge.TILE_WIDTH, entries);
    List<Hash> hashes = entries.stream().map(MerkleTree::leafHash).toList();
    compare(files, new TreeEdge.Tile(0, bundle, hashes));
    List<Hash> path = new TreeShape(new TileNodes(files, size)).inclusion(last, size);
    if (!MerkleProofs.includes(hashes.getLast(), last, size, path, checkpoint.root())) {
      throw new CorruptException(
          "the ledger's last tiles below %s do not lead to the root of its checkpoint of size %d"
              .formatted(files.folder(), size));
    }
    return new Verified(edge, width < TreeEdge.TILE_WIDTH ? entries : List.of());
  }

  private static List<List<Hash>> begun(TileFiles files, long size) {
    var levels = new ArrayList<List<Hash>>();
    for (int level = 0; size >> (TreeEdge.TILE_HEIGHT * level) > 0; level++) {
      long hashes = size >> (TreeEdge.TILE_HEIGHT * level);
      int width = (int) (hashes % TreeEdge.TILE_WIDTH);
      levels.add(width == 0 ? List.of() : files.tile(level, hashes / TreeEdge.TILE_WIDTH, width));
    }
    return levels;
  }

  private static void requireRoot(TileFiles files, Checkpoint checkpoint, Hash root) {
    if (!root.equals(checkpoint.root())) {
      throw new CorruptException(
          "the ledger's tiles below %s do not have the root of its checkpoint of size %d"
              .formatted(files.folder(), checkpoint.size()));
    }
  }

  private static void compare(TileFiles files, TreeEdge.Tile tile) {
    int width = tile.hashes().size();
    if (!files.tile(tile.level(), tile.index(), width).equals(tile.hashes())) {
      throw new CorruptException(
          ("the ledger's file %s does not follow from %s: one of the two was altered or is of"
                  + " another moment: put the whole data folder back from one moment, and with"
                  + " database.url the database")
              .formatted(
                  files.folder().resolve(TilePath.tile(tile.level(), tile.index(), width)),
                  files.folder().resolve(TilePath.entries(tile.index(), width))));
    }
  }
}
