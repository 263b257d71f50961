package io.telltale.ledger;

import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import io.telltale.ledger.ProofBuilder.Contribution;
import io.telltale.ledger.ProofFile.ProofRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** The batches that some records are in, found in the ledger, newest first. */
final class Batches {
  private static final int PAGE = 200;

  private final Ledger ledger;
  private final ProofBuilder.Sources sources;
  // By partition, then by first offset.
  private final Map<Integer, TreeMap<Long, Batch>> found = new HashMap<>();
  private Optional<String> missing = Optional.empty();
  private boolean early;

  /** A batch and its tree. */
  private record Batch(long index, long first, long last, MerkleTree tree) {}

  /**
   * @param records ascending by partition and offset
   */
  Batches(Ledger ledger, ProofBuilder.Sources sources, List<Contribution> records) {
    this.ledger = ledger;
    this.sources = sources;
    var byPartition = new TreeMap<Integer, TreeSet<Long>>();
    for (Contribution record : records) {
      byPartition
          .computeIfAbsent(record.partition(), partition -> new TreeSet<>())
          .add(record.offset());
    }
    byPartition.forEach(this::find);
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
              batch.tree().path((int) (one.offset() - batch.first()))));
    }
    return records;
  }

  private Optional<Batch> batchOf(int partition, long offset) {
    return Optional.ofNullable(found.getOrDefault(partition, new TreeMap<>()).floorEntry(offset))
        .map(Map.Entry::getValue)
        .filter(batch -> offset <= batch.last());
  }

  private void find(int partition, NavigableSet<Long> offsets) {
    TreeMap<Long, Batch> batches = found.computeIfAbsent(partition, one -> new TreeMap<>());
    LedgerQuery query =
        LedgerQuery.newest(PAGE).ofType("batch.stored").ofSubject("partition/" + partition);
    long lowest = Long.MAX_VALUE;
    while (lowest > offsets.first() && missing.isEmpty()) {
      List<LedgerEntry> page = ledger.search(query);
      for (LedgerEntry entry : page) {
        lowest = Math.min(lowest, add(entry, offsets, batches));
      }
      if (page.size() < PAGE) {
        break;
      }
      query = query.before(page.getLast().index());
    }
    for (long offset : offsets) {
      if (missing.isEmpty() && batchOf(partition, offset).isEmpty()) {
        early = true;
        missing =
            Optional.of(
                "record %d:%d is in no batch of the ledger yet".formatted(partition, offset));
      }
    }
  }

  /** Takes the batch in if it holds one of the offsets; returns its first offset. */
  private long add(
      LedgerEntry entry, NavigableSet<Long> offsets, NavigableMap<Long, Batch> batches) {
    Optional<Event> event = entry.event();
    if (event.isEmpty()) {
      return Long.MAX_VALUE;
    }
    Map<String, String> details = event.get().details();
    long first = Long.parseLong(details.getOrDefault("first", "0"));
    long last = Long.parseLong(details.getOrDefault("last", "-1"));
    Long wanted = offsets.ceiling(first);
    if (wanted == null || wanted > last) {
      return first;
    }
    Optional<List<Hash>> leaves = sources.leaves(details.getOrDefault("leaves", ""));
    if (leaves.isEmpty() || leaves.get().size() != last - first + 1) {
      missing =
          Optional.of("the leaves of the batch of event %d are gone".formatted(entry.index()));
    } else {
      batches.put(first, new Batch(entry.index(), first, last, MerkleTree.of(leaves.get())));
    }
    return first;
  }
}
