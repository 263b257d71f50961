package io.telltale.admission;

import io.telltale.kernel.Scope;
import io.telltale.registry.DeviceType;
import io.telltale.registry.Identity;
import io.telltale.registry.MessageType;
import io.telltale.registry.Policy;
import io.telltale.registry.Rule;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ToLongFunction;

/** One policy, its schemas compiled, made into what a single device may do. Default deny (IN-4). */
final class PolicyCompiler {
  private final Policy policy;
  private final ToLongFunction<String> label;
  private final Map<String, Shape> shapes = new HashMap<>();

  /** {@code label} is what a message type puts into its readings' hashes. */
  PolicyCompiler(Policy policy, ToLongFunction<String> label) {
    this.policy = policy;
    this.label = label;
    for (MessageType type : policy.messageTypes()) {
      shapes.put(type.name(), Shape.of(type));
    }
  }

  Policy policy() {
    return policy;
  }

  /** The exact topics that a device may publish on; none when the policy has no such type. */
  Map<String, DeviceContext.Message> topics(Identity identity) {
    var topics = new HashMap<String, DeviceContext.Message>();
    for (DeviceType deviceType : policy.deviceType(identity.asset().type()).stream().toList()) {
      for (String name : deviceType.messageTypes()) {
        String topic = topic(identity, name);
        if (Rules.allow(policy, identity, topic, Rule.Action.PUBLISH)) {
          topics.put(topic, message(identity, policy.messageType(name).orElseThrow()));
        }
      }
    }
    return topics;
  }

  /** Where a device sends a message type. */
  String topic(Identity identity, String messageType) {
    String template = policy.messageType(messageType).orElseThrow().topicTemplate();
    return template
        .replace("{tenant}", identity.id().tenant().name())
        .replace("{device}", identity.id().name());
  }

  private DeviceContext.Message message(Identity identity, MessageType type) {
    var asset = identity.asset();
    var scope =
        new Scope(
            identity.id().tenant(),
            asset.environment(),
            asset.region(),
            asset.productLine(),
            type.sensitivity());
    Shape shape = shapes.get(type.name());
    if (shape == null) {
      throw new IllegalStateException("every message type has a shape");
    }
    return new DeviceContext.Message(
        type.name(),
        type.name() + "@" + type.version(),
        shape,
        scope,
        label.applyAsLong(type.name()));
  }
}
