package io.telltale.roster;

import java.util.HashMap;
import java.util.Map;

/** What the devices of a type may send by a policy, as far as it does not hang on conditions. */
public final class Sendable {
  private final Policy policy;
  private final Map<String, String> templates = new HashMap<>();

  public Sendable(Policy policy) {
    this.policy = policy;
    policy
        .messageTypes()
        .forEach(message -> templates.put(message.name(), message.topicTemplate()));
  }

  /** The message types, by name, that some device of that type may send, each with its topic. */
  public Map<String, String> topics(DeviceType type) {
    var topics = new HashMap<String, String>();
    for (String name : type.messageTypes()) {
      String topic = templates.getOrDefault(name, "");
      if (!topic.isEmpty() && isAllowed(topic, type)) {
        topics.put(name, topic);
      }
    }
    return topics;
  }

  private boolean isAllowed(String topic, DeviceType type) {
    boolean allowed = false;
    for (Rule rule : policy.rules()) {
      if (rule.action() == Rule.Action.PUBLISH) {
        boolean denies = rule.effect() == Rule.Effect.DENY;
        if (denies && rule.when().isEmpty() && matches(rule, topic, type)) {
          return false;
        }
        allowed |= !denies && matches(rule, topic, type);
      }
    }
    return allowed;
  }

  // A name where a template has a placeholder is that of one device: an allowance of its topic is
  // one, and a denial leaves the others theirs.
  private static boolean matches(Rule rule, String topic, DeviceType type) {
    String[] wanted = rule.topic().split("/", -1);
    String[] given = topic.split("/", -1);
    if (wanted.length != given.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      boolean own = given[i].equals("{device}") || given[i].equals("{tenant}");
      boolean same =
          switch (wanted[i]) {
            case "+" -> true;
            case "{type}" -> own || type.messageTypes().contains(given[i]);
            default ->
                wanted[i].equals(given[i])
                    || (rule.effect() == Rule.Effect.ALLOW && (own || wanted[i].startsWith("{")));
          };
      if (!same) {
        return false;
      }
    }
    return true;
  }
}
