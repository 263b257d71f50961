package io.telltale.admission;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One device's session at a door: what it may do now, and what it has not been answered yet. Used
 * on its event loop only, but for {@link #context}.
 */
public final class DeviceSession {
  /** The Receive Maximum of our doors. */
  static final int REPEATS_MAX = 64;

  private final String endpoint;
  private final Map<Integer, InFlight> packets = new HashMap<>(4);
  private volatile DeviceContext context;
  private int repeats;
  private long inFlightBytes;

  /**
   * @param endpoint listener and protocol as the origin names them, for instance {@code mqtt5:8883}
   */
  public DeviceSession(DeviceContext context, String endpoint) {
    this.context = context;
    this.endpoint = endpoint;
  }

  public DeviceContext context() {
    return context;
  }

  /** From the next submission on, {@code context} holds. */
  public void swap(DeviceContext context) {
    this.context = context;
  }

  public String endpoint() {
    return endpoint;
  }

  /**
   * Counts a reading that was stored already and came again unmarked. An honest client repeats what
   * was unanswered when its last session ended: one Receive Maximum at most.
   */
  boolean repeatsTooMuch() {
    return ++repeats > REPEATS_MAX;
  }

  // Only devices without sequence numbers are told apart by packet: all they have (session-only).
  @Nullable InFlight packet(int packet) {
    return packets.get(packet);
  }

  /** What of it is on its way to the log, of {@link Admission#inFlightBytes}. */
  public long inFlightBytes() {
    return inFlightBytes;
  }

  void opened(InFlight record) {
    inFlightBytes += record.bytes();
    int packet = record.submission().packet();
    if (packet != Submission.NO_PACKET && record.sequence() == InFlight.NO_SEQUENCE) {
      packets.put(packet, record);
    }
  }

  void closed(InFlight record) {
    inFlightBytes -= record.bytes();
    int packet = record.submission().packet();
    if (packet != Submission.NO_PACKET && record.sequence() == InFlight.NO_SEQUENCE) {
      packets.remove(packet, record);
    }
  }
}
