package io.telltale.ledger;

import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import io.telltale.ledger.ProofBuilder.Contribution;
import io.telltale.ledger.ProofFile.ProofRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;

/** The batches that some records are in, found in the ledger. */
final class Batches {
  private static final int PAGE = 200;

  private final Ledger ledger;
  private final ProofBuilder.Sources sources;
  // By partition, then by first offset.
  private final Map<Integer, TreeMap<Long, Batch>> found = new HashMap<>();
  // By partition: what is wanted, and the lowest offset that was seen in any batch.
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
      Batch batch = batchOf(one.partition(), one.offset()).orElseThrow();
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

  private Optional<Batch> batchOf(int partition, long offset) {
    return Optional.ofNullable(found.getOrDefault(partition, new TreeMap<>()).floorEntry(offset))
        .map(Map.Entry::getValue)
        .filter(batch -> batch.offsets().leafOf(partition, offset).isPresent());
  }

  private void find() {
    for (Map.Entry<Integer, NavigableSet<Long>> one : wanted.entrySet()) {
      for (long offset : one.getValue()) {
        if (missing.isEmpty() && batchOf(one.getKey(), offset).isEmpty()) {
          find(one.getKey(), offset);
        }
      }
    }
    if (missing.isEmpty() && !isComplete()) {
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

  private boolean isComplete() {
    return wanted.entrySet().stream()
        .allMatch(
            one ->
                one.getValue().stream()
                    .allMatch(offset -> batchOf(one.getKey(), offset).isPresent()));
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
                lowest.getOrDefault(entry.getKey(), Long.MAX_VALUE) > entry.getValue().first());
  }

  private void missed(int partition, long offset) {
    if (missing.isEmpty() && batchOf(partition, offset).isEmpty()) {
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
    for (BatchedOffsets.Span span : used) {
      found.computeIfAbsent(span.partition(), _ -> new TreeMap<>()).put(span.first(), batch);
    }
  }

  private boolean isWanted(BatchedOffsets.Span span) {
    NavigableSet<Long> offsets = wanted.get(span.partition());
    Long next = offsets == null ? null : offsets.ceiling(span.first());
    return next != null && next <= span.last();
  }
}
