package io.telltale.ledger;

import io.telltale.kernel.Hash;
import java.util.List;

/** The nodes of a published tree of a given size, read from its tiles. */
final class TileNodes implements TreeShape.Nodes {
  private final TileFiles files;
  private final long size;

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
    List<Hash> hashes = files.tile(tileLevel, tile, width(tileLevel, tile, size));
    int from = (int) (first % TreeEdge.TILE_WIDTH);
    return MerkleTree.rootOf(hashes.subList(from, from + (1 << height)));
  }

  /** How many hashes that tile has in a tree of {@code size} leaves. */
  static int width(int tileLevel, long tile, long size) {
    long hashes = size >> (TreeEdge.TILE_HEIGHT * tileLevel);
    return (int) Math.min(TreeEdge.TILE_WIDTH, hashes - tile * TreeEdge.TILE_WIDTH);
  }
}
