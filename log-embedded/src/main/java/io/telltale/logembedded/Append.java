package io.telltale.logembedded;

import io.telltale.log.RecordLog;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** One caller's batch on its way to the disk. Only the writer thread touches the offsets. */
final class Append {
  final List<RecordLog.Entry> entries;
  final int bytes;
  final CompletableFuture<long[]> outcome = new CompletableFuture<>();
  final long[] offsets;

  Append(List<RecordLog.Entry> entries, int bytes) {
    this.entries = entries;
    this.bytes = bytes;
    this.offsets = new long[entries.size()];
  }
}
