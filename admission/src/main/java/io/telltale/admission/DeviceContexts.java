package io.telltale.admission;

import io.telltale.kernel.TenantId;
import io.telltale.roster.DeviceType;
import io.telltale.roster.Identity;
import io.telltale.roster.Policy;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Compiles the policy in force for one device at a time: which exact topics it may publish on, as
 * which message type, under which schema and scope. Default deny (IN-4).
 */
public final class DeviceContexts {
  // Of schemas that have to be compiled: some milliseconds.
  private static final int AT_ONCE_CHARS_MAX = 64 << 10;

  private final Function<TenantId, Policy> policyInForce;
  private final ReplayWindows windows;
  private final LongSupplier nanoTime;
  private final Executor aside;
  private final Meters meters = new Meters();
  private final Map<TenantId, PolicyCompiler> compilers = new ConcurrentHashMap<>();

  /** {@code policyInForce} answers from memory; {@code nanoTime} is the limits' clock. */
  public DeviceContexts(
      Function<TenantId, Policy> policyInForce, ReplayWindows windows, LongSupplier nanoTime) {
    this(policyInForce, windows, nanoTime, Thread::startVirtualThread);
  }

  /** {@code aside} compiles what would take an event loop too long. */
  DeviceContexts(
      Function<TenantId, Policy> policyInForce,
      ReplayWindows windows,
      LongSupplier nanoTime,
      Executor aside) {
    this.policyInForce = policyInForce;
    this.windows = windows;
    this.nanoTime = nanoTime;
    this.aside = aside;
  }

  /**
   * Empty when the policy does not know the device's type: then it may do nothing. A change of the
   * policy that is large to compile shows once {@link #refresh} has compiled it; before its first
   * policy of that size is, a tenant's devices may do nothing.
   */
  public Optional<DeviceContext> of(Identity identity) {
    return current(identity.id().tenant())
        .flatMap(
            compiler ->
                compiler
                    .policy()
                    .deviceType(identity.asset().type())
                    .map(type -> context(compiler, identity, type)));
  }

  /**
   * Compiles what is in force now, where that has changed. Takes as long as the largest policy
   * takes: never to be called on an event loop.
   */
  public void refresh() {
    compilers.keySet().forEach(this::compiled);
  }

  private Optional<PolicyCompiler> current(TenantId tenant) {
    Policy policy = policyInForce.apply(tenant);
    PolicyCompiler known = compilers.get(tenant);
    if (known != null && known.policy().version() == policy.version()) {
      return Optional.of(known);
    }
    if (PolicyCompiler.charsToCompile(policy, known) <= AT_ONCE_CHARS_MAX) {
      return Optional.of(compiled(tenant));
    }
    if (known == null) {
      aside.execute(() -> compiled(tenant));
    }
    return Optional.ofNullable(known);
  }

  // Once, however many ask for it at the same time.
  private PolicyCompiler compiled(TenantId tenant) {
    return compilers.compute(
        tenant,
        (ignored, known) -> {
          Policy policy = policyInForce.apply(tenant);
          return known != null && known.policy().version() == policy.version()
              ? known
              : new PolicyCompiler(policy, windows.readingHash()::label, known);
        });
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
