package io.telltale.admission;

import io.telltale.roster.DeviceType;
import io.telltale.roster.Identity;
import io.telltale.roster.Policy;
import io.telltale.roster.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The rules of a policy about one action, as they stand for one device: what none allows is denied,
 * and a denying rule beats all. A condition is evaluated once at most, however many topics are
 * asked for. Not thread-safe.
 */
final class DeviceRules {
  private final Identity caller;
  private final Set<String> types;
  private final List<Standing> rules = new ArrayList<>();
  private int evaluated;

  DeviceRules(Policy policy, Identity caller, Rule.Action action) {
    this.caller = caller;
    this.types =
        policy.deviceType(caller.asset().type()).map(DeviceType::messageTypes).orElse(Set.of());
    for (Rule rule : policy.rules()) {
      if (rule.action() == action) {
        rules.add(new Standing(rule));
      }
    }
  }

  private final class Standing {
    private final Rule rule;
    private final String[] wanted;
    private boolean asked;
    private boolean applies;

    Standing(Rule rule) {
      this.rule = rule;
      this.wanted = rule.topic().split("/", -1);
    }

    boolean applies() {
      if (!asked) {
        asked = true;
        evaluated += rule.when().isPresent() ? 1 : 0;
        applies = DeviceRules.applies(rule, caller);
      }
      return applies;
    }
  }

  /** What all of them together say of a topic. */
  enum Word {
    ALLOWED,
    NOT_ALLOWED,
    DENIED
  }

  Word about(String topic) {
    String[] given = topic.split("/", -1);
    boolean allowed = false;
    for (Standing one : rules) {
      boolean decides = one.rule.effect() == Rule.Effect.DENY || !allowed;
      if (decides && matches(one.wanted, given) && one.applies()) {
        if (one.rule.effect() == Rule.Effect.DENY) {
          return Word.DENIED;
        }
        allowed = true;
      }
    }
    return allowed ? Word.ALLOWED : Word.NOT_ALLOWED;
  }

  /** How many conditions were evaluated so far. */
  int evaluated() {
    return evaluated;
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

  /** Whether a rule speaks of {@code topic} when the device names it. */
  boolean matches(Rule rule, String topic) {
    return matches(rule.topic().split("/", -1), topic.split("/", -1));
  }

  private boolean matches(String[] wanted, String[] given) {
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
