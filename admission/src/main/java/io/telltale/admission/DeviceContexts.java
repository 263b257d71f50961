package io.telltale.admission;

import io.telltale.kernel.TenantId;
import io.telltale.registry.DeviceType;
import io.telltale.registry.Identity;
import io.telltale.registry.Policy;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Compiles the policy in force for one device at a time: which exact topics it may publish on, as
 * which message type, under which schema and scope. Default deny (IN-4).
 */
public final class DeviceContexts {
  private final Function<TenantId, Policy> policyInForce;
  private final ReplayWindows windows;
  private final LongSupplier nanoTime;
  private final Meters meters = new Meters();
  private final Map<TenantId, PolicyCompiler> compilers = new ConcurrentHashMap<>();

  /** {@code policyInForce} answers from memory; {@code nanoTime} is the limits' clock. */
  public DeviceContexts(
      Function<TenantId, Policy> policyInForce, ReplayWindows windows, LongSupplier nanoTime) {
    this.policyInForce = policyInForce;
    this.windows = windows;
    this.nanoTime = nanoTime;
  }

  /** Empty when the policy does not know the device's type: then it may do nothing. */
  public Optional<DeviceContext> of(Identity identity) {
    PolicyCompiler current = current(identity.id().tenant());
    return current
        .policy()
        .deviceType(identity.asset().type())
        .map(type -> context(current, identity, type));
  }

  ReplayWindows windows() {
    return windows;
  }

  private PolicyCompiler current(TenantId tenant) {
    Policy policy = policyInForce.apply(tenant);
    PolicyCompiler current = compilers.get(tenant);
    if (current == null || current.policy().version() != policy.version()) {
      current = new PolicyCompiler(policy, windows.readingHash()::label);
      compilers.put(tenant, current);
    }
    return current;
  }

  private DeviceContext context(PolicyCompiler compiler, Identity identity, DeviceType type) {
    TenantId tenant = identity.id().tenant();
    var parts =
        new DeviceContext.Parts(
            windows.of(identity.number(), identity.enrolment()),
            meters.device(identity.number(), nanoTime.getAsLong()),
            meters.tenant(tenant));
    return new DeviceContext(
        identity, type, compiler.topics(identity), compiler.policy().version(), parts);
  }
}
