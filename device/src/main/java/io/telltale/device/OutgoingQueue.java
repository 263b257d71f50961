package io.telltale.device;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.util.List;
import java.util.Optional;

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

  /**
   * As {@link #add(Message)}, together with how far its file was taken: either both are kept or
   * none, whenever the process ends.
   */
  boolean add(Message message, FileMark mark);

  /** How far {@code file} was taken, in earlier runs too; of the latest few hundred files. */
  Optional<FileMark> taken(Hash file);

  /** Forgets a message: acknowledged, or set aside. */
  void remove(long sequence);

  /**
   * Keeps a message apart from the others, with the reason why it is not sent any more; false when
   * there is no room for it there: then nothing changed.
   */
  boolean setAside(Message message, String why);

  /** How many were set aside, in earlier runs too. */
  int asideCount();

  /** How many are left. */
  int size();

  /** What is left, oldest first. */
  List<Message> pending();

  @Override
  void close();

  /** One message under its sequence number. */
  record Message(long sequence, String topic, Bytes payload) {
    /** Its message type: the last part of the topic. */
    String type() {
      return topic.substring(topic.lastIndexOf('/') + 1);
    }
  }
}
