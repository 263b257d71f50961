package io.telltale.doors.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.mqtt.MqttReasonCodes.Disconnect;
import io.telltale.admission.Outcome;
import io.telltale.doors.packet.MqttAnswer;
import io.telltale.doors.packet.MqttClient;
import io.telltale.doors.packet.MqttPackets;
import io.telltale.doors.session.Wire;
import org.jspecify.annotations.Nullable;

/** MQTT 3.1.1 or 5, as the device's CONNECT says; 3.1.1 until there was one. */
public final class MqttWire implements Wire {
  private final Channel channel;
  private final int receiveMax;
  private MqttClient client = MqttClient.VERSION_311;
  private @Nullable ByteBuf acks;

  public MqttWire(Channel channel, int receiveMax) {
    this.channel = channel;
    this.receiveMax = receiveMax;
  }

  static End broken(Disconnect code, String text, String cause) {
    return new Broken(code.byteValue(), text, cause);
  }

  MqttClient client() {
    return client;
  }

  /** CONNECT was accepted. */
  void greeted(MqttClient who) {
    client = who;
  }

  static String protocol(MqttClient client) {
    return client.version5() ? "mqtt5" : "mqtt3.1.1";
  }

  @Override
  public String protocol() {
    return protocol(client);
  }

  @Override
  public boolean canSayNo() {
    return client.version5();
  }

  /** MQTT 3.1.1 has no Receive Maximum (MQTT 5 section 3.2.2.3.3). */
  @Override
  public int unansweredMax() {
    return client.version5() ? receiveMax : Integer.MAX_VALUE;
  }

  @Override
  public void answer(int number, Outcome outcome) {
    ByteBuf buffer = acks;
    if (buffer == null) {
      buffer = channel.alloc().buffer(64);
      acks = buffer;
    }
    if (outcome.isStored()) {
      MqttPackets.puback(buffer, number);
    } else {
      MqttPackets.puback(buffer, number, MqttAnswer.to(outcome), client);
    }
  }

  @Override
  public void write() {
    ByteBuf buffer = acks;
    if (buffer != null) {
      acks = null;
      channel.write(buffer, channel.voidPromise());
    }
  }

  /**
   * DISCONNECT, which MQTT 3.1.1 does not have for a server; nor has a client of version 5 that was
   * not greeted.
   */
  @Override
  public void say(End end) {
    if (client.version5()) {
      Disconnect code =
          switch (end) {
            case Broken(int number, _, _) -> Disconnect.valueOf((byte) number);
            case Ours ours -> code(ours);
          };
      channel.write(
          MqttPackets.disconnect(channel.alloc(), code, end.text(), client), channel.voidPromise());
    }
  }

  @Override
  public void release() {
    ByteBuf buffer = acks;
    if (buffer != null) {
      acks = null;
      buffer.release();
    }
  }

  private static Disconnect code(Ours end) {
    return switch (end) {
      case EXPIRED -> Disconnect.NOT_AUTHORIZED;
      case SILENT -> Disconnect.KEEP_ALIVE_TIMEOUT;
      case NOT_OPENED -> Disconnect.MAXIMUM_CONNECT_TIME;
      case TAKEN_OVER -> Disconnect.SESSION_TAKEN_OVER;
      case WITHDRAWN -> Disconnect.ADMINISTRATIVE_ACTION;
      case HOLD_FULL, HOLD_TIMEOUT -> Disconnect.SERVER_BUSY;
      case SHUTDOWN -> Disconnect.SERVER_SHUTTING_DOWN;
      case CROWDED, REFUSED, OPENING_REFUSED, FAILED -> Disconnect.UNSPECIFIED_ERROR;
    };
  }
}
