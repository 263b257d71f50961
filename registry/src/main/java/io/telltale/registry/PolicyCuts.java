package io.telltale.registry;

import io.telltale.kernel.TenantId;
import io.telltale.registry.tables.Principals;
import io.telltale.roster.DeviceType;
import io.telltale.roster.Policy;
import io.telltale.roster.Sendable;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * What a policy takes from registered devices that the one before it let them have. Retired devices
 * do not count, nor does what a rule's condition says of a single device.
 *
 * @param deviceTypes that are gone, in the order of the one before, with how many devices are of
 *     them: those fall silent
 * @param messageTypes that devices may not send any more, or only on another topic, with how many
 *     devices that is
 */
public record PolicyCuts(
    SequencedMap<String, Long> deviceTypes, SequencedMap<String, Long> messageTypes) {
  public static final PolicyCuts NONE =
      new PolicyCuts(new LinkedHashMap<>(), new LinkedHashMap<>());

  public PolicyCuts {
    deviceTypes = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(deviceTypes));
    messageTypes = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(messageTypes));
  }

  /** Whether no registered device loses anything. */
  public boolean isEmpty() {
    return deviceTypes.isEmpty() && messageTypes.isEmpty();
  }

  public static PolicyCuts between(
      Connection connection, TenantId tenant, Policy before, Policy after) throws SQLException {
    SequencedMap<String, List<String>> lost = lost(before, after);
    if (lost.isEmpty()) {
      // Most policies take nothing away: no device is looked at for them.
      return NONE;
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
