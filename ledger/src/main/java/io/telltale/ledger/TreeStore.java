package io.telltale.ledger;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import io.telltale.proof.Checkpoint;
import io.telltale.proof.MerkleTree;
import io.telltale.proof.NoteSigner;
import io.telltale.proof.SignedNote;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The tree as it grows and as it was last published. Appending and publishing belong to the
 * sequencer's thread; {@link #published} may be read by any.
 *
 * <p>A crash is harmless at every point: the index holds the entries, so that what is appended
 * again at the next start gives the same bytes in the same files.
 */
final class TreeStore {
  // A million entries: more than that without a checkpoint, and the disk needs help first.
  private static final int PENDING_BUNDLES_MAX = 4_096;

  private final TileFiles files;
  private final NoteSigner signer;
  private final TreeEdge edge;
  private final List<TreeEdge.Tile> completed = new ArrayList<>();
  private final Map<Long, List<Bytes>> bundles = new HashMap<>();
  private final Map<Integer, String> partialWritten = new HashMap<>();
  private volatile Published published;

  /** A checkpoint that is on disk with everything it covers. */
  record Published(Checkpoint checkpoint, Bytes note) {}

  /** {@code verified} is the tree of {@code published}, with the entries of its open bundle. */
  TreeStore(TileFiles files, NoteSigner signer, TreeAudit.Verified verified, Published published) {
    this.files = files;
    this.signer = signer;
    this.edge = verified.edge();
    this.published = published;
    bundles.put(edge.size() / TreeEdge.TILE_WIDTH, new ArrayList<>(verified.lastEntries()));
  }

  long size() {
    return edge.size();
  }

  Published published() {
    return published;
  }

  boolean unpublished() {
    return edge.size() != published.checkpoint().size();
  }

  boolean full() {
    return bundles.size() >= PENDING_BUNDLES_MAX;
  }

  void append(Bytes leaf) {
    bundles
        .computeIfAbsent(edge.size() / TreeEdge.TILE_WIDTH, index -> new ArrayList<>())
        .add(leaf);
    completed.addAll(edge.append(MerkleTree.leafHash(leaf)));
  }

  /**
   * Makes everything appended so far part of a signed checkpoint. Entries go first, then tiles,
   * then the checkpoint, each durable before the next: a crash in between leaves files that no
   * checkpoint speaks of, never a checkpoint that nobody can prove. Throws {@link
   * UnavailableException} and may be called again.
   */
  void publish() {
    bundles.forEach(
        (index, entries) -> {
          if (!entries.isEmpty()) {
            files.writeEntries(index, entries);
          }
        });
    completed.forEach(files::writeTile);
    for (TreeEdge.Tile tile : edge.partial()) {
      String form = tile.index() + "/" + tile.hashes().size();
      if (!form.equals(partialWritten.get(tile.level()))) {
        files.writeTile(tile);
        partialWritten.put(tile.level(), form);
      }
    }
    var checkpoint = new Checkpoint(signer.key().name(), edge.size(), edge.root());
    Bytes note = SignedNote.sign(checkpoint.text(), signer).encode();
    files.writeCheckpoint(note);
    published = new Published(checkpoint, note);
    completed.forEach(files::dropPartials);
    completed.clear();
    long last = edge.size() / TreeEdge.TILE_WIDTH;
    bundles.keySet().removeIf(index -> index < last);
  }
}
