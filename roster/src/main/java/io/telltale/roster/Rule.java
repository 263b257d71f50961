package io.telltale.roster;

import java.util.Optional;

/**
 * One permission; what no rule allows is denied, and a denying rule beats every allowing one.
 *
 * @param topic a template: literal segments, {@code {tenant}}, {@code {device}} (the caller's own)
 *     and {@code {type}} (a message type of the caller's device type), {@code +} for any one
 *     segment
 * @param when the rule holds only for such callers; empty: for all
 */
public record Rule(Effect effect, Action action, String topic, Optional<Condition> when) {
  /** What the rule does. */
  public enum Effect {
    ALLOW,
    DENY
  }

  /** What the caller wants to do with the topic. */
  public enum Action {
    PUBLISH,
    SUBSCRIBE
  }
}
