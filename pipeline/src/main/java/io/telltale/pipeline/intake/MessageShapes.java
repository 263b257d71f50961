package io.telltale.pipeline.intake;

import io.telltale.kernel.TenantId;
import io.telltale.message.ReadingForm;
import io.telltale.record.Origin;
import io.telltale.roster.DeviceType;
import io.telltale.roster.MessageType;
import io.telltale.roster.Policy;
import io.telltale.roster.PolicyBook;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The message types of the policies that records were admitted under, each compiled once: what has
 * been acknowledged is judged by what held then, not by what holds now. Not thread-safe.
 */
final class MessageShapes {
  private static final int POLICIES_MAX = 64;
  private static final int SHAPES_MAX = 4_096;

  private final PolicyBook policies;
  private final Map<Key, Compiled> compiled = new HashMap<>();
  // Most versions of a policy share most of their message types.
  private final Map<MessageType, MessageShape> shapes = new HashMap<>();
  private @Nullable Compiled last;

  private record Key(TenantId tenant, long version) {}

  private record Compiled(
      Key key,
      Map<String, MessageShape> bySchema,
      Map<String, MessageShape> byType,
      Map<String, Set<String>> allowed) {}

  /**
   * One version of one message type.
   *
   * @param steps what a record's provenance says was done to it
   */
  record MessageShape(String schema, ReadingForm form, String steps) {
    /** Why {@link ReadingForm#read} finds nothing. */
    String unreadable() {
      return form.isMapped() ? DeadLetterReason.PAYLOAD_UNREADABLE : DeadLetterReason.NOT_JSON;
    }
  }

  MessageShapes(PolicyBook policies) {
    this.policies = policies;
  }

  /**
   * The shape that a record was admitted under; empty when its policy has none of that name.
   *
   * @param again by the policy in force instead, whose newest shape of that type it is
   */
  Optional<MessageShape> of(Origin origin, boolean again) {
    return policy(origin, again)
        .map(
            policy ->
                again
                    ? policy.byType().get(origin.messageType())
                    : policy.bySchema().get(origin.schema()));
  }

  /**
   * Whether the policy that a record was admitted under, or that in force, lets a device send it.
   */
  boolean allows(String deviceType, Origin origin, boolean again) {
    return policy(origin, again)
        .map(policy -> policy.allowed().getOrDefault(deviceType, Set.of()))
        .filter(types -> types.contains(origin.messageType()))
        .isPresent();
  }

  private Optional<Compiled> policy(Origin origin, boolean again) {
    var tenant = origin.device().tenant();
    long version = again ? policies.inForce(tenant).version() : origin.policyVersion();
    Compiled known = last;
    if (known == null || known.key().version() != version || !known.key().tenant().equals(tenant)) {
      var key = new Key(tenant, version);
      known = compiled.get(key);
      if (known == null) {
        known = policies.version(tenant, version).map(policy -> compile(key, policy)).orElse(null);
      }
      last = known;
    }
    return Optional.ofNullable(known);
  }

  private Compiled compile(Key key, Policy policy) {
    if (compiled.size() >= POLICIES_MAX || shapes.size() >= SHAPES_MAX) {
      compiled.clear();
      shapes.clear();
    }
    var bySchema = new HashMap<String, MessageShape>();
    var byType = new HashMap<String, MessageShape>();
    for (MessageType type : policy.messageTypes()) {
      MessageShape shape = shapes.computeIfAbsent(type, MessageShapes::compile);
      bySchema.put(shape.schema(), shape);
      byType.put(type.name(), shape);
    }
    var allowed = new HashMap<String, Set<String>>();
    for (DeviceType type : policy.deviceTypes()) {
      allowed.put(type.name(), type.messageTypes());
    }
    var fresh = new Compiled(key, bySchema, byType, allowed);
    compiled.put(key, fresh);
    return fresh;
  }

  private static MessageShape compile(MessageType type) {
    String name = type.schemaId();
    String map = type.mapping().map(mapping -> mapping.step(type.name()) + " ").orElse("");
    return new MessageShape(
        name, type.compile(), "open@1 " + map + "validate@" + name + " normalise@2 enrich@1");
  }
}
