package io.telltale.admission;

import io.telltale.kernel.Scope;
import io.telltale.kernel.TenantId;
import io.telltale.registry.DeviceType;
import io.telltale.registry.Identity;
import io.telltale.registry.MessageType;
import io.telltale.registry.Policy;
import io.telltale.registry.Rule;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Compiles the policy in force for one device at a time: which exact topics it may publish on, as
 * which message type, under which schema and scope. Default deny (IN-4).
 */
public final class DeviceContexts {
  private final Function<TenantId, Policy> policyInForce;
  private final ReplayWindows windows;
  private final Meters meters = new Meters();
  private final Map<TenantId, Compiled> compiled = new ConcurrentHashMap<>();

  private record Compiled(Policy policy, Map<String, Shape> shapes) {}

  /** {@code policyInForce} answers from memory. */
  public DeviceContexts(Function<TenantId, Policy> policyInForce, ReplayWindows windows) {
    this.policyInForce = policyInForce;
    this.windows = windows;
  }

  /** Empty when the policy does not know the device's type: then it may do nothing. */
  public Optional<DeviceContext> of(Identity identity) {
    Compiled current = current(identity.id().tenant());
    return current
        .policy()
        .deviceType(identity.asset().type())
        .map(type -> compile(current, identity, type));
  }

  ReplayWindows windows() {
    return windows;
  }

  private Compiled current(TenantId tenant) {
    Policy policy = policyInForce.apply(tenant);
    Compiled current = compiled.get(tenant);
    if (current == null || current.policy().version() != policy.version()) {
      current = compile(policy);
      compiled.put(tenant, current);
    }
    return current;
  }

  private static Compiled compile(Policy policy) {
    var shapes = new HashMap<String, Shape>();
    for (MessageType type : policy.messageTypes()) {
      shapes.put(type.name(), Shape.of(type.schema()));
    }
    return new Compiled(policy, Map.copyOf(shapes));
  }

  private DeviceContext compile(Compiled current, Identity identity, DeviceType deviceType) {
    var topics = new HashMap<String, DeviceContext.Message>();
    Policy policy = current.policy();
    for (String name : deviceType.messageTypes()) {
      String topic = topic(identity, name);
      if (Rules.allow(policy, identity, topic, Rule.Action.PUBLISH)) {
        MessageType type = policy.messageType(name).orElseThrow();
        Shape shape = current.shapes().get(name);
        if (shape != null) {
          topics.put(topic, message(identity, type, shape));
        }
      }
    }
    TenantId tenant = identity.id().tenant();
    var parts =
        new DeviceContext.Parts(
            windows.of(identity.number()), meters.device(identity.number()), meters.tenant(tenant));
    return new DeviceContext(identity, deviceType, topics, policy.version(), parts);
  }

  private static String topic(Identity identity, String messageType) {
    return "t/%s/d/%s/%s".formatted(identity.id().tenant(), identity.id().name(), messageType);
  }

  private static DeviceContext.Message message(Identity identity, MessageType type, Shape shape) {
    var asset = identity.asset();
    var scope =
        new Scope(
            identity.id().tenant(),
            asset.environment(),
            asset.region(),
            asset.productLine(),
            type.sensitivity());
    String id = type.name() + "@" + type.version();
    return new DeviceContext.Message(type.name(), id, shape, scope);
  }
}
