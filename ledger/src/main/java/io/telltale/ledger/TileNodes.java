package io.telltale.ledger;

import io.telltale.kernel.Hash;
import io.telltale.proof.MerkleTree;
import io.telltale.proof.TreeShape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The nodes of a published tree of a given size, read from its tiles. Not thread-safe. */
final class TileNodes implements TreeShape.Nodes {
  private static final int TILES_MAX = 64;

  private final TileFiles files;
  private final long size;
  private final Map<Place, List<Hash>> read = new HashMap<>();

  private record Place(int level, long tile) {}

  TileNodes(TileFiles files, long size) {
    this.files = files;
    this.size = size;
  }

  @Override
  public Hash node(int level, long index) {
    int tileLevel = level / TreeEdge.TILE_HEIGHT;
    int height = level % TreeEdge.TILE_HEIGHT;
    // The node is the root over 2^height hashes of one tile, since a tile is 2^8 wide.
    long first = index << height;
    long tile = first / TreeEdge.TILE_WIDTH;
    List<Hash> hashes = hashes(new Place(tileLevel, tile));
    int from = (int) (first % TreeEdge.TILE_WIDTH);
    return MerkleTree.rootOf(hashes.subList(from, from + (1 << height)));
  }

  // A path, and paths that lie close together, ask for the same tiles again and again.
  private List<Hash> hashes(Place place) {
    if (read.size() >= TILES_MAX) {
      read.clear();
    }
    return read.computeIfAbsent(
        place, at -> files.tile(at.level(), at.tile(), width(at.level(), at.tile(), size)));
  }

  /** How many hashes that tile has in a tree of {@code size} leaves. */
  static int width(int tileLevel, long tile, long size) {
    long hashes = size >> (TreeEdge.TILE_HEIGHT * tileLevel);
    return (int) Math.min(TreeEdge.TILE_WIDTH, hashes - tile * TreeEdge.TILE_WIDTH);
  }
}
