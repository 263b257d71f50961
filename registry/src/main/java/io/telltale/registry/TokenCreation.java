package io.telltale.registry;

import io.telltale.roster.LifecycleState;
import java.time.Duration;
import java.time.Instant;

/** What came of asking for an enrollment token. */
public sealed interface TokenCreation {
  /** It may be spent once, until then. */
  record Created(Instant expires) implements TokenCreation {}

  /** There is no such device. */
  record UnknownDevice() implements TokenCreation {}

  /** A device in this state may not enroll. */
  record WrongState(LifecycleState state) implements TokenCreation {}

  /** The tenant's policy lets no token be good for so long. */
  record TooLong(Duration most) implements TokenCreation {}

  /** The device has too many open tokens already. */
  record TooMany() implements TokenCreation {}
}
