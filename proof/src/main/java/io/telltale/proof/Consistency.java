package io.telltale.proof;

import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether a log begins with what a checkpoint says that somebody kept (RFC 9162 section 2.1.4): up
 * to there nothing was removed or altered. Of what came after it tells nothing: the newest that was
 * kept tells most. Needs nothing of the log but what it hands out, and believes none of it.
 */
public sealed interface Consistency {
  /** What was kept is the beginning of what is there now. */
  record Grown(long from, long to) implements Consistency {}

  /** It is not, or nothing shows it. */
  record Refused(String why) implements Consistency {}

  /** The checkpoint in {@code note}; empty unless a ledger key of {@code bundle} signed it. */
  static Optional<Checkpoint> read(Bytes note, TrustBundle bundle) {
    return bundle.ledgerKeys().stream()
        .flatMap(one -> Checkpoint.verify(note, one.key()).stream())
        .findFirst();
  }

  /**
   * A path as a log writes it, each hash in base64. Empty for what is none: that leads to no root,
   * and needs no message of its own.
   */
  static List<Hash> path(List<String> texts) {
    var path = new ArrayList<Hash>();
    for (String text : texts) {
      Optional<Bytes> hash = Base64Text.parse(text).filter(bytes -> bytes.size() == Hash.SIZE);
      if (hash.isEmpty()) {
        return List.of();
      }
      path.add(new Hash(hash.get()));
    }
    return path;
  }

  /**
   * Compares two checkpoints that {@link #read} gave.
   *
   * @param path from the log, for their two sizes; empty where they have the same size
   */
  static Consistency of(Checkpoint kept, Checkpoint newest, List<Hash> path) {
    if (!kept.origin().equals(newest.origin())) {
      return new Refused(
          "they are of two ledgers: %s and %s".formatted(kept.origin(), newest.origin()));
    }
    if (kept.size() > newest.size()) {
      return new Refused(
          "the ledger has %d events, and had %d: this is an older copy"
              .formatted(newest.size(), kept.size()));
    }
    if (kept.size() == 0) {
      return new Refused("a checkpoint of no events tells nothing: keep a later one");
    }
    if (MerkleProofs.consistent(kept.size(), kept.root(), newest.size(), newest.root(), path)) {
      return new Grown(kept.size(), newest.size());
    }
    return new Refused(
        ("the first %d of its %d events are not those that were kept: an older copy that has gone"
                + " on, or events were altered")
            .formatted(kept.size(), newest.size()));
  }
}
