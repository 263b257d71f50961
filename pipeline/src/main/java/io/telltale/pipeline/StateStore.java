package io.telltale.pipeline;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.Hmac;
import io.telltale.db.Database;
import io.telltale.db.Sql;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.KeyedHash;
import io.telltale.kernel.Scope;
import io.telltale.leases.LeaseMemory;
import io.telltale.leases.StateSeal;
import io.telltale.log.RecordLog;
import io.telltale.pipeline.intake.PartitionState;
import io.telltale.pipeline.letters.OwnSeal;
import io.telltale.pipeline.minutes.MinuteKey;
import io.telltale.pipeline.minutes.MinuteState;
import io.telltale.pipeline.minutes.MinuteStore;
import io.telltale.pipeline.runs.DoorsState;
import io.telltale.pipeline.windows.DeviceWindows;
import io.telltale.pipeline.windows.WindowCodec;
import io.telltale.pipeline.windows.WindowNews;
import io.telltale.pipeline.windows.WindowStore;
import io.telltale.pipeline.windows.WindowTables;
import io.telltale.record.ReadingHash;
import io.telltale.record.SequenceWindow;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads the pipeline's state from its database; what could tell about devices lies there sealed.
 */
final class StateStore implements WindowStore, MinuteStore, OwnSeal {
  private static final String SECRET = "secret";
  private static final int SECRET_BYTES = 32;
  private static final String DOORS = "doors";

  private final Database database;
  private final StateSeal seal;
  private final Hmac hmac = new Hmac();
  private final Bytes secret;

  private StateStore(Database database, StateSeal seal, Bytes secret) {
    this.database = database;
    this.seal = seal;
    this.secret = secret;
  }

  /** Makes the secret of names and hashes at first use. */
  static StateStore open(Database database, StateSeal seal, Entropy entropy) {
    Bytes sealed =
        database.write(
            connection -> {
              Optional<Bytes> known = setting(connection, SECRET);
              if (known.isPresent()) {
                return known.get();
              }
              Bytes made = seal.seal(SECRET, entropy.bytes(SECRET_BYTES));
              Sql.update(
                  connection,
                  "INSERT INTO pipeline_settings (name, value) VALUES (?, ?)",
                  SECRET,
                  made);
              return made;
            });
    return new StateStore(database, seal, opened(seal, SECRET, sealed));
  }

  @Override
  public long letGo() {
    return database
        .read(connection -> setting(connection, CommitWork.LET_GO))
        .map(value -> value.asBuffer().getLong())
        .orElse(Long.MIN_VALUE);
  }

  private static Optional<Bytes> setting(Connection connection, String name) throws SQLException {
    return Sql.first(
        connection, "SELECT value FROM pipeline_settings WHERE name = ?", StateStore::blob, name);
  }

  private static Bytes blob(ResultSet row) throws SQLException {
    return Bytes.adopt(row.getBytes(1));
  }

  private static Bytes opened(StateSeal seal, String context, Bytes sealed) {
    return seal.open(context, sealed)
        .orElseThrow(
            () -> new CorruptException("the pipeline's state was not sealed by this pipeline"));
  }

  @Override
  public ReadingHash readingHash() {
    return new ReadingHash(new KeyedHash(secret.slice(0, KeyedHash.KEY_BYTES).toArray()));
  }

  /** Takes the pipeline over: whoever had it before cannot commit any more. */
  long nextGeneration() {
    return database.write(
        connection ->
            Sql.insert(
                connection,
                "INSERT INTO pipeline_generation (one, generation) VALUES (1, 1) ON CONFLICT"
                    + " (one) DO UPDATE SET generation = pipeline_generation.generation + 1"
                    + " RETURNING generation"));
  }

  /** Every partition's position, by number. */
  List<PartitionState> positions() {
    return positions(database);
  }

  static List<PartitionState> positions(Database database) {
    return database.read(
        connection -> {
          var known = new TreeMap<Integer, PartitionState>();
          Sql.read(
              connection,
              "SELECT partition, next, received, opener FROM pipeline_partitions",
              rows -> {
                while (rows.next()) {
                  Bytes opener = Bytes.adopt(rows.getBytes(4));
                  known.put(
                      rows.getInt(1), new PartitionState(rows.getLong(2), rows.getLong(3), opener));
                }
                return known;
              });
          var all = new ArrayList<PartitionState>();
          for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
            all.add(known.getOrDefault(partition, PartitionState.START));
          }
          return all;
        });
  }

  /** The stored lease of a partition whose {@code column} has that value. */
  Optional<LeaseMemory.Row> lease(int partition, String column, Bytes value) {
    return database.read(
        connection ->
            Sql.first(
                connection,
                "SELECT slot, lease, sealed, waiting FROM pipeline_leases WHERE partition = ? AND "
                    + column
                    + " = ?",
                row ->
                    new LeaseMemory.Row(
                        Bytes.adopt(row.getBytes(1)),
                        Bytes.adopt(row.getBytes(2)),
                        Bytes.adopt(row.getBytes(3)),
                        row.getLong(4)),
                partition,
                value));
  }

  /** For how many minutes pipelines on this database have run. */
  long age() {
    return number("SELECT minutes FROM pipeline_age");
  }

  private long number(String sql, Object... parameters) {
    return database
        .read(connection -> Sql.first(connection, sql, row -> row.getLong(1), parameters))
        .orElse(0L);
  }

  long setAside(int partition, Scope scope) {
    return number(
        "SELECT count(*) FROM pipeline_set_aside WHERE scope = ? AND partition = ?",
        scope.path(),
        partition);
  }

  /** What is known of doors' statements. */
  DoorsState doors() {
    return database
        .read(
            connection ->
                Sql.first(connection, "SELECT sealed FROM pipeline_doors", StateStore::blob))
        .map(blob -> DoorsState.decode(opened(seal, DOORS, blob)))
        .orElseGet(DoorsState::new);
  }

  Bytes sealDoors(Bytes encoded) {
    return seal.seal(DOORS, encoded);
  }

  @Override
  public Stored window(DeviceWindows.Key key) {
    return database
        .read(connection -> WindowTables.find(connection, key))
        .map(
            row ->
                new Stored(
                    WindowCodec.decode(opened(seal, windowContext(key), row.sealed())),
                    row.through()))
        .orElseGet(() -> new Stored(new SequenceWindow(), 0));
  }

  @Override
  public Bytes seal(DeviceWindows.Key key, SequenceWindow window) {
    return seal.seal(windowContext(key), WindowCodec.encode(window));
  }

  @Override
  public long lastNews() {
    return database.read(WindowTables::lastNumber);
  }

  @Override
  public SortedMap<Long, List<WindowNews.Entry>> news() {
    var all = new TreeMap<Long, List<WindowNews.Entry>>();
    database
        .read(WindowTables::news)
        .forEach(
            (number, blob) ->
                all.put(number, WindowNews.decode(opened(seal, newsContext(number), blob))));
    return all;
  }

  @Override
  public Bytes sealNews(long number, List<WindowNews.Entry> entries) {
    return seal.seal(newsContext(number), WindowNews.encode(entries));
  }

  private static String newsContext(long number) {
    return "windows/news/" + number;
  }

  // As before enrolments were told apart, for the first of them: what was stored then opens still.
  private static String windowContext(DeviceWindows.Key key) {
    String device = "window/" + key.device();
    return key.enrolment() == DeviceWindows.Key.FIRST_ENROLMENT
        ? device
        : device + "/" + key.enrolment();
  }

  /** Names an aggregate without telling what it is over. */
  Bytes idOf(MinuteKey key) {
    return idOf(key.text());
  }

  @Override
  public Bytes idOf(String text) {
    return hmac.tag(secret, Bytes.utf8(text)).value();
  }

  CommitWork.SealedMinute sealed(MinuteState state) {
    MinuteKey key = state.key();
    return new CommitWork.SealedMinute(idOf(key), key.minute(), state.standing(), seal(state));
  }

  private Bytes seal(MinuteState state) {
    return seal.seal("minute/" + idOf(state.key()).hex(), state.encode());
  }

  @Override
  public Optional<MinuteState> minute(MinuteKey key) {
    Bytes id = idOf(key);
    return database.read(
        connection ->
            Sql.first(
                connection,
                "SELECT sealed, final FROM pipeline_minutes WHERE id = ?",
                row -> {
                  MinuteState state = minute(id, Bytes.adopt(row.getBytes(1)));
                  if (row.getInt(2) == MinuteState.APART) {
                    state.setApart();
                  }
                  return state;
                },
                id));
  }

  /** How many aggregates were set apart at {@code age} or later. */
  long minutesApart(long age) {
    return number("SELECT count(*) FROM pipeline_minutes WHERE final = 2 AND stored >= ?", age);
  }

  private MinuteState minute(Bytes id, Bytes sealed) {
    return MinuteState.decode(opened(seal, "minute/" + id.hex(), sealed));
  }

  @Override
  public List<MinuteState> openMinutes() {
    return database.read(
        connection ->
            Sql.list(
                connection,
                "SELECT id, sealed FROM pipeline_minutes WHERE final = 0",
                row -> minute(Bytes.adopt(row.getBytes(1)), Bytes.adopt(row.getBytes(2)))));
  }

  @Override
  public Bytes sealDeadLetter(int partition, long offset, Bytes entry) {
    return seal.seal("dead-letter/" + partition + "/" + offset, entry);
  }
}
