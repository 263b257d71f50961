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
import java.util.function.Supplier;

/**
 * Compiles the policy in force for one device at a time: which exact topics it may publish on, as
 * which message type, under which schema and scope. Default deny (IN-4).
 */
public final class DeviceContexts {
  private final Supplier<Policy> policyInForce;
  private final ReplayWindows windows;
  private final Meters meters = new Meters();
  private final Schemas compiler = new Schemas();
  private volatile Compiled compiled;

  private record Compiled(Policy policy, Map<String, Shape> shapes) {}

  public DeviceContexts(Supplier<Policy> policyInForce, ReplayWindows windows) {
    this.policyInForce = policyInForce;
    this.windows = windows;
    this.compiled = compile(policyInForce.get());
  }

  /** Empty when the policy does not know the device's type: then it may do nothing. */
  public Optional<DeviceContext> of(Identity identity) {
    Compiled current = current();
    return current
        .policy()
        .deviceType(identity.asset().type())
        .map(type -> compile(current, identity, type));
  }

  ReplayWindows windows() {
    return windows;
  }

  private Compiled current() {
    Policy policy = policyInForce.get();
    Compiled current = compiled;
    if (current.policy().version() != policy.version()) {
      current = compile(policy);
      compiled = current;
    }
    return current;
  }

  private Compiled compile(Policy policy) {
    var shapes = new HashMap<String, Shape>();
    for (MessageType type : policy.messageTypes()) {
      shapes.put(type.name(), compiler.compile(type.name(), type.schema()));
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
