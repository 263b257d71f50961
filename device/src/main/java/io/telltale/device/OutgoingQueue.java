package io.telltale.device;

import io.telltale.kernel.Bytes;
import java.util.List;

/**
 * Messages that the server has not acknowledged yet, in order. Bounded; survives a restart. One
 * thread at a time.
 */
public interface OutgoingQueue extends AutoCloseable {
  /** A sequence number that this device has never used, not even before a crash. */
  long nextSequence();

  /**
   * Keeps a message until {@link #remove}, in place of one with the same sequence; false when the
   * queue or what it is kept on is full.
   */
  boolean add(Message message);

  /** Forgets a message: acknowledged, or refused for good. */
  void remove(long sequence);

  /** What is left, oldest first. */
  List<Message> pending();

  @Override
  void close();

  /** One message under its sequence number. */
  record Message(long sequence, String topic, Bytes payload) {}
}
