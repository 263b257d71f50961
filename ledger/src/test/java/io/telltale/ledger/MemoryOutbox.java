package io.telltale.ledger;

import io.telltale.kernel.Event;
import io.telltale.kernel.Outbox;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** An outbox that outlives ledgers, as a store's would, and can lose the word of what was taken. */
final class MemoryOutbox implements Outbox {
  private final TreeMap<Long, Event> waiting = new TreeMap<>();
  private final List<Runnable> listeners = new ArrayList<>();
  private long next = 1;
  volatile boolean forgetful;

  synchronized void commit(Event event) {
    waiting.put(next++, event);
    listeners.forEach(Runnable::run);
  }

  synchronized void skipNumber() {
    next++;
  }

  synchronized int size() {
    return waiting.size();
  }

  @Override
  public String source() {
    return "registry";
  }

  @Override
  public synchronized List<Numbered> after(long number, int limit) {
    return waiting.tailMap(number, false).entrySet().stream()
        .limit(limit)
        .map(one -> new Numbered(one.getKey(), one.getValue()))
        .toList();
  }

  @Override
  public synchronized void sequenced(long number) {
    if (!forgetful) {
      waiting.headMap(number, true).clear();
    }
  }

  @Override
  public synchronized long forgotten() {
    return (waiting.isEmpty() ? next : waiting.firstKey()) - 1;
  }

  @Override
  public synchronized void onCommitted(Runnable listener) {
    listeners.add(listener);
  }
}
