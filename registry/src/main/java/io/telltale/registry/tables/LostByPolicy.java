package io.telltale.registry.tables;

import io.telltale.kernel.TenantId;
import io.telltale.registry.PolicyCuts;
import io.telltale.roster.DeviceType;
import io.telltale.roster.Policy;
import io.telltale.roster.Sendable;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/** Finds what devices lose when one policy follows another. */
final class LostByPolicy {
  private LostByPolicy() {}

  static PolicyCuts cuts(Connection connection, TenantId tenant, Policy before, Policy after)
      throws SQLException {
    SequencedMap<String, List<String>> lost = lost(before, after);
    if (lost.isEmpty()) {
      // Most policies take nothing away: no device is looked at for them.
      return PolicyCuts.NONE;
    }
    Map<String, Long> devices =
        Principals.countByType(connection, tenant, List.copyOf(lost.keySet()));
    var deviceTypes = new LinkedHashMap<String, Long>();
    var messageTypes = new LinkedHashMap<String, Long>();
    lost.forEach(
        (type, messages) -> {
          long there = devices.getOrDefault(type, 0L);
          if (there > 0) {
            messages.forEach(message -> messageTypes.merge(message, there, Long::sum));
            if (after.deviceType(type).isEmpty()) {
              deviceTypes.put(type, there);
            }
          }
        });
    return new PolicyCuts(deviceTypes, messageTypes);
  }

  /** The device types that are gone or may send less, with the message types that they lose. */
  private static SequencedMap<String, List<String>> lost(Policy before, Policy after) {
    var kept = new HashMap<String, DeviceType>();
    after.deviceTypes().forEach(type -> kept.put(type.name(), type));
    var had = new Sendable(before);
    var has = new Sendable(after);
    var lost = new LinkedHashMap<String, List<String>>();
    for (DeviceType type : before.deviceTypes()) {
      DeviceType next = kept.get(type.name());
      var gone = new TreeMap<>(had.topics(type));
      if (next != null) {
        gone.entrySet().removeAll(has.topics(next).entrySet());
      }
      if (next == null || !gone.isEmpty()) {
        lost.put(type.name(), new ArrayList<>(gone.keySet()));
      }
    }
    return lost;
  }
}
