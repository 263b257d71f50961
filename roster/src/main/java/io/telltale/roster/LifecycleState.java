package io.telltale.roster;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The life of a device (RG-2); {@code lost} and {@code stolen} are reasons, not states. */
public enum LifecycleState {
  /** Known, with no usable credential: it may enroll. */
  REGISTERED,
  /** Holds a credential that can only enroll. */
  BOOTSTRAPPED,
  ACTIVE,
  /** Cut off for a while; its credentials stay good for a release. */
  QUARANTINED,
  DISABLED,
  COMPROMISED,
  RETIRED;

  private static final Map<String, LifecycleState> BY_TEXT =
      Arrays.stream(values()).collect(Collectors.toMap(LifecycleState::text, state -> state));

  /** The states that a device may enter from this one. */
  public Set<LifecycleState> next() {
    return switch (this) {
      case REGISTERED -> Set.of(BOOTSTRAPPED, ACTIVE, DISABLED, COMPROMISED, RETIRED);
      case BOOTSTRAPPED -> Set.of(ACTIVE, DISABLED, COMPROMISED, RETIRED);
      case ACTIVE -> Set.of(QUARANTINED, DISABLED, COMPROMISED, RETIRED);
      case QUARANTINED -> Set.of(ACTIVE, DISABLED, COMPROMISED, RETIRED);
      // A device that comes back must enroll again (RG-4): never straight to active.
      case DISABLED -> Set.of(REGISTERED, COMPROMISED, RETIRED);
      case COMPROMISED -> Set.of(REGISTERED, RETIRED);
      case RETIRED -> Set.of();
    };
  }

  /**
   * Whether a person may ask for that step. BOOTSTRAPPED, and ACTIVE of a device that is not just
   * quarantined, are entered by enrolling only.
   */
  public boolean mayBeMovedTo(LifecycleState target) {
    boolean byEnrolling = target == BOOTSTRAPPED || (target == ACTIVE && this != QUARANTINED);
    return !byEnrolling && next().contains(target);
  }

  /** Whether a session of such a device may exist at all. */
  public boolean mayConnect() {
    return this == ACTIVE;
  }

  /** Whether such a device may turn a token into a credential. */
  public boolean mayEnroll() {
    return this == REGISTERED || this == BOOTSTRAPPED || this == ACTIVE;
  }

  /**
   * Why entering this state ends every credential for good, if it does. REGISTERED is among them: a
   * device that is readmitted starts over, with a new key (RG-4).
   */
  public Optional<RevocationReason> revokes() {
    return switch (this) {
      case COMPROMISED -> Optional.of(RevocationReason.COMPROMISED);
      case RETIRED -> Optional.of(RevocationReason.RETIRED);
      case REGISTERED -> Optional.of(RevocationReason.READMITTED);
      case BOOTSTRAPPED, ACTIVE, QUARANTINED, DISABLED -> Optional.empty();
    };
  }

  /** Whether entering this state voids tokens that are still open. */
  public boolean voidsTokens() {
    return this == DISABLED || revokes().isPresent();
  }

  /** Lower case: how it is stored, sent and named in events. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The inverse of {@link #text()}; empty for anything else. */
  public static Optional<LifecycleState> ofText(String text) {
    return Optional.ofNullable(BY_TEXT.get(text));
  }
}
