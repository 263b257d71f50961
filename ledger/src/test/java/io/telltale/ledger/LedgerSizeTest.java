package io.telltale.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.TenantId;
import io.telltale.proof.Checkpoint;
import io.telltale.proof.EventBody;
import io.telltale.proof.MerkleTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Row 2 of growth: what opening reads does not depend on the ledger's size, and a proof finds its
 * batch by an index. {@code -Dledger.leaves=10000000} for real figures, which are printed.
 */
class LedgerSizeTest {
  private static final int GROUP = 10_000;
  private static final int RECORDS_A_BATCH = 3;
  private static final int SMALL = 3_000;
  private static final int TILES_MAX = 16;

  @TempDir Path folder;
  private final Secrets secrets = new Secrets();
  private final Reads disk = new Reads();

  /** The real disk; counts what is read. */
  private static final class Reads implements Disk {
    private final AtomicLong files = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();

    @Override
    public void write(Path file, byte[] content) throws IOException {
      Disk.real().write(file, content);
    }

    @Override
    public byte[] read(Path file) throws IOException {
      byte[] content = Disk.real().read(file);
      files.incrementAndGet();
      bytes.addAndGet(content.length);
      return content;
    }
  }

  private LedgerParts parts(Path where) {
    return new LedgerParts(
        where,
        TestStores.at(where.resolve("index.db")),
        StoredNoteSigner.open("telltale.local/ledger", secrets),
        secrets,
        new XorSealer(),
        TestEntropy.seeded(),
        Duration.ofMillis(20),
        System::nanoTime);
  }

  private Path ledgerOf(int leaves) {
    Path where = folder.resolve("of-" + leaves);
    LedgerParts parts = parts(where);
    Ledger.open(parts).close();
    var sealing = new EventSealing(parts.sealer(), parts.entropy());
    var seal = Ledger.storeSeal(secrets, parts.entropy());
    var nameKey = secrets.loadOrCreate("ledger-name-key", 32);
    try (var index = new EventIndex(TestStores.at(where.resolve("index.db")), seal, nameKey)) {
      var files = new TileFiles(where, Disk.real());
      var empty = new Checkpoint(parts.signer().key().name(), 0, MerkleTree.EMPTY_ROOT);
      var tree =
          new TreeStore(
              files,
              parts.signer(),
              new TreeAudit.Verified(new TreeEdge(), List.of()),
              new TreeStore.Published(empty, Bytes.EMPTY));
      while (tree.size() < leaves) {
        var rows = new ArrayList<EventIndex.NewRow>();
        for (long i = tree.size(); i < Math.min(leaves, tree.size() + GROUP); i++) {
          rows.add(EventIndex.NewRow.of(i, sealing.prepare(EventBody.DIRECT, 0, batch(i))));
        }
        index.add(rows);
        rows.forEach(row -> tree.append(row.row().leaf()));
        if (tree.full() || tree.size() == leaves || tree.size() % (20 * GROUP) == 0) {
          tree.publish();
          index.published(tree.size());
        }
      }
    }
    return where;
  }

  private static Event batch(long number) {
    long first = number * RECORDS_A_BATCH;
    return Event.of(
        "batch.stored",
        Instant.parse("2026-11-23T10:00:00Z").plusSeconds(number),
        TenantId.DEFAULT,
        "spiffe://telltale.local/default/service/pipeline",
        "batch/" + number,
        Map.of(
            "offsets", "%d:%d-%d".formatted(number % 16, first, first + RECORDS_A_BATCH - 1),
            "count", Integer.toString(RECORDS_A_BATCH)));
  }

  @Test
  void opening_reads_the_same_whatever_the_size_and_proofs_find_their_batch() throws IOException {
    int leaves = Integer.getInteger("ledger.leaves", 40_000);
    long small = bytesReadByOpening(ledgerOf(SMALL));
    Path large = ledgerOf(leaves);
    long start = System.nanoTime();
    long read = bytesReadByOpening(large);
    long opened = System.nanoTime();
    // One more level of tiles, of the index's trees and of their pages on the way, and no more.
    assertThat(read).isLessThan(small + 256 * 1024);
    try (Ledger ledger = Ledger.open(parts(large), disk)) {
      long micros = proofs(ledger, leaves);
      System.out.printf(
          "%d leaves: open and close %d ms, %d bytes read; batch and proof %d us%n",
          leaves, (opened - start) / 1_000_000, read, micros);
    }
  }

  private long bytesReadByOpening(Path where) throws IOException {
    Ledger.open(parts(where)).close();
    long files = disk.files.get();
    long before = bytesReadBySelf();
    Ledger.open(parts(where), disk).close();
    long read = bytesReadBySelf() - before;
    assertThat(disk.files.get() - files).isBetween(3L, (long) TILES_MAX);
    return read;
  }

  /** What this process read, files of SQLite included; 0 where the system does not tell. */
  private static long bytesReadBySelf() throws IOException {
    Path io = Path.of("/proc/self/io");
    if (!Files.isReadable(io)) {
      return 0;
    }
    String line = Files.readAllLines(io).getFirst();
    return Long.parseLong(line.substring("rchar: ".length()));
  }

  private static long proofs(Ledger ledger, int leaves) {
    var random = new Random(7);
    int rounds = 200;
    long start = System.nanoTime();
    for (int i = 0; i < rounds; i++) {
      long wanted = random.nextInt(leaves);
      OptionalLong found =
          ledger.batchOf((int) (wanted % 16), wanted * RECORDS_A_BATCH + i % RECORDS_A_BATCH);
      assertThat(found).hasValue(wanted);
      assertThat(ledger.prove(List.of(wanted))).isPresent();
    }
    return (System.nanoTime() - start) / 1_000 / rounds;
  }
}
