package io.telltale.registry;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

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
}
