package io.telltale.engine;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of one worker: believes nothing that it says, waits for nothing longer than the
 * question may take, and kills it at the end.
 */
public final class WorkerProcess implements AutoCloseable {
  /** How an ending that was not asked for is told from one that was. */
  enum End {
    NONE,
    TIME,
    CLOSED
  }

  private static final int EXIT_OUT_OF_MEMORY = 3;
  private static final int SIGKILL_EXIT = 128 + 9;
  private static final int SIGXCPU_EXIT = 128 + 24;
  private static final long EXIT_MILLIS_MAX = 2_000;

  private final Process process;
  private final DataInputStream in;
  private final DataOutputStream out;
  private volatile End end = End.NONE;

  WorkerProcess(Process process) {
    this.process = process;
    this.in = new DataInputStream(new BufferedInputStream(process.getInputStream(), 1 << 16));
    this.out = new DataOutputStream(process.getOutputStream());
  }

  /** Columns and rows of one statement. */
  public record Table(
      List<ResultColumn> columns,
      List<List<@Nullable Object>> rows,
      boolean truncated,
      Optional<Bytes> file) {}

  /** Returns once the worker can take a question. */
  void awaitReady() {
    try {
      expect(WorkerMessage.Ready.class);
    } catch (QuestionFailed e) {
      throw new UnavailableException("starting a query worker: " + e.reason());
    }
  }

  boolean alive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  public String parse(String sql) throws QuestionFailed {
    tell(new WorkerMessage.Parse(sql));
    return expect(WorkerMessage.Text.class).text();
  }

  public String render(String tree) throws QuestionFailed {
    tell(new WorkerMessage.Render(tree));
    return expect(WorkerMessage.Text.class).text();
  }

  /** Copies the file over; the worker's views call it by its turn. */
  public void load(MemoryFile file) throws QuestionFailed {
    try (FileChannel content = file.open(StandardOpenOption.READ)) {
      long size = content.size();
      tell(new WorkerMessage.Load(size));
      OutputStream raw = process.getOutputStream();
      WritableByteChannel to = Channels.newChannel(raw);
      for (long sent = 0; sent < size; ) {
        sent += content.transferTo(sent, size - sent, to);
      }
      raw.flush();
    } catch (IOException e) {
      throw ended();
    }
  }

  public void lock(WorkerMessage.Lock lock) throws QuestionFailed {
    tell(lock);
    expect(WorkerMessage.Ready.class);
  }

  /** Told each row as it comes. */
  @FunctionalInterface
  public interface RowTaker {
    void take(List<@Nullable Object> row) throws QuestionFailed;
  }

  public Table ask(WorkerMessage.Ask ask) throws QuestionFailed {
    var rows = new ArrayList<List<@Nullable Object>>();
    Answer answer = each(ask, rows::add);
    return new Table(
        answer.columns(),
        rows,
        answer.truncated(),
        ask.asFile() ? Optional.of(answer.file()) : Optional.empty());
  }

  /** What comes with the rows. */
  public record Answer(List<ResultColumn> columns, boolean truncated, Bytes file) {}

  public Answer each(WorkerMessage.Ask ask, RowTaker taker) throws QuestionFailed {
    tell(ask);
    List<ResultColumn> columns = expect(WorkerMessage.Columns.class).columns();
    long rows = 0;
    var measure = new ResultHash(columns);
    var file = new ByteArrayOutputStream();
    while (true) {
      switch (next()) {
        case WorkerMessage.Rows(List<List<@Nullable Object>> more) -> {
          rows += more.size();
          checked(more, columns.size()).forEach(measure::add);
          bounded(rows <= ask.rowsMax() && measure.bytes() <= ask.bytesMax());
          for (List<@Nullable Object> row : more) {
            taker.take(row);
          }
        }
        case WorkerMessage.Piece(Bytes piece) -> {
          file.writeBytes(piece.borrow());
          bounded(ask.asFile() && file.size() <= 2 * ask.bytesMax());
        }
        case WorkerMessage.Done(boolean truncated) -> {
          return new Answer(columns, truncated, Bytes.adopt(file.toByteArray()));
        }
        case WorkerMessage.Ready _, WorkerMessage.Text _, WorkerMessage.Columns _ ->
            throw strange();
        case WorkerMessage.Failed(String code, String message) -> throw refusal(code, message);
      }
    }
  }

  private List<List<@Nullable Object>> checked(List<List<@Nullable Object>> rows, int width)
      throws QuestionFailed {
    bounded(rows.isEmpty() || rows.getFirst().size() == width);
    return rows;
  }

  private void bounded(boolean fine) throws QuestionFailed {
    if (!fine) {
      throw strange();
    }
  }

  private void tell(WorkerMessage.Request request) throws QuestionFailed {
    try {
      WorkerCodec.write(out, request);
    } catch (IOException e) {
      throw ended();
    }
  }

  private WorkerMessage.Reply next() throws QuestionFailed {
    try {
      Optional<WorkerMessage> message = WorkerCodec.read(in);
      if (message.isPresent() && message.get() instanceof WorkerMessage.Reply reply) {
        return reply;
      }
      throw strange();
    } catch (IOException e) {
      throw ended();
    }
  }

  private <T extends WorkerMessage.Reply> T expect(Class<T> kind) throws QuestionFailed {
    WorkerMessage.Reply reply = next();
    if (reply instanceof WorkerMessage.Failed(String code, String message)) {
      throw refusal(code, message);
    }
    if (!kind.isInstance(reply)) {
      throw strange();
    }
    return kind.cast(reply);
  }

  // What the worker says about itself is not a word of ours: only two of them are known.
  private static QuestionFailed refusal(String code, String message) {
    return code.equals("memory")
        ? tooMuchMemory()
        : new QuestionFailed("failed", EngineMessages.forAnalyst(message));
  }

  private static QuestionFailed tooMuchMemory() {
    return new QuestionFailed(
        "memory", "the question needs more memory than one may have: narrow it");
  }

  private QuestionFailed strange() {
    close();
    return new QuestionFailed("crashed", "the query worker did not keep to its protocol");
  }

  /** Why the pipe broke. */
  private QuestionFailed ended() {
    int exit = exit();
    if (end == End.TIME) {
      return new QuestionFailed(
          "timeout", "the question took longer than it may: narrow it, or allow it more time");
    }
    return switch (exit) {
      case EXIT_OUT_OF_MEMORY, SIGKILL_EXIT -> tooMuchMemory();
      case SIGXCPU_EXIT ->
          new QuestionFailed("timeout", "the question used up its CPU time: narrow it");
      default ->
          new QuestionFailed(
              "crashed", "the query worker died (exit %d) and took only itself".formatted(exit));
    };
  }

  private int exit() {
    try {
      return process.waitFor(EXIT_MILLIS_MAX, TimeUnit.MILLISECONDS) ? process.exitValue() : -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }

  /** The question's time is over. */
  void expire() {
    if (end == End.NONE) {
      end = End.TIME;
      process.destroyForcibly();
    }
  }

  @Override
  public void close() {
    if (end == End.NONE) {
      end = End.CLOSED;
    }
    process.destroyForcibly();
  }
}
