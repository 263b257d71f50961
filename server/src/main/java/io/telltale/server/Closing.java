package io.telltale.server;

import java.util.ArrayDeque;
import java.util.Deque;

/** Ends what was started, last first; one failure does not keep the others from ending. */
public final class Closing implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Closing.class.getName());

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  public <T extends AutoCloseable> T add(T part) {
    parts.push(part);
    return part;
  }

  @Override
  public void close() {
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (Exception | Error e) {
        LOG.log(System.Logger.Level.ERROR, "server.close part=" + part.getClass().getName(), e);
      }
    }
  }
}
