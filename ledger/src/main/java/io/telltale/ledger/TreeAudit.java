package io.telltale.ledger;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import java.util.ArrayList;
import java.util.List;

/**
 * Holds a published tree against what its checkpoint signed: at the start its right edge, whatever
 * the tree's size; bundle by bundle all of it. One hash per entry and node; memory for one tile per
 * level. One thread at a time.
 */
final class TreeAudit {
  private final TileFiles files;
  private final Checkpoint checkpoint;
  private final TreeEdge edge = new TreeEdge();

  /** The tree's right edge and the entries of its last, partial bundle. */
  record Verified(TreeEdge edge, List<Bytes> lastEntries) {}

  /** Sees a bundle's entries, the first of which has number {@code from}. */
  interface Witness {
    void entries(long from, List<Bytes> entries);
  }

  TreeAudit(TileFiles files, Checkpoint checkpoint) {
    this.files = files;
    this.checkpoint = checkpoint;
  }

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

  /**
   * Derives the next bundle's tiles from its entries and compares them with what is stored; false
   * when there was none left, and the root is the checkpoint's. Throws {@link CorruptException}
   * naming the first file that is not what it must be.
   */
  boolean step(Witness witness) {
    long from = edge.size();
    if (from == checkpoint.size()) {
      edge.partial().forEach(tile -> compare(files, tile));
      requireRoot(files, checkpoint, edge.root());
      return false;
    }
    long bundle = from / TreeEdge.TILE_WIDTH;
    List<Bytes> entries = files.entries(bundle, TileNodes.width(0, bundle, checkpoint.size()));
    witness.entries(from, entries);
    for (Bytes entry : entries) {
      edge.append(MerkleTree.leafHash(entry)).forEach(tile -> compare(files, tile));
    }
    return true;
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
          "the ledger's file %s does not follow from the entries"
              .formatted(files.folder().resolve(TilePath.tile(tile.level(), tile.index(), width))));
    }
  }
}
