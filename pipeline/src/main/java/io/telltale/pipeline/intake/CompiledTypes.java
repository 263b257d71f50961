package io.telltale.pipeline.intake;

import io.telltale.kernel.TenantId;
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
final class CompiledTypes {
  private static final int POLICIES_MAX = 64;
  private static final int TYPES_MAX = 4_096;

  private final PolicyBook policies;
  private final Map<Key, CompiledPolicy> compiled = new HashMap<>();
  // Most versions of a policy share most of their message types.
  private final Map<MessageType, CompiledType> types = new HashMap<>();
  private @Nullable CompiledPolicy last;

  private record Key(TenantId tenant, long version) {}

  private record CompiledPolicy(
      Key key,
      Map<String, CompiledType> bySchema,
      Map<String, CompiledType> byName,
      Map<String, Set<String>> allowed) {}

  CompiledTypes(PolicyBook policies) {
    this.policies = policies;
  }

  /**
   * The type that a record was admitted under; empty when its policy has no schema of that name.
   *
   * @param again by the policy in force instead, whose newest of that name it is
   */
  Optional<CompiledType> of(Origin origin, boolean again) {
    return policy(origin, again)
        .map(
            policy ->
                again
                    ? policy.byName().get(origin.messageType())
                    : policy.bySchema().get(origin.schema()));
  }

  /**
   * Whether the policy that a record was admitted under, or that in force, lets a device send it.
   */
  boolean allows(String deviceType, Origin origin, boolean again) {
    return policy(origin, again)
        .map(policy -> policy.allowed().getOrDefault(deviceType, Set.of()))
        .filter(names -> names.contains(origin.messageType()))
        .isPresent();
  }

  private Optional<CompiledPolicy> policy(Origin origin, boolean again) {
    var tenant = origin.device().tenant();
    long version = again ? policies.inForce(tenant).version() : origin.policyVersion();
    CompiledPolicy known = last;
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

  private CompiledPolicy compile(Key key, Policy policy) {
    if (compiled.size() >= POLICIES_MAX || types.size() >= TYPES_MAX) {
      compiled.clear();
      types.clear();
    }
    var bySchema = new HashMap<String, CompiledType>();
    var byName = new HashMap<String, CompiledType>();
    for (MessageType type : policy.messageTypes()) {
      CompiledType one = types.computeIfAbsent(type, CompiledTypes::compile);
      bySchema.put(one.schemaId(), one);
      byName.put(type.name(), one);
    }
    var allowed = new HashMap<String, Set<String>>();
    for (DeviceType type : policy.deviceTypes()) {
      allowed.put(type.name(), type.messageTypes());
    }
    var fresh = new CompiledPolicy(key, bySchema, byName, allowed);
    compiled.put(key, fresh);
    return fresh;
  }

  private static CompiledType compile(MessageType type) {
    String schemaId = type.schemaId();
    String map = type.mapping().map(mapping -> mapping.step(type.name()) + " ").orElse("");
    return new CompiledType(
        schemaId,
        type.compile(),
        "open@1 " + map + "validate@" + schemaId + " normalise@2 enrich@1");
  }
}
