package io.telltale.doors;

import java.time.Duration;

/**
 * What one listener takes on at once, before it knows who is calling.
 *
 * @param connectionsMax open connections
 * @param handshakesMax handshakes under way; above it accepting pauses and the kernel queues
 * @param handshakesPerSourceMax the same, per address
 * @param acceptsPerSourcePerSecond sustained, per address; twice as many at once
 * @param handshakeMax from accept to the end of the handshake
 */
public record AcceptLimits(
    int connectionsMax,
    int handshakesMax,
    int handshakesPerSourceMax,
    int acceptsPerSourcePerSecond,
    Duration handshakeMax) {
  public static AcceptLimits standard() {
    return new AcceptLimits(100_000, 512, 256, 2_000, Duration.ofSeconds(10));
  }
}
