package io.telltale.admission;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One device's session at a door: what it may do now, and what it has not been answered yet. Used
 * on its event loop only, but for {@link #context}.
 */
public final class DeviceSession {
  private final String endpoint;
  private final Map<Integer, InFlight> packets = new HashMap<>(4);
  private volatile DeviceContext context;

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

  // Only devices without sequence numbers are told apart by packet: all they have (session-only).
  @Nullable InFlight packet(int packet) {
    return packets.get(packet);
  }

  void opened(InFlight record) {
    int packet = record.submission().packet();
    if (packet != Submission.NO_PACKET && record.sequence() == InFlight.NO_SEQUENCE) {
      packets.put(packet, record);
    }
  }

  void closed(InFlight record) {
    int packet = record.submission().packet();
    if (packet != Submission.NO_PACKET && record.sequence() == InFlight.NO_SEQUENCE) {
      packets.remove(packet, record);
    }
  }
}
