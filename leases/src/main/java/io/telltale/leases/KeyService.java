package io.telltale.leases;

import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.record.LeaseAnnouncement;
import java.time.LocalDate;

/**
 * What sealers and openers ask of the one who holds the keys. Thread-safe. Any method throws {@link
 * io.telltale.kernel.UnavailableException} when the service cannot be reached.
 */
public interface KeyService {
  /** The public half for sealing in {@code scope} on {@code day}; makes the keys at first use. */
  EpochKey epochPublic(Scope scope, LocalDate day, SpiffeId caller);

  /** The secret of an announced lease; each first grant and refusal is an event. */
  LeaseAccess openLease(LeaseAnnouncement lease, SpiffeId caller);

  /** Whether {@code caller} may still use what it cached; makes no event. */
  Standing standing(Scope scope, Operation operation, SpiffeId caller);

  /** Closing the result ends the listening. */
  Listening listen(KeyListener listener);

  /** Ends a listening when closed. */
  interface Listening extends AutoCloseable {
    @Override
    void close();
  }

  /** The answer to who wants to seal. */
  sealed interface EpochKey {
    /** To be verified before use: {@link io.telltale.record.EpochCodec}. */
    record Public(Bytes signed) implements EpochKey {}

    /** No grant, or a day for which no keys are made. */
    record Denied(String why) implements EpochKey {}

    /** The scope's key is disabled or destroyed. */
    record Unavailable(String why) implements EpochKey {}
  }

  /** The answer to who wants to open. */
  sealed interface LeaseAccess {
    /** The caller owns the secret and wipes it. */
    record Granted(SecretBytes secret) implements LeaseAccess {}

    /** The caller may not open in this scope. */
    record Denied(String why) implements LeaseAccess {}

    /** Disabled for now: try again later. */
    record Unavailable(String why) implements LeaseAccess {}

    /**
     * Destroyed, never sealed to a key of ours, or by someone who may not seal here: nobody will
     * ever open it.
     */
    record Gone(String why) implements LeaseAccess {}
  }

  /** Where a principal stands with a scope. */
  enum Standing {
    ALLOWED,
    DENIED,
    DISABLED,
    DESTROYED
  }
}
