package io.telltale.proof;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An event opened for whoever gets a proof: with its salt and body anyone can compute its leaf, and
 * with the path see that the leaf is in the tree of a checkpoint.
 */
public record DisclosedEvent(
    long index, String type, Instant time, Bytes salt, Bytes body, List<Hash> path) {
  public DisclosedEvent {
    path = List.copyOf(path);
  }

  /** The leaf's hash, which covers all but index and path; empty when this can be no event. */
  public Optional<Hash> leafHash() {
    return leaf().map(LedgerLeaf::hash);
  }

  /** What happened; empty when the body is malformed. */
  public Optional<Event> event() {
    return leaf().flatMap(leaf -> EventBody.parse(body).map(parsed -> parsed.event(leaf)));
  }

  private Optional<LedgerLeaf> leaf() {
    if (salt.size() != LedgerLeaf.SALT_SIZE) {
      return Optional.empty();
    }
    try {
      return Optional.of(new LedgerLeaf(type, time, LedgerLeaf.commit(salt, body)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
