package io.telltale.server.api;

import io.telltale.kernel.TenantId;
import io.telltale.registry.DeviceQuery;
import io.telltale.registry.DeviceType;
import io.telltale.registry.LifecycleState;
import io.telltale.registry.Policy;
import io.telltale.registry.Registry;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;

/** Whom a policy says nothing of any more that the one before had: their devices fall silent. */
final class PolicyCuts {
  /** More are not counted. */
  private static final int COUNTED_MAX = 1_000;

  private static final Set<LifecycleState> LIVE =
      EnumSet.complementOf(EnumSet.of(LifecycleState.RETIRED));

  private PolicyCuts() {}

  /**
   * Device types that are gone and have registered devices, with how many: 1,000 or more are 1,000.
   */
  static ArrayNode of(Registry registry, TenantId tenant, Policy before, Policy after) {
    ArrayNode cuts = Answers.object().putArray("cutOff");
    for (DeviceType type : before.deviceTypes()) {
      int devices =
          after.deviceType(type.name()).isPresent() ? 0 : devices(registry, tenant, type.name());
      if (devices > 0) {
        cuts.addObject().put("deviceType", type.name()).put("devices", devices);
      }
    }
    return cuts;
  }

  private static int devices(Registry registry, TenantId tenant, String type) {
    return registry
        .list(new DeviceQuery(tenant, "", COUNTED_MAX, LIVE, Map.of("type", type)))
        .size();
  }
}
