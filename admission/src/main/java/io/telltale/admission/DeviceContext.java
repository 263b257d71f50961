package io.telltale.admission;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Scope;
import io.telltale.message.ReadingForm;
import io.telltale.roster.DeviceType;
import io.telltale.roster.Identity;
import java.util.Map;
import java.util.Set;

/**
 * Everything that the publish path needs to know of a device, resolved once and immutable: bound to
 * the channel at the handshake, swapped when the registry or the policy changes. Made by {@link
 * DeviceContexts}.
 */
public final class DeviceContext {
  private final Identity identity;
  private final DeviceId device;
  private final int partition;
  private final DeviceType type;
  private final Topics topics;
  private final long policyVersion;
  private final Parts parts;

  /**
   * One allowed message type: where it goes and what it must look like.
   *
   * @param label what the type puts into its readings' hashes
   */
  record Message(String type, String schemaId, ReadingForm form, Scope scope, long label) {}

  /**
   * The exact topics of a device's message types.
   *
   * @param denied those that a rule denies; of others none speaks
   */
  record Topics(Map<String, Message> allowed, Set<String> denied) {
    Topics {
      allowed = Map.copyOf(allowed);
      denied = Set.copyOf(denied);
    }
  }

  /** The device's share of what outlives its sessions. */
  record Parts(ReplayWindow window, Meter meter, Meter tenantMeter) {}

  DeviceContext(Identity identity, DeviceType type, Topics topics, long version, Parts parts) {
    this.identity = identity;
    this.device = new DeviceId(identity.id().tenant(), identity.id().name());
    this.partition = Partitions.of(device);
    this.type = type;
    this.topics = topics;
    this.policyVersion = version;
    this.parts = parts;
  }

  public Identity identity() {
    return identity;
  }

  public DeviceId device() {
    return device;
  }

  public int partition() {
    return partition;
  }

  /** The exact topics that this device may publish on. */
  public Set<String> allowedTopics() {
    return topics.allowed().keySet();
  }

  /** {@code t/{tenant}/d/{device}/}: its own corner of the topic space. */
  public String topicPrefix() {
    return topicPrefix(device);
  }

  private static String topicPrefix(DeviceId device) {
    return "t/" + device.tenant().name() + "/d/" + device.name() + "/";
  }

  public long policyVersion() {
    return policyVersion;
  }

  DeviceType type() {
    return type;
  }

  Map<String, Message> topics() {
    return topics.allowed();
  }

  ReplayWindow window() {
    return parts.window();
  }

  Meter meter() {
    return parts.meter();
  }

  Meter tenantMeter() {
    return parts.tenantMeter();
  }

  /** Why {@code topic}, which is not among the allowed ones, is refused. */
  RefusalReason refusal(String topic) {
    return refusal(device, type, topics, topic);
  }

  static RefusalReason refusal(DeviceId device, DeviceType type, Topics topics, String topic) {
    if (topics.denied().contains(topic)) {
      return RefusalReason.TOPIC_DENIED;
    }
    String prefix = topicPrefix(device);
    boolean own = topic.startsWith(prefix) && topic.indexOf('/', prefix.length()) < 0;
    return own && !type.messageTypes().contains(topic.substring(prefix.length()))
        ? RefusalReason.TYPE_NOT_ALLOWED
        : RefusalReason.TOPIC_NOT_ALLOWED;
  }
}
