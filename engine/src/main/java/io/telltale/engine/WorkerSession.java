package io.telltale.engine;

import io.telltale.kernel.Bytes;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The worker's side of one question: a DuckDB, the files it was given, and then closed doors. */
final class WorkerSession implements AutoCloseable {
  private static final int THREADS = 2;
  private static final int MEMORY_MEGABYTES_AT_START = 256;

  /** What the JVM and the engine's own books take beside what {@code memory_limit} counts. */
  private static final long MEGABYTES_BESIDES = 384;

  private static final int PIECE_BYTES = 1 << 20;
  private static final int FRAME_BYTES_TARGET = 256 << 10;
  private static final long FILE_BYTES_MAX = 256L << 20;

  private final DataInputStream in;
  private final DataOutputStream out;
  private final DuckSession duck = DuckSession.streaming(MEMORY_MEGABYTES_AT_START, THREADS);
  private final List<MemoryFile> files = new ArrayList<>();
  private @Nullable MemoryFile answer;

  WorkerSession(DataInputStream in, DataOutputStream out) {
    this.in = in;
    this.out = out;
    // Loads what the first question would wait for.
    duck.text("SELECT json_serialize_sql('SELECT count(*), avg(x) FROM t WHERE x > 1')");
  }

  void say(WorkerMessage message) throws IOException {
    WorkerCodec.write(out, message);
  }

  void take(WorkerMessage.Request request) throws IOException, SQLException {
    switch (request) {
      case WorkerMessage.Parse(String sql) ->
          say(new WorkerMessage.Text(text("SELECT json_serialize_sql(?::VARCHAR)", sql)));
      case WorkerMessage.Render(String tree) ->
          say(new WorkerMessage.Text(text("SELECT json_deserialize_sql(?::JSON)", tree)));
      case WorkerMessage.Load(long size) -> load(size);
      case WorkerMessage.Lock lock -> {
        lock(lock);
        say(new WorkerMessage.Ready());
      }
      case WorkerMessage.Ask ask -> answer(ask);
    }
  }

  private String text(String sql, String argument) throws SQLException {
    try (PreparedStatement statement = duck.connection().prepareStatement(sql)) {
      statement.setString(1, argument);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return java.util.Objects.requireNonNullElse(row.getString(1), "");
      }
    }
  }

  private void load(long size) throws IOException {
    MemoryFile file = MemoryFile.create();
    files.add(file);
    try (FileChannel channel = file.open(StandardOpenOption.WRITE)) {
      byte[] piece = new byte[(int) Math.min(PIECE_BYTES, size)];
      for (long left = size; left > 0; ) {
        int read = in.read(piece, 0, (int) Math.min(piece.length, left));
        if (read < 0) {
          throw new EOFException("the server went away");
        }
        channel.write(ByteBuffer.wrap(piece, 0, read));
        left -= read;
      }
    }
    file.sealWrites();
  }

  private void lock(WorkerMessage.Lock lock) throws SQLException {
    duck.run("SET memory_limit = '" + lock.memoryMegabytes() + "MB'");
    for (String statement : lock.statements()) {
      duck.run(withPaths(statement));
    }
    if (lock.file()) {
      answer = MemoryFile.create();
    }
    duck.lock(
        Stream.concat(files.stream(), Stream.ofNullable(answer))
            .map(DuckSession::quoted)
            .collect(Collectors.joining(", ", "[", "]")));
    LinuxProcess.available()
        .ifPresent(
            process -> {
              long bytes = (lock.memoryMegabytes() + MEGABYTES_BESIDES) << 20;
              process.limit(LinuxProcess.Limit.PRIVATE_BYTES, bytes);
              process.limit(LinuxProcess.Limit.CPU_SECONDS, lock.cpuSeconds());
              process.limit(LinuxProcess.Limit.FILE_BYTES, lock.file() ? FILE_BYTES_MAX : 0);
            });
    // One transaction: now() means the same in all that is asked.
    duck.connection().setAutoCommit(false);
  }

  private String withPaths(String statement) {
    String text = statement;
    // Staged rows are megabytes and name no file.
    if (!text.contains("$")) {
      return text;
    }
    for (int i = files.size() - 1; i >= 0; i--) {
      text = text.replace("$" + i, DuckSession.quoted(files.get(i)));
    }
    return text;
  }

  private void answer(WorkerMessage.Ask ask) throws SQLException, IOException {
    String sql = ask.sql();
    if (ask.asFile()) {
      materialize(ask);
      sql = "SELECT * FROM temp.answer";
    }
    Sent sent;
    try (Statement statement = duck.connection().createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      sent = rows(ask, rows);
    } catch (SQLException e) {
      throw ask.asFile() ? e : reason(ask, e);
    }
    MemoryFile file = answer;
    if (ask.asFile() && file != null) {
      duck.run(
          ("COPY (SELECT * FROM temp.answer LIMIT %d) TO %s"
                  + " (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)")
              .formatted(sent.rows(), DuckSession.quoted(file)));
      pieces(file);
    }
    say(new WorkerMessage.Done(sent.truncated()));
  }

  private void materialize(WorkerMessage.Ask ask) throws SQLException {
    duck.run(
        "CREATE TEMP TABLE answer AS SELECT * FROM ("
            + ask.sql()
            + "\n) LIMIT "
            + (ask.rowsMax() + 1L));
  }

  /** The driver keeps a streamed answer's error to itself; asked otherwise, the engine says it. */
  private SQLException reason(WorkerMessage.Ask ask, SQLException streamed) {
    if (!String.valueOf(streamed.getMessage()).contains("Invalid result set")) {
      return streamed;
    }
    try {
      duck.connection().rollback();
      materialize(ask);
      return streamed;
    } catch (SQLException told) {
      return told;
    }
  }

  private record Sent(long rows, boolean truncated) {}

  private Sent rows(WorkerMessage.Ask ask, ResultSet from) throws SQLException, IOException {
    var reader = new ResultReader(from);
    say(new WorkerMessage.Columns(reader.columns()));
    var measure = new ResultHash(reader.columns());
    var frame = new ArrayList<List<@Nullable Object>>();
    long sent = 0;
    long sentBytes = 0;
    boolean truncated = false;
    for (var row = reader.next(); row != null; row = reader.next()) {
      measure.add(row);
      if (sent == ask.rowsMax() || measure.bytes() > ask.bytesMax()) {
        truncated = true;
        break;
      }
      sent++;
      frame.add(row);
      if (measure.bytes() - sentBytes > FRAME_BYTES_TARGET) {
        say(new WorkerMessage.Rows(frame));
        frame.clear();
        sentBytes = measure.bytes();
      }
    }
    say(new WorkerMessage.Rows(frame));
    return new Sent(sent, truncated);
  }

  private void pieces(MemoryFile file) throws IOException {
    try (FileChannel channel = file.open(StandardOpenOption.READ)) {
      for (long left = channel.size(); left > 0; ) {
        ByteBuffer piece = ByteBuffer.allocate((int) Math.min(PIECE_BYTES, left));
        while (piece.hasRemaining() && channel.read(piece) >= 0) {
          // Until the piece is full.
        }
        left -= piece.position();
        say(
            new WorkerMessage.Piece(
                Bytes.copyOf(java.util.Arrays.copyOf(piece.array(), piece.position()))));
      }
    }
  }

  @Override
  public void close() {
    // The process ends: the kernel takes everything back at once.
  }
}
