package io.telltale.lake.write;

import io.telltale.engine.DuckSession;
import io.telltale.engine.EngineFailedException;
import io.telltale.kernel.UnavailableException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/**
 * The engine that writes minutes and what is merged. A session that has failed is never used again,
 * since it may fail for ever: the next use opens another. Not thread-safe.
 */
public final class WritingEngine implements AutoCloseable {
  private static final Logger LOG = System.getLogger(WritingEngine.class.getName());

  // Commits are small: what a second thread does costs more in handing over than it saves.
  private static final int THREADS = 1;

  /** What is staged at once is a part of this of the memory: it is there, sorted and written. */
  private static final int PARTS = 8;

  private final int megabytes;
  private @Nullable Parts open;

  /** What works on one session. */
  public record Parts(DuckSession session, ParquetDrafts parquet, MinuteStage minutes) {}

  /** Opens a session at once, so that a start that cannot have it fails. */
  public WritingEngine(int megabytes) {
    this.megabytes = megabytes;
    parts();
  }

  /** More than this of it is not to be staged together. */
  public long stagedBytesMax() {
    return ((long) megabytes << 20) / PARTS;
  }

  public Parts parts() {
    Parts parts = open;
    if (parts == null) {
      parts = opened();
      open = parts;
    }
    return parts;
  }

  private Parts opened() {
    DuckSession session = DuckSession.open(megabytes, THREADS);
    try {
      var parquet = new ParquetDrafts(session);
      return new Parts(session, parquet, new MinuteStage(session));
    } catch (EngineFailedException e) {
      session.close();
      // It had nothing to do yet: nobody's rows are to blame.
      throw new UnavailableException("starting the engine that writes", e);
    }
  }

  /** Gives back the memory of what was staged. */
  public void clear() {
    Parts parts = open;
    if (parts == null) {
      return;
    }
    try {
      parts.minutes().clear();
    } catch (UnavailableException e) {
      failed(e);
    }
  }

  /** To be told of each failure of {@link #parts()}. */
  public void failed(RuntimeException why) {
    LOG.log(Level.WARNING, "lake.engine.failed why={0}", why.getMessage());
    close();
  }

  @Override
  public void close() {
    Parts parts = open;
    open = null;
    if (parts != null) {
      try {
        parts.session().close();
      } catch (UnavailableException e) {
        LOG.log(Level.WARNING, "lake.engine.left why={0}", e.getMessage());
      }
    }
  }
}
