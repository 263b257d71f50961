package io.telltale.lake;

import io.telltale.db.Database;
import io.telltale.db.OutboxTable;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Assurance;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Event;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Halts;
import io.telltale.kernel.Hash;
import io.telltale.kernel.Outbox;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.lake.table.TableStore;
import io.telltale.objects.ObjectStore;
import io.telltale.objectslocal.LocalObjects;
import io.telltale.record.Origin;
import io.telltale.record.SequenceMark;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.PreparedStatement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.roaringbitmap.RoaringBitmap;

/** A whole lake in a folder, and rows to put into it. */
public final class TestLake implements AutoCloseable {
  public static final Scope SCOPE =
      new Scope(TenantId.DEFAULT, "factory", "eu", "pumps", Sensitivity.INTERNAL);
  public static final SpiffeId PIPELINE =
      new SpiffeId("telltale.local", TenantId.DEFAULT, SpiffeId.Kind.SERVICE, "pipeline");
  public static final SpiffeId OPERATOR =
      new SpiffeId("telltale.local", TenantId.DEFAULT, SpiffeId.Kind.PERSON, "operator");
  public static final Analyst ANALYST = new Analyst(OPERATOR);
  public static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

  private static final String OUTBOX = "outbox";
  private static final SecureRandom RANDOM = new SecureRandom();

  final Path folder;
  final TestKeys keys;
  public final Database database;
  public final LakeParts parts;
  public final Lake lake;
  public final OutboxTable outbox;
  public final List<Event> events = new ArrayList<>();
  public final Map<String, Long> halts = new HashMap<>();
  private Instant now = NOON;

  public TestLake(Path folder) {
    this(folder, new TestKeys(), objects -> objects);
  }

  public TestLake(Path folder, TestKeys keys, UnaryOperator<ObjectStore> wrap) {
    this(folder, keys, wrap, LakeMemory.STANDARD);
  }

  public TestLake(Path folder, TestKeys keys, UnaryOperator<ObjectStore> wrap, LakeMemory memory) {
    // No ledger takes anything here: all that was ever told still waits.
    this(folder, keys, wrap, outbox -> table -> lastMove(outbox, table), memory);
  }

  public TestLake(
      Path folder,
      TestKeys keys,
      UnaryOperator<ObjectStore> wrap,
      Function<Outbox, TableHistory> history) {
    this(folder, keys, wrap, history, LakeMemory.STANDARD);
  }

  private TestLake(
      Path folder,
      TestKeys keys,
      UnaryOperator<ObjectStore> wrap,
      Function<Outbox, TableHistory> history,
      LakeMemory memory) {
    this.folder = folder;
    folder.toFile().mkdirs();
    this.keys = keys;
    var migrations = new ArrayList<>(Lake.migrations());
    migrations.add("CREATE TABLE outbox (number INTEGER PRIMARY KEY AUTOINCREMENT, event BLOB)");
    this.database = TestStores.open(folder.resolve("pipeline.db"), migrations);
    this.outbox = new OutboxTable(database, "test", OUTBOX);
    this.parts =
        new LakeParts(
            database,
            wrap.apply(new LocalObjects(folder.resolve("objects"), Lake::isFolder)),
            keys::of,
            this::record,
            history.apply(outbox),
            PIPELINE,
            (InstantSource) () -> now,
            RANDOM::nextBytes,
            this::halted);
    try {
      this.lake = Lake.open(parts, memory);
    } catch (RuntimeException e) {
      // Whoever opens it again must not find it held.
      database.close();
      throw e;
    }
  }

  /** The tables, to do to them what the lake itself would not. */
  public TableStore tables() {
    return new TableStore(parts);
  }

  /** Puts a table where it was, past all that watches over its moves. */
  public void moveBackTo(TablePointer old) {
    database.write(
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE lake_tables SET pointer = ?, version = ?, hash = ? WHERE name = ?")) {
            update.setString(1, old.pointer());
            update.setLong(2, old.version());
            update.setBytes(3, old.hash().value().toArray());
            update.setString(4, old.table());
            return update.executeUpdate();
          }
        });
  }

  public void advance(java.time.Duration by) {
    now = now.plus(by);
  }

  private synchronized void halted(Halts.Kind kind, String about, long count, String why) {
    halts.put((kind.text() + " " + about).strip(), count);
  }

  private synchronized long record(Event event) {
    events.add(event);
    return events.size() - 1L;
  }

  static Bytes random(int size) {
    byte[] bytes = new byte[size];
    RANDOM.nextBytes(bytes);
    return Bytes.adopt(bytes);
  }

  public List<Event> write(List<RawRow> rows, List<MinuteRow> minutes) {
    return commit(lake.writer().prepare(rows, minutes));
  }

  public List<Event> commit(LakeWriter.Prepared prepared) {
    return database.write(
        connection -> {
          List<Event> moves = prepared.commit(connection);
          for (Event move : moves) {
            OutboxTable.add(connection, OUTBOX, move);
          }
          return moves;
        });
  }

  /** All the housekeeping that is due now. */
  public void maintain() {
    // Deleting, looking for orphans and deleting those are steps of their own.
    for (int step = 0; step < 8; step++) {
      lake.writer().maintain().ifPresent(this::commit);
    }
  }

  public static Optional<Event> lastMove(Outbox outbox, String table) {
    return outbox.after(0, Integer.MAX_VALUE).stream()
        .map(Outbox.Numbered::event)
        .filter(move -> move.subject().equals("table/" + table))
        .reduce((first, second) -> second);
  }

  static Origin origin(int device, long sequence, Instant sent) {
    return new Origin(
        new DeviceId(TenantId.DEFAULT, "press-%03d".formatted(device)),
        device,
        new Fingerprint(Hash.sha256(Bytes.utf8("certificate " + device))),
        new Fingerprint(Hash.sha256(Bytes.utf8("issuer"))),
        List.of(),
        "1.%d.0".formatted(device % 3),
        "unattested",
        SCOPE,
        "vibration",
        "vibration@1",
        OptionalLong.of(sequence),
        sent,
        sent.plusMillis(3),
        "spiffe://telltale.local/default/service/door",
        "mqtt5:8883",
        17,
        1,
        Assurance.DOOR_ATTESTED,
        1,
        SequenceMark.NONE);
  }

  public static RawRow row(int partition, long offset, int device, double value, Instant time) {
    return new RawRow(
        partition,
        offset,
        origin(device, offset, time),
        Bytes.utf8("origin of %d:%d".formatted(partition, offset)),
        Bytes.utf8("{\"seq\":%d,\"values\":{\"temperature\":%s}}".formatted(offset, value)),
        random(32),
        random(32),
        "temperature",
        OptionalDouble.of(value),
        "Cel",
        "Cel",
        time,
        Optional.empty(),
        new Asset("", "", "", "hall-1", "press", "line-a", "", Map.of("colour", "red")),
        "normalise@1,enrich@1",
        false);
  }

  /** The row as if that were known about its device. */
  static RawRow withAsset(RawRow row, Asset asset) {
    return new RawRow(
        row.partition(),
        row.offset(),
        row.origin(),
        row.originBytes(),
        row.payload(),
        row.originSalt(),
        row.payloadSalt(),
        row.metric(),
        row.value(),
        row.unit(),
        row.unitSent(),
        row.eventTime(),
        row.sourceTime(),
        asset,
        row.steps(),
        row.suspect());
  }

  /** The row as if its device were of another scope. */
  public static RawRow inScope(RawRow row, Scope scope) {
    Origin was = row.origin();
    return new RawRow(
        row.partition(),
        row.offset(),
        new Origin(
            was.device(),
            was.deviceNumber(),
            was.credential(),
            was.issuer(),
            was.gatewayChain(),
            was.firmwareClaimed(),
            was.attestation(),
            scope,
            was.messageType(),
            was.schema(),
            was.sequence(),
            was.sent(),
            was.received(),
            was.door(),
            was.endpoint(),
            was.feedPosition(),
            was.policyVersion(),
            was.assurance(),
            was.enrolment(),
            was.mark()),
        row.originBytes(),
        row.payload(),
        row.originSalt(),
        row.payloadSalt(),
        row.metric(),
        row.value(),
        row.unit(),
        row.unitSent(),
        row.eventTime(),
        row.sourceTime(),
        row.asset(),
        row.steps(),
        row.suspect());
  }

  /** {@code count} rows of {@code devices} devices, one a second from noon, one value each. */
  public static List<RawRow> rows(long firstOffset, int count, int devices) {
    var rows = new ArrayList<RawRow>(count);
    for (int i = 0; i < count; i++) {
      long offset = firstOffset + i;
      int device = 1 + (int) (offset % devices);
      rows.add(row(device % 16, offset, device, 20 + (offset % 100) / 10.0, NOON.plusSeconds(i)));
    }
    return rows;
  }

  /** As a log has them: offsets without gaps in each of 16 partitions. */
  public static List<RawRow> log(int firstOffset, int offsets) {
    var rows = new ArrayList<RawRow>(offsets * 16);
    for (int i = 0; i < offsets * 16; i++) {
      int partition = i % 16;
      int offset = firstOffset + i / 16;
      int device = 1 + partition + 16 * (offset % 31);
      rows.add(row(partition, offset, device, i % 97, NOON.plusMillis(i)));
    }
    return rows;
  }

  /** A final revision with all of its lineage, as older pipelines wrote every one. */
  public static MinuteRow minute(Instant minute, int revision, List<RawRow> rows) {
    return minute(SCOPE, minute, revision, rows);
  }

  public static MinuteRow minute(Scope scope, Instant minute, int revision, List<RawRow> rows) {
    var contributors = new RoaringBitmap();
    var offsets = new java.util.TreeMap<Integer, List<String>>();
    double sum = 0;
    double min = Double.MAX_VALUE;
    double max = -Double.MAX_VALUE;
    for (RawRow row : rows) {
      double value = row.value().orElseThrow();
      contributors.add(row.origin().deviceNumber());
      offsets
          .computeIfAbsent(row.partition(), _ -> new ArrayList<>())
          .add(row.offset() + "-" + row.offset());
      sum += value;
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    var text = new java.util.StringJoiner(";");
    offsets.forEach((partition, ranges) -> text.add(partition + ":" + String.join(",", ranges)));
    return new MinuteRow(
        scope,
        "hall-1",
        "press",
        "temperature",
        "Cel",
        minute,
        revision,
        true,
        rows.size(),
        sum,
        min,
        max,
        contributors.getCardinality(),
        0,
        contributors,
        text.toString());
  }

  @Override
  public void close() {
    lake.close();
    database.close();
  }
}
