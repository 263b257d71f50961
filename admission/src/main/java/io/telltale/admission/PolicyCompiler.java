package io.telltale.admission;

import io.telltale.kernel.Scope;
import io.telltale.message.ReadingForm;
import io.telltale.roster.DeviceType;
import io.telltale.roster.Identity;
import io.telltale.roster.MessageType;
import io.telltale.roster.Policy;
import io.telltale.roster.Rule;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** One policy, its schemas compiled, made into what a single device may do. Default deny (IN-4). */
final class PolicyCompiler {
  private final Policy policy;
  private final ToLongFunction<String> label;
  private final Map<MessageType, ReadingForm> forms = new HashMap<>();

  /**
   * @param label what a message type puts into its readings' hashes
   * @param before what is compiled of the version before, if anything
   */
  PolicyCompiler(Policy policy, ToLongFunction<String> label, @Nullable PolicyCompiler before) {
    this.policy = policy;
    this.label = label;
    for (MessageType type : policy.messageTypes()) {
      ReadingForm known = before == null ? null : before.forms.get(type);
      forms.put(type, known == null ? type.compile() : known);
    }
  }

  /** How much there is to compile of {@code policy} where {@code before} is compiled. */
  static long charsToCompile(Policy policy, @Nullable PolicyCompiler before) {
    return policy.messageTypes().stream()
        .filter(type -> before == null || !before.forms.containsKey(type))
        .mapToLong(type -> type.schema().length())
        .sum();
  }

  Policy policy() {
    return policy;
  }

  /** The exact topics that a device may publish on; none when the policy has no such type. */
  DeviceContext.Topics topics(Identity identity) {
    var topics = new HashMap<String, DeviceContext.Message>();
    var denied = new HashSet<String>();
    var rules = new DeviceRules(policy, identity, Rule.Action.PUBLISH);
    for (DeviceType deviceType : policy.deviceType(identity.asset().type()).stream().toList()) {
      for (String name : deviceType.messageTypes()) {
        String topic = topic(identity, name);
        switch (rules.about(topic)) {
          case ALLOWED ->
              topics.put(topic, message(identity, policy.messageType(name).orElseThrow()));
          case DENIED -> denied.add(topic);
          case NOT_ALLOWED -> {}
        }
      }
    }
    return new DeviceContext.Topics(topics, denied);
  }

  /** Where a device sends a message type. */
  String topic(Identity identity, String messageType) {
    return topicOf(identity, policy.messageType(messageType).orElseThrow().topicTemplate());
  }

  static String topicOf(Identity identity, String template) {
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
    ReadingForm form = forms.get(type);
    if (form == null) {
      throw new IllegalStateException("every message type has a form");
    }
    return new DeviceContext.Message(
        type.name(), type.schemaId(), form, scope, label.applyAsLong(type.name()));
  }
}
