package io.telltale.admission;

import io.telltale.registry.DeviceType;
import io.telltale.registry.Identity;
import io.telltale.registry.Policy;
import io.telltale.registry.Rule;
import java.util.Set;

/** Decides by the policy's rules: what none allows is denied, and a denying rule beats all. */
final class Rules {
  private Rules() {}

  static boolean allow(Policy policy, Identity caller, String topic, Rule.Action action) {
    Set<String> types = types(policy, caller);
    boolean allowed = false;
    for (Rule rule : policy.rules()) {
      if (rule.action() == action
          && matches(rule.topic(), topic, caller, types)
          && applies(rule, caller)) {
        if (rule.effect() == Rule.Effect.DENY) {
          return false;
        }
        allowed = true;
      }
    }
    return allowed;
  }

  /** An allowance needs its condition to hold; for a denial it is enough that nobody can tell. */
  static boolean applies(Rule rule, Identity caller) {
    if (rule.when().isEmpty()) {
      return true;
    }
    return switch (rule.when().get().holdsFor(caller)) {
      case YES -> true;
      case NO -> false;
      case UNKNOWN -> rule.effect() == Rule.Effect.DENY;
    };
  }

  /** Whether a rule speaks of {@code topic} when {@code caller} names it. */
  static boolean matches(Policy policy, Rule rule, Identity caller, String topic) {
    return matches(rule.topic(), topic, caller, types(policy, caller));
  }

  private static Set<String> types(Policy policy, Identity caller) {
    return policy.deviceType(caller.asset().type()).map(DeviceType::messageTypes).orElse(Set.of());
  }

  private static boolean matches(
      String template, String topic, Identity caller, Set<String> types) {
    String[] wanted = template.split("/", -1);
    String[] given = topic.split("/", -1);
    if (wanted.length != given.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      boolean same =
          switch (wanted[i]) {
            case "+" -> true;
            case "{tenant}" -> given[i].equals(caller.id().tenant().name());
            case "{device}" -> given[i].equals(caller.id().name());
            case "{type}" -> types.contains(given[i]);
            default -> given[i].equals(wanted[i]);
          };
      if (!same) {
        return false;
      }
    }
    return true;
  }
}
