package io.telltale.server.api;

import io.telltale.roster.LifecycleState;

/** What works where a device cannot become what was asked for. */
final class NextStep {
  private NextStep() {}

  /** Continues the sentence that says it cannot. */
  static String of(String device, LifecycleState from, LifecycleState wanted) {
    return switch (from) {
      case RETIRED -> "that is for good: register it anew under another id";
      case COMPROMISED, DISABLED ->
          wanted == LifecycleState.ACTIVE
              ? "readmit it, then let it enroll again: " + readmit(device)
              : "it is cut off already; to let it come back: " + readmit(device);
      case REGISTERED, BOOTSTRAPPED ->
          wanted == LifecycleState.QUARANTINED
              ? "it has no certificate to hold back; to keep it out: ./telltale device disable %s"
                      .formatted(device)
                  + " --reason TEXT"
              : "it has to enroll: " + token(device);
      case QUARANTINED ->
          "to end the quarantine: ./telltale device release %s --reason TEXT".formatted(device);
      case ACTIVE -> "it is not cut off; to let it enroll anew: " + token(device);
    };
  }

  private static String readmit(String device) {
    return "./telltale device readmit %s --reason TEXT".formatted(device);
  }

  private static String token(String device) {
    return "./telltale enroll-token create --device %1$s --out %1$s.json".formatted(device);
  }
}
