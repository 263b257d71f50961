package io.telltale.registry;

import io.telltale.kernel.DeviceId;
import io.telltale.registry.tables.Comebacks;
import io.telltale.registry.tables.PolicyShelf;
import io.telltale.roster.LifecycleState;
import java.time.Duration;
import java.time.Instant;

/** Devices that were away until their certificates had ended. Thread-safe. */
public final class Returns {
  private final Changes changes;
  private final PolicyShelf policies;

  Returns(Changes changes, PolicyShelf policies) {
    this.changes = changes;
    this.policies = policies;
  }

  /** What came of allowing one to return. */
  public sealed interface Outcome {
    /** It may renew once with the certificate that it has, until then. */
    record Allowed(Instant until) implements Outcome {}

    /** There is no such device. */
    record Unknown() implements Outcome {}

    /** Not in this state: it enrolls anew, or it is not let in at all. */
    record WrongState(LifecycleState state) implements Outcome {}

    /** It has no certificate that was not taken back. */
    record NoCertificate() implements Outcome {}

    /** Its newest certificate ended at that time, longer ago than the policy's days. */
    record TooLate(Instant ended, int days) implements Outcome {}

    /** The policy says nothing of it for devices of this type. */
    record NotByPolicy(String type) implements Outcome {}
  }

  /**
   * Lets {@code device} renew once within {@code ttl} with a certificate that has ended, as far as
   * the policy of its type goes; again begins anew. Any step of its life takes it back.
   */
  public Outcome allow(DeviceId device, Duration ttl, Act act) {
    return changes.run(
        change -> Comebacks.allow(change, policies.inForce(device.tenant()), device, ttl, act));
  }
}
