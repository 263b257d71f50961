package io.telltale.doors.packet;

import io.netty.handler.codec.mqtt.MqttReasonCodes.Disconnect;
import io.telltale.admission.Submission;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a client said: one whole packet, checked to the letter, or why it is none. */
public sealed interface MqttPacket {
  /**
   * @param will what it leaves for its end, or null
   * @param authentication whether it names an authentication method, which is not offered
   * @param nameless whether it leaves its client identifier to us
   * @param keepAliveSeconds 0 for none
   */
  record Connect(
      MqttClient client,
      boolean clean,
      @Nullable Will will,
      boolean authentication,
      boolean nameless,
      int keepAliveSeconds)
      implements MqttPacket {}

  /**
   * A will message.
   *
   * @param quality its QoS, from 0 to 2
   * @param retain whether it asks to be kept, which is not offered
   */
  record Will(Submission message, int quality, boolean retain) {}

  /** A CONNECT of a protocol version that is not spoken here, as far as it was read. */
  record OtherVersion() implements MqttPacket {}

  record Publish(boolean quality1, Submission submission) implements MqttPacket {}

  record Subscribe(int packet, List<Wish> wishes) implements MqttPacket {}

  /** One filter of a SUBSCRIBE and the highest QoS that is wanted under it. */
  record Wish(String filter, int quality) {}

  record Unsubscribe(int packet, List<String> filters) implements MqttPacket {}

  record Ping() implements MqttPacket {}

  /** {@code well} says that all is well, so that the will is not needed. */
  record Goodbye(boolean well) implements MqttPacket {}

  /**
   * The end of the session.
   *
   * @param code of the answer in MQTT 5; MQTT 3.1.1 has none
   * @param text for the device, a constant
   * @param cause for the counters
   * @param version5 whether the peer is known to speak MQTT 5
   */
  record Broken(Disconnect code, String text, String cause, boolean version5)
      implements MqttPacket {}
}
