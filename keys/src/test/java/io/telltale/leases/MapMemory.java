package io.telltale.leases;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import io.telltale.record.LeaseId;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.NullMarked;

/** A partition's leases as its owner would store them. */
@NullMarked
final class MapMemory implements LeaseMemory {
  final Map<Bytes, Row> rows = new TreeMap<>();
  final Set<Bytes> unexpected = new HashSet<>();
  private final int bytesMax;
  private Bytes state = Bytes.EMPTY;

  MapMemory() {
    this(Integer.MAX_VALUE);
  }

  MapMemory(int bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** As a commit would. */
  void store(RecordOpener opener) {
    RecordOpener.Kept kept = opener.kept();
    state = kept.state();
    kept.forgotten().forEach(rows::remove);
    kept.leases().forEach(row -> rows.put(row.slot(), row));
    kept.only()
        .ifPresent(
            only ->
                rows.values()
                    .removeIf(
                        row ->
                            row.waiting() == 0
                                && !only.contains(OpeningLease.instanceOf(row.slot()))));
    opener.committed();
  }

  Bytes state() {
    return state;
  }

  String everything() {
    var all = new StringBuilder(state.asUtf8());
    rows.values().forEach(row -> all.append(row.sealed().asUtf8()));
    return all.toString();
  }

  @Override
  public Optional<Row> bySlot(Bytes slot) {
    return Optional.ofNullable(rows.get(slot));
  }

  @Override
  public Optional<Row> byLease(LeaseId lease) {
    return rows.values().stream().filter(row -> row.lease().equals(lease.value())).findFirst();
  }

  @Override
  public boolean expects(Bytes instance) {
    return !unexpected.contains(instance);
  }

  @Override
  public long setAside(Scope scope) {
    return 0;
  }

  @Override
  public int bytesMax() {
    return bytesMax;
  }
}
