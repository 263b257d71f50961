package io.telltale.doors.accept;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.telltale.doors.AcceptLimits;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whose share a connection takes, by addresses that no test machine has (firm ground 8). */
class AcceptGateTest {
  private static final int OF_A_SOURCE = 16;
  private static final int CONNECTIONS = 256;
  private static final AcceptLimits LIMITS =
      new AcceptLimits(
          1_000,
          128,
          OF_A_SOURCE,
          1_024,
          1_000,
          1 << 20,
          Duration.ofMinutes(1),
          Duration.ofMinutes(1));

  private final Map<String, Long> counted = new ConcurrentHashMap<>();
  private final AcceptGate gate =
      new AcceptGate(
          LIMITS, (name, cause, n) -> counted.merge(name + " " + cause, n, Long::sum), () -> 0);
  private final EmbeddedChannel listening = new EmbeddedChannel(gate);
  private final List<EmbeddedChannel> accepted = new ArrayList<>();

  /** A connection whose peer has any address. */
  private static final class From extends EmbeddedChannel {
    private final InetSocketAddress peer;

    private From(byte[] address) throws UnknownHostException {
      peer = new InetSocketAddress(InetAddress.getByAddress(address), 40_000);
    }

    @Override
    protected SocketAddress remoteAddress0() {
      return peer;
    }
  }

  @AfterEach
  void close() {
    accepted.forEach(EmbeddedChannel::finishAndReleaseAll);
    listening.finishAndReleaseAll();
  }

  private void accept(byte[] address) throws UnknownHostException {
    var channel = new From(address);
    accepted.add(channel);
    listening.writeInbound(channel);
  }

  /** 2001:db8:0:NET:: with {@code host} in its last 64 bits. */
  private static byte[] inNet(int net, long host) {
    return ByteBuffer.allocate(16).putInt(0x2001_0db8).putInt(net).putLong(host).array();
  }

  /** Spread over all 64 bits: no shorter part of the address may decide, either. */
  private void acceptAllOf(int net) throws UnknownHostException {
    for (long host = 1; host <= CONNECTIONS; host++) {
      accept(inNet(net, host * 0x9e37_79b9_7f4a_7c15L));
    }
  }

  @Test
  void all_addresses_of_one_64_are_one_source() throws UnknownHostException {
    acceptAllOf(1);
    assertThat(gate.strangers()).isEqualTo(OF_A_SOURCE);
    assertThat(listening.inboundMessages()).hasSize(OF_A_SOURCE);
    assertThat(counted).isEmpty();
  }

  // Firm ground 17: devices are as many as there is memory for.
  @Test
  void whoever_comes_beyond_the_known_is_turned_away_and_told_of() throws UnknownHostException {
    var full =
        new AcceptGate(
            AcceptLimits.bounded(1, 64, 1 << 20),
            (name, cause, n) -> counted.merge(name + " " + cause, n, Long::sum),
            () -> 0);
    var door = new EmbeddedChannel(full);
    for (int host = 1; host <= 2; host++) {
      var channel = new From(inNet(host, 1));
      accepted.add(channel);
      door.writeInbound(channel);
    }
    assertThat(introduce(0)).isTrue();
    assertThat(full.wasFull()).isFalse();
    assertThat(introduce(1)).isFalse();
    assertThat(full.known()).isEqualTo(1);
    assertThat(counted).containsEntry("handshakes full", 1L);
    assertThat(full.wasFull()).isTrue();
    assertThat(full.wasFull()).as("once told").isFalse();
    accepted.getFirst().close();
    door.runPendingTasks();
    assertThat(introduce(1)).as("there is a place again").isTrue();
    door.finishAndReleaseAll();
  }

  private boolean introduce(int number) {
    return Objects.requireNonNull(Stranger.of(accepted.get(number))).introduce();
  }

  @Test
  void the_next_64_has_a_share_of_its_own() throws UnknownHostException {
    acceptAllOf(1);
    accept(inNet(2, 1));
    assertThat(listening.inboundMessages())
        .hasSize(OF_A_SOURCE + 1)
        .last()
        .isEqualTo(accepted.getLast());
    acceptAllOf(2);
    assertThat(gate.strangers()).isEqualTo(2 * OF_A_SOURCE);
  }

  @Test
  void each_ipv4_address_is_a_source_also_when_it_comes_as_ipv6() throws UnknownHostException {
    for (int i = 1; i <= 32; i++) {
      accept(new byte[] {10, 0, 0, (byte) i});
    }
    assertThat(gate.strangers()).isEqualTo(32);
    for (int i = 1; i <= CONNECTIONS; i++) {
      accept(mapped(10, 0, 0, 1));
    }
    assertThat(gate.strangers()).isEqualTo(31 + OF_A_SOURCE);
  }

  private static byte[] mapped(int... address) {
    var bytes = new byte[16];
    bytes[10] = (byte) 0xff;
    bytes[11] = (byte) 0xff;
    for (int i = 0; i < address.length; i++) {
      bytes[12 + i] = (byte) address[i];
    }
    return bytes;
  }
}
