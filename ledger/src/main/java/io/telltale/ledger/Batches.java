package io.telltale.ledger;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import io.telltale.ledger.ProofBuilder.Contribution;
import io.telltale.proof.BatchedOffsets;
import io.telltale.proof.MerkleTree;
import io.telltale.proof.ProofFile.ProofRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The batches that some records are in, found in the ledger. A record that was set aside is named
 * by several; in all of them but one it has nothing in its place.
 */
final class Batches {
  private static final int PAGE = 200;

  private static final Hash NOTHING = MerkleTree.leafHash(Bytes.EMPTY);

  private final Ledger ledger;
  private final ProofBuilder.Sources sources;
  // By partition and offset.
  private final Map<Integer, Map<Long, Batch>> found = new HashMap<>();
  // By partition: what is not found yet, and the lowest offset that was seen in any batch.
  private final Map<Integer, NavigableSet<Long>> wanted = new TreeMap<>();
  private final Map<Integer, Long> lowest = new HashMap<>();
  private Optional<String> missing = Optional.empty();
  private boolean early;

  /** A batch and its tree. */
  private record Batch(long index, BatchedOffsets offsets, MerkleTree tree) {}

  /**
   * @param records ascending by partition and offset
   */
  Batches(Ledger ledger, ProofBuilder.Sources sources, List<Contribution> records) {
    this.ledger = ledger;
    this.sources = sources;
    for (Contribution record : records) {
      wanted.computeIfAbsent(record.partition(), _ -> new TreeSet<>()).add(record.offset());
    }
    find();
  }

  /** Why not every record can be proven; empty when all can. */
  Optional<String> missing() {
    return missing;
  }

  /** Whether the ledger may simply not have heard of a batch yet. */
  boolean early() {
    return early;
  }

  /** The records with their paths. */
  List<ProofRecord> records(List<Contribution> contributions) {
    var records = new ArrayList<ProofRecord>(contributions.size());
    for (Contribution one : contributions) {
      Batch batch =
          Optional.ofNullable(found.get(one.partition()))
              .map(offsets -> offsets.get(one.offset()))
              .orElseThrow();
      records.add(
          new ProofRecord(
              one.partition(),
              one.offset(),
              one.origin(),
              one.originSalt(),
              one.payloadCommitment(),
              batch.index(),
              batch
                  .tree()
                  .path(
                      Math.toIntExact(
                          batch.offsets().leafOf(one.partition(), one.offset()).orElseThrow()))));
    }
    return records;
  }

  private void find() {
    for (Map.Entry<Integer, NavigableSet<Long>> one : wanted.entrySet()) {
      for (long offset : List.copyOf(one.getValue())) {
        if (missing.isEmpty() && one.getValue().contains(offset)) {
          find(one.getKey(), offset);
        }
      }
    }
    if (missing.isEmpty() && isWanting()) {
      findOlder(ledger.batchesFrom());
    }
    wanted.forEach((partition, offsets) -> offsets.forEach(offset -> missed(partition, offset)));
  }

  private void find(int partition, long offset) {
    OptionalLong number = ledger.batchOf(partition, offset);
    if (number.isPresent()) {
      ledger
          .event(number.getAsLong())
          .flatMap(LedgerEntry::event)
          .ifPresent(event -> add(number.getAsLong(), event));
    }
  }

  /** Batches from before they were indexed, newest first. */
  private void findOlder(long before) {
    LedgerQuery query = LedgerQuery.newest(PAGE).ofType("batch.stored").before(before);
    boolean more = before > 0;
    while (more && missing.isEmpty() && isWanting()) {
      List<LedgerEntry> page = ledger.search(query);
      for (LedgerEntry entry : page) {
        entry.event().ifPresent(event -> add(entry.index(), event));
      }
      more = page.size() == PAGE;
      if (more) {
        query = query.before(page.getLast().index());
      }
    }
  }

  /** Whether an older batch may hold what is wanted. */
  private boolean isWanting() {
    return wanted.entrySet().stream()
        .anyMatch(
            entry ->
                !entry.getValue().isEmpty()
                    && lowest.getOrDefault(entry.getKey(), Long.MAX_VALUE)
                        > entry.getValue().first());
  }

  private void missed(int partition, long offset) {
    if (missing.isEmpty()) {
      early = true;
      missing =
          Optional.of("record %d:%d is in no batch of the ledger yet".formatted(partition, offset));
    }
  }

  /** Takes the batch in for those of its partitions of which it holds one of the offsets. */
  private void add(long index, Event event) {
    Optional<BatchedOffsets> offsets = BatchedOffsets.of(event);
    if (offsets.isEmpty()) {
      return;
    }
    List<BatchedOffsets.Span> used = offsets.get().spans().stream().filter(this::isWanted).toList();
    for (BatchedOffsets.Span span : offsets.get().spans()) {
      lowest.merge(span.partition(), span.first(), Math::min);
    }
    if (used.isEmpty()) {
      return;
    }
    Optional<List<Hash>> leaves = sources.leaves(event.details().getOrDefault("leaves", ""));
    if (leaves.isEmpty() || leaves.get().size() != offsets.get().leaves()) {
      missing = Optional.of("the leaves of the batch of event %d are gone".formatted(index));
      return;
    }
    var batch = new Batch(index, offsets.get(), MerkleTree.of(leaves.get()));
    used.forEach(span -> take(span, batch, leaves.get()));
  }

  private void take(BatchedOffsets.Span span, Batch batch, List<Hash> leaves) {
    NavigableSet<Long> offsets = wanted.getOrDefault(span.partition(), new TreeSet<>());
    Map<Long, Batch> known = found.computeIfAbsent(span.partition(), _ -> new HashMap<>());
    offsets
        .subSet(span.first(), true, span.last(), true)
        .removeIf(
            offset -> {
              int leaf = Math.toIntExact(span.leaf() + offset - span.first());
              boolean stored = !leaves.get(leaf).equals(NOTHING);
              if (stored) {
                known.put(offset, batch);
              }
              return stored;
            });
  }

  private boolean isWanted(BatchedOffsets.Span span) {
    NavigableSet<Long> offsets = wanted.get(span.partition());
    Long next = offsets == null ? null : offsets.ceiling(span.first());
    return next != null && next <= span.last();
  }
}
