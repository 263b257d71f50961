package io.telltale.doors;

import java.time.Duration;

/**
 * What one listener takes on at once. A stranger is a connection from its acceptance until its peer
 * has shown who it is; a source is an IPv4 address or the /64 of an IPv6 address.
 *
 * @param knownMax open connections of peers that have shown who they are
 * @param strangersMax open connections of all others
 * @param strangersPerSourceMax the same, per source; what it opens beyond that waits its turn
 * @param waitingMax accepted connections that wait for their source's turn
 * @param handshakesPerSourcePerSecond that are started, sustained, per source; five times as many
 *     at once. What comes beyond that waits; above twenty times as many a second are not accepted
 * @param heldBytesMax of unfinished records, packets and bodies, all connections together
 * @param handshakeMax from the start of a handshake to its end, and of waiting for it
 * @param patience how long a stranger may keep its place once others wait for it
 */
public record AcceptLimits(
    int knownMax,
    int strangersMax,
    int strangersPerSourceMax,
    int waitingMax,
    int handshakesPerSourcePerSecond,
    long heldBytesMax,
    Duration handshakeMax,
    Duration patience) {
  // Some 1 ms of a core each: a fifth of a core for who has one address.
  private static final int HANDSHAKES_A_SECOND = 200;

  public AcceptLimits {
    if (strangersPerSourceMax > strangersMax) {
      throw new IllegalArgumentException("one source's share is more than all");
    }
  }

  /** The standard proportions: a source gets an eighth of the strangers' places. */
  public static AcceptLimits bounded(int knownMax, int strangersMax, long heldBytesMax) {
    return new AcceptLimits(
        knownMax,
        strangersMax,
        Math.max(1, strangersMax / 8),
        2 * strangersMax,
        HANDSHAKES_A_SECOND,
        heldBytesMax,
        Duration.ofSeconds(10),
        Duration.ofSeconds(1));
  }

  /** The same with {@code perSecond} handshakes of a source. */
  public AcceptLimits handshaking(int perSecond) {
    return new AcceptLimits(
        knownMax,
        strangersMax,
        strangersPerSourceMax,
        waitingMax,
        perSecond,
        heldBytesMax,
        handshakeMax,
        patience);
  }

  /** How many descriptors a listener may take. */
  public int connectionsMax() {
    return knownMax + strangersMax + waitingMax;
  }
}
