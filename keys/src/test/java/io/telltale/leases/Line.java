package io.telltale.leases;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.UnavailableException;
import io.telltale.record.LeaseAnnouncement;
import java.time.LocalDate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.NullMarked;

/** A line to the key service that can be cut, and on which somebody may sit. */
@NullMarked
public final class Line implements KeyService {
  private final KeyService behind;
  private final UnaryOperator<Bytes> between;
  boolean cut;

  public Line(KeyService behind) {
    this(behind, statement -> statement);
  }

  /** {@code between} changes what the service says of its epoch keys. */
  public Line(KeyService behind, UnaryOperator<Bytes> between) {
    this.behind = behind;
    this.between = between;
  }

  private KeyService reach() {
    if (cut) {
      throw new UnavailableException("reaching the key service");
    }
    return behind;
  }

  @Override
  public EpochKey epochPublic(Scope scope, LocalDate day, SpiffeId caller) {
    return switch (reach().epochPublic(scope, day, caller)) {
      case EpochKey.Public(Bytes signed) -> new EpochKey.Public(between.apply(signed));
      case EpochKey.Denied denied -> denied;
      case EpochKey.Unavailable unavailable -> unavailable;
    };
  }

  @Override
  public LeaseAccess openLease(LeaseAnnouncement lease, SpiffeId caller) {
    return reach().openLease(lease, caller);
  }

  @Override
  public Standing standing(Scope scope, Operation operation, SpiffeId caller) {
    return reach().standing(scope, operation, caller);
  }

  @Override
  public Listening listen(KeyListener listener) {
    return behind.listen(listener);
  }
}
