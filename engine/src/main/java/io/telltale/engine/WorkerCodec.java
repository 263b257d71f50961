package io.telltale.engine;

import io.telltale.kernel.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Messages as frames: a length, a kind, a body; bounded before anything is allocated. */
final class WorkerCodec {
  /** The parse tree of the longest statement fits, and so does the largest single value. */
  static final int FRAME_BYTES_MAX = 32 << 20;

  private static final int STATEMENTS_MAX = 64;

  private static final byte PARSE = 1;
  private static final byte RENDER = 2;
  private static final byte LOAD = 3;
  private static final byte LOCK = 4;
  private static final byte ASK = 5;
  private static final byte READY = 16;
  private static final byte TEXT = 17;
  private static final byte COLUMNS = 18;
  private static final byte ROWS = 19;
  private static final byte PIECE = 20;
  private static final byte DONE = 21;
  private static final byte FAILED = 22;

  private WorkerCodec() {}

  /** Throws IOException when the message is longer than a frame may be. */
  static void write(DataOutputStream out, WorkerMessage message) throws IOException {
    byte[] body = encode(message);
    if (body.length > FRAME_BYTES_MAX) {
      throw new IOException("a message of %,d bytes".formatted(body.length));
    }
    out.writeInt(body.length);
    out.write(body);
    out.flush();
  }

  /** Empty for what is not a message; throws EOFException at the end. */
  static Optional<WorkerMessage> read(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 1 || length > FRAME_BYTES_MAX) {
      return Optional.empty();
    }
    // Grows with what really comes: a length alone reserves nothing.
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new EOFException("the other end went away within a message");
    }
    return decode(ByteBuffer.wrap(body));
  }

  static byte[] encode(WorkerMessage message) throws IOException {
    var bytes = new ByteArrayOutputStream(256);
    var out = new DataOutputStream(bytes);
    var values = new ValueWriter(bytes);
    switch (message) {
      case WorkerMessage.Parse(String sql) -> text(out, PARSE, sql);
      case WorkerMessage.Render(String tree) -> text(out, RENDER, tree);
      case WorkerMessage.Load(long size) -> {
        out.writeByte(LOAD);
        out.writeLong(size);
      }
      case WorkerMessage.Lock lock -> {
        out.writeByte(LOCK);
        out.writeInt(lock.memoryMegabytes());
        out.writeInt(lock.cpuSeconds());
        out.writeBoolean(lock.file());
        out.writeInt(lock.statements().size());
        for (String statement : lock.statements()) {
          values.text(statement);
        }
      }
      case WorkerMessage.Ask ask -> {
        out.writeByte(ASK);
        values.text(ask.sql());
        out.writeInt(ask.rowsMax());
        out.writeLong(ask.bytesMax());
        out.writeBoolean(ask.asFile());
      }
      case WorkerMessage.Ready() -> out.writeByte(READY);
      case WorkerMessage.Text(String text) -> text(out, TEXT, text);
      case WorkerMessage.Columns(List<ResultColumn> columns) -> {
        out.writeByte(COLUMNS);
        values.columns(columns);
      }
      case WorkerMessage.Rows(List<List<@Nullable Object>> rows) -> rows(out, rows);
      case WorkerMessage.Piece(Bytes piece) -> {
        out.writeByte(PIECE);
        out.writeInt(piece.size());
        out.write(piece.borrow());
      }
      case WorkerMessage.Done(boolean truncated) -> {
        out.writeByte(DONE);
        out.writeBoolean(truncated);
      }
      case WorkerMessage.Failed(String code, String reason) -> {
        text(out, FAILED, code);
        values.text(reason);
      }
    }
    return bytes.toByteArray();
  }

  private static void text(DataOutputStream out, byte kind, String text) throws IOException {
    out.writeByte(kind);
    new ValueWriter(out).text(text);
  }

  private static void rows(DataOutputStream out, List<List<@Nullable Object>> rows)
      throws IOException {
    out.writeByte(ROWS);
    out.writeInt(rows.isEmpty() ? 1 : rows.getFirst().size());
    out.writeInt(rows.size());
    var values = new ValueWriter(out);
    for (List<@Nullable Object> row : rows) {
      values.row(row);
    }
  }

  /** Exactly one message; every message has one encoding. */
  static Optional<WorkerMessage> decode(ByteBuffer frame) {
    if (!frame.hasRemaining()) {
      return Optional.empty();
    }
    byte kind = frame.get();
    return ValueReader.whole(frame, in -> body(kind, in)).flatMap(found -> found);
  }

  private static Optional<WorkerMessage> body(byte kind, ValueReader in) {
    return Optional.ofNullable(
        switch (kind) {
          case PARSE -> new WorkerMessage.Parse(in.text());
          case RENDER -> new WorkerMessage.Render(in.text());
          case LOAD -> new WorkerMessage.Load(in.wide());
          case LOCK -> new WorkerMessage.Lock(in.whole(), in.whole(), in.flag(), statements(in));
          case ASK -> new WorkerMessage.Ask(in.text(), in.whole(), in.wide(), in.flag());
          case READY -> new WorkerMessage.Ready();
          case TEXT -> new WorkerMessage.Text(in.text());
          case COLUMNS -> new WorkerMessage.Columns(in.columns());
          case ROWS -> new WorkerMessage.Rows(in.rows());
          case PIECE -> new WorkerMessage.Piece(in.bytes());
          case DONE -> new WorkerMessage.Done(in.flag());
          case FAILED -> new WorkerMessage.Failed(in.text(), in.text());
          default -> null;
        });
  }

  private static List<String> statements(ValueReader in) {
    int count = in.count(STATEMENTS_MAX, Integer.BYTES);
    var statements = new ArrayList<String>(count);
    for (int i = 0; i < count; i++) {
      statements.add(in.text());
    }
    return statements;
  }
}
