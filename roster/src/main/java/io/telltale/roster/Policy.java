package io.telltale.roster;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Resources;
import java.util.List;
import java.util.Optional;

/**
 * What devices may say, as data: {@code docs/format/policy.md}. Consistent by construction when it
 * comes from {@link #parse}: every message type that a device type names exists.
 *
 * @param version positive; a later document has a higher one
 * @param tokenSecondsMax how long an enrollment token may be good at most
 */
public record Policy(
    long version,
    List<DeviceType> deviceTypes,
    List<MessageType> messageTypes,
    List<Rule> rules,
    long tokenSecondsMax) {
  /** Of a policy that says nothing else: a day. */
  static final int TOKEN_SECONDS_MAX = 86_400;

  public Policy {
    deviceTypes = List.copyOf(deviceTypes);
    messageTypes = List.copyOf(messageTypes);
    rules = List.copyOf(rules);
  }

  /**
   * Reads a new policy document (JSON, UTF-8, at most 1 MiB), version 1 unless it says another.
   * Reports every mistake at once; never throws for what is in the bytes.
   */
  public static ParsedPolicy parse(Bytes document) {
    return PolicyReader.ofNew(1).read(document);
  }

  /** The policy that a new registry starts with. */
  public static Policy factory() {
    return switch (parse(factoryDocument())) {
      case ParsedPolicy.Valid valid -> valid.policy();
      case ParsedPolicy.Invalid invalid ->
          throw new IllegalStateException("the built-in policy: " + invalid.mistakes());
    };
  }

  /** Its document, as it is shipped. */
  public static Bytes factoryDocument() {
    return Resources.bytes(Policy.class, "factory-policy.json");
  }

  public Optional<DeviceType> deviceType(String name) {
    return deviceTypes.stream().filter(type -> type.name().equals(name)).findFirst();
  }

  public Optional<MessageType> messageType(String name) {
    return messageTypes.stream().filter(type -> type.name().equals(name)).findFirst();
  }
}
