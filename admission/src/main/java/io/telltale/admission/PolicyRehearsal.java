package io.telltale.admission;

import io.telltale.kernel.Bytes;
import io.telltale.record.Origin;
import io.telltale.roster.DeviceType;
import io.telltale.roster.Identity;
import io.telltale.roster.Policy;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a policy would have said to messages that were admitted under others, by the very code that
 * admits: each by its device as it is now, and at the moment at which it came. Rates are not
 * judged. Not thread-safe.
 */
public final class PolicyRehearsal {
  private static final int DEVICES_MAX = 10_000;

  private final PolicyCompiler compiler;
  private final AdmissionLimits limits = AdmissionLimits.standard();
  private final Map<Identity, Optional<Device>> devices = new HashMap<>();

  private record Device(DeviceType type, DeviceContext.Topics topics) {}

  /** A message that was admitted. */
  public record Admitted(Identity device, String topic, Origin origin, Bytes payload) {}

  public PolicyRehearsal(Policy policy) {
    this.compiler = new PolicyCompiler(policy, _ -> 0, null);
  }

  /** Where a device sends a message type that has this template. */
  public static String topic(Identity device, String template) {
    return PolicyCompiler.topicOf(device, template);
  }

  /** Why it would be refused; empty when it would be admitted. */
  public Optional<RefusalReason> judge(Admitted message) {
    Optional<Device> device = device(message.device());
    if (device.isEmpty()) {
      return Optional.of(RefusalReason.TYPE_NOT_ALLOWED);
    }
    if (device.get().type().attestationRequired()) {
      return Optional.of(RefusalReason.ATTESTATION_REQUIRED);
    }
    DeviceContext.Message type = device.get().topics().allowed().get(message.topic());
    if (type == null) {
      return Optional.of(
          DeviceContext.refusal(
              message.origin().device(),
              device.get().type(),
              device.get().topics(),
              message.topic()));
    }
    return judge(message, device.get(), type);
  }

  private Optional<Device> device(Identity device) {
    if (devices.size() >= DEVICES_MAX) {
      devices.clear();
    }
    return devices.computeIfAbsent(
        device,
        known ->
            compiler
                .policy()
                .deviceType(known.asset().type())
                .map(type -> new Device(type, compiler.topics(known))));
  }

  private Optional<RefusalReason> judge(
      Admitted message, Device device, DeviceContext.Message type) {
    Origin origin = message.origin();
    long received = origin.received().toEpochMilli();
    return switch (PayloadReader.read(submission(message), type.form(), received)) {
      case ParsedPayload.Malformed(RefusalReason why, String _) -> Optional.of(why);
      case ParsedPayload.Message reading -> {
        RefusalReason why =
            Freshness.judge(reading, type.form(), device.type().replay(), received, limits);
        if (why == null && !reading.fits(type.form())) {
          why = RefusalReason.SCHEMA_VIOLATION;
        }
        Outcome.Refused fault = why == null ? reading.fault(type.form()) : null;
        yield Optional.ofNullable(fault == null ? why : fault.why());
      }
    };
  }

  // What came beside the payload stands in the origin, and what it says itself is the same.
  private static Submission submission(Admitted message) {
    Origin origin = message.origin();
    return new Submission(
        message.topic(),
        message.payload(),
        false,
        Submission.NO_PACKET,
        origin.sequence(),
        OptionalLong.of(origin.sent().toEpochMilli()),
        message.payload().size());
  }
}
