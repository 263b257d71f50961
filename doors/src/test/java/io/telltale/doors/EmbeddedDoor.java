package io.telltale.doors;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.telltale.admission.Admission;
import io.telltale.admission.AdmissionLimits;
import io.telltale.admission.AdmissionParts;
import io.telltale.admission.DeviceContexts;
import io.telltale.admission.ReplayWindows;
import io.telltale.crypto.x509.Certificates;
import io.telltale.doors.mqtt.LastWill;
import io.telltale.doors.mqtt.MqttFramer;
import io.telltale.doors.mqtt.MqttHandler;
import io.telltale.doors.mqtt.MqttShared;
import io.telltale.doors.mqtt.MqttWire;
import io.telltale.doors.packet.MqttPacket;
import io.telltale.doors.session.DeviceLink;
import io.telltale.doors.session.HoldRoom;
import io.telltale.doors.session.LinkLimits;
import io.telltale.doors.session.LoopWork;
import io.telltale.doors.session.ProtocolDoor;
import io.telltale.doors.session.Wire;
import io.telltale.fakes.MemoryLog;
import io.telltale.fakes.MemorySealer;
import io.telltale.fakes.TestCa;
import io.telltale.kernel.Counters;
import io.telltale.kernel.KeyedHash;
import io.telltale.record.ReadingHash;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The handlers of one device's session without a socket, in the calling thread. */
final class EmbeddedDoor implements AutoCloseable {
  /** The clock of the meters, which stands still unless a test moves it. */
  private final AtomicLong nanos = new AtomicLong();

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final LoopWork work;
  private final MqttWire wire;
  private final DeviceLink link;
  private final MqttShared shared;

  EmbeddedDoor(Plant plant, TestCa.Credential device) {
    var windows = new ReplayWindows(new ReadingHash(new KeyedHash(new byte[16])));
    var policy = Plant.policy();
    var contexts = new DeviceContexts(tenant -> policy, windows, System::nanoTime);
    var admissionParts =
        new AdmissionParts(
            AdmissionLimits.standard(),
            new MemoryLog(),
            plant.incidents,
            Counters.none(),
            InstantSource.system(),
            nanos::get,
            () -> 1,
            windows,
            "door");
    var parts =
        new DoorParts(
            loop -> new Admission(admissionParts, new MemorySealer(), loop),
            contexts,
            plant.view,
            new Sessions(new MemoryView(), System::nanoTime),
            plant.incidents,
            Counters.none(),
            InstantSource.system(),
            opened -> {},
            "door");
    var refusals = new LastRefusals(InstantSource.system(), Counters.none());
    MqttLimits mqtt = Plant.MQTT;
    var links =
        new ProtocolDoor(
            "mqtt",
            parts,
            new LinkLimits(mqtt.connectMax(), mqtt.packetMax(), mqtt.holdMax()),
            refusals,
            new HoldRoom(8 << 20),
            () -> 8883,
            nanos::get);
    shared = new MqttShared(links, mqtt, new HoldRoom(8 << 20));
    work =
        new LoopWork(
            channel.eventLoop(),
            parts.admissions().apply(channel.eventLoop()),
            InstantSource.system(),
            Runnable::run);
    var identity = plant.view.byCredential(Certificates.fingerprint(device.leaf())).orElseThrow();
    wire = new MqttWire(channel, mqtt.receiveMax());
    link = new DeviceLink(channel, work, wire, links, contexts.of(identity).orElseThrow());
    channel.pipeline().addLast(new MqttFramer(link, shared.limits().packetBytesMax()));
  }

  /** Reads packets, and whatever the test adds behind. */
  EmbeddedChannel channel() {
    return channel;
  }

  /** Has the device say {@code bytes} to a door that answers. */
  void say(byte... bytes) {
    if (channel.pipeline().get(MqttHandler.class) == null) {
      channel.pipeline().addLast(handler());
    }
    channel.writeInbound(Unpooled.copiedBuffer(bytes));
    settle();
  }

  private MqttHandler handler() {
    return new MqttHandler(link, wire, new LastWill(link, wire, work, shared), shared);
  }

  /** Whether a session that speaks by {@code wire} is closed by its end, whatever that throws. */
  boolean closesBy(Wire wire) {
    var other = new DeviceLink(channel, work, wire, shared.links(), link.context());
    try {
      other.close(Wire.Ours.SHUTDOWN);
    } catch (IllegalStateException e) {
      // Planted.
    }
    channel.runPendingTasks();
    return !channel.isOpen();
  }

  void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
    channel.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
    settle();
  }

  private void settle() {
    channel.runPendingTasks();
    channel.runScheduledPendingTasks();
    channel.checkException();
  }

  /** How many packets of {@code type} were answered since the last look. */
  int answers(int type) {
    int count = 0;
    ByteBuf next = channel.readOutbound();
    while (next != null) {
      while (next.isReadable()) {
        count += next.readUnsignedByte() >> 4 == type ? 1 : 0;
        next.skipBytes(next.readUnsignedByte());
      }
      next.release();
      next = channel.readOutbound();
    }
    return count;
  }

  boolean reads() {
    return channel.config().isAutoRead();
  }

  /** Whether the session is over, by itself or by our end, and nothing was thrown. */
  boolean closesAfter(byte[] bytes) {
    channel.pipeline().addLast(handler());
    channel.writeInbound(Unpooled.copiedBuffer(bytes));
    channel.runPendingTasks();
    channel.checkException();
    channel.finishAndReleaseAll();
    return !channel.isOpen();
  }

  /** What is read of {@code bytes}, which come in pieces of {@code pieceBytes}. */
  List<MqttPacket> read(byte[] bytes, int pieceBytes) {
    for (int at = 0; at < bytes.length; at += pieceBytes) {
      int size = Math.min(pieceBytes, bytes.length - at);
      channel.writeInbound(Unpooled.copiedBuffer(bytes, at, size));
    }
    channel.checkException();
    var packets = new ArrayList<MqttPacket>();
    MqttPacket next = channel.readInbound();
    while (next != null) {
      packets.add(next);
      next = channel.readInbound();
    }
    return packets;
  }

  @Override
  public void close() {
    channel.finishAndReleaseAll();
    work.close();
  }
}
