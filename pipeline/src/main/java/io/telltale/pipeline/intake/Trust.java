package io.telltale.pipeline.intake;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import io.telltale.leases.RecordOpener.Opened;
import io.telltale.log.RecordLog;
import io.telltale.pipeline.PipelineParts;
import io.telltale.pipeline.Place;
import io.telltale.record.Origin;
import io.telltale.roster.DeviceBook;
import io.telltale.roster.Identity;
import io.telltale.roster.IdentityView;
import io.telltale.roster.LifecycleState;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Asks again whether a record's device and sealer were to be trusted: a door that was cut off from
 * the feed may have admitted what it should not (PL-6).
 */
public final class Trust {
  private static final int FORGOTTEN_MAX = 1_024;
  private static final long ENDS_KEPT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final IdentityView identities;
  private final DeviceBook devices;
  private final RecordLog log;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  // Of those that the view does not know any more; only the pipeline's own thread asks.
  private final Map<Fingerprint, Identity> forgotten = new HashMap<>();
  // Since when a device has not been trusted, as far as this process saw it happen.
  private final Map<Integer, Since> distrustedSince = new ConcurrentHashMap<>();
  // Only the thread that tells of changes asks.
  private List<Long> ends = List.of();
  private long endsNanos;

  /** The time, and where the partitions of the log ended then, or up to a second before. */
  private record Since(Instant time, List<Long> ends) {}

  /** What is to be done with a record. */
  sealed interface Verdict {
    record Trusted(Identity device) implements Verdict {}

    /** Received while all was well, but not trusted any more: stored and marked. */
    record Suspect(Identity device) implements Verdict {}

    record Refused(String why) implements Verdict {}
  }

  public Trust(PipelineParts parts) {
    this.identities = parts.identities();
    this.devices = parts.devices();
    this.log = parts.log();
    this.clock = parts.clock();
    this.nanoTime = parts.nanoTime();
    identities.onChange(this::noteAll);
  }

  // One that fails keeps no other of the same act from being noted.
  private void noteAll(List<IdentityView.Change> act) {
    @Nullable RuntimeException failure = null;
    for (IdentityView.Change change : act) {
      try {
        note(change.number());
      } catch (RuntimeException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void note(int number) {
    Optional<Identity> identity = identities.byNumber(number);
    if (identity.isEmpty() || isGood(identity.get())) {
      distrustedSince.remove(number);
    } else {
      distrustedSince.computeIfAbsent(number, _ -> new Since(clock.instant(), ends()));
    }
  }

  // Many are revoked at once: they share what the log was then.
  private List<Long> ends() {
    long now = nanoTime.getAsLong();
    if (ends.isEmpty() || now - endsNanos > ENDS_KEPT_NANOS) {
      ends = IntStream.range(0, RecordLog.PARTITIONS).mapToObj(log::end).toList();
      endsNanos = now;
    }
    return ends;
  }

  private static boolean isGood(Identity identity) {
    return identity.state().mayConnect() && identity.credentialState().usable();
  }

  Verdict of(Place place, Opened.Authentic record) {
    Origin origin = record.origin();
    Optional<Identity> known = owner(origin.credential());
    if (known.isEmpty()) {
      return new Verdict.Refused(
          identities.byNumber(origin.deviceNumber()).isEmpty()
              ? DeadLetterReason.UNKNOWN_DEVICE
              : DeadLetterReason.UNKNOWN_CREDENTIAL);
    }
    Identity device = known.get();
    boolean ofEnrolment =
        origin.enrolment() == Origin.UNNAMED || origin.enrolment() == device.enrolment();
    if (device.number() != origin.deviceNumber()
        || !ofEnrolment
        || !isNamed(device.id(), origin.device())) {
      return new Verdict.Refused(DeadLetterReason.IDENTITY_MISMATCH);
    }
    if (!origin.scope().tenant().equals(origin.device().tenant())) {
      return new Verdict.Refused(DeadLetterReason.SCOPE_MISMATCH);
    }
    if (!isGood(device)) {
      return distrusted(place, device, origin);
    }
    if (!origin.received().isBefore(device.notAfter())) {
      return new Verdict.Refused(DeadLetterReason.CREDENTIAL_EXPIRED);
    }
    return sealerIsGood(record) ? new Verdict.Trusted(device) : new Verdict.Suspect(device);
  }

  // What waited for its scope may come when its credential has long ended and left the view.
  private Optional<Identity> owner(Fingerprint credential) {
    Optional<Identity> known = identities.byCredential(credential);
    return known.isPresent() ? known : forgotten(credential);
  }

  private Optional<Identity> forgotten(Fingerprint credential) {
    Identity before = forgotten.get(credential);
    if (before != null && isCurrent(before)) {
      return Optional.of(before);
    }
    Optional<Identity> asked = devices.owner(credential);
    if (forgotten.size() >= FORGOTTEN_MAX) {
      forgotten.clear();
    }
    asked.ifPresent(fresh -> forgotten.put(credential, fresh));
    return asked;
  }

  private boolean isCurrent(Identity identity) {
    return identities
        .byNumber(identity.number())
        .filter(newest -> newest.feedPosition() == identity.feedPosition())
        .isPresent();
  }

  private static boolean isNamed(SpiffeId id, DeviceId device) {
    return id.name().equals(device.name()) && id.tenant().equals(device.tenant());
  }

  // A door that knew and admitted is refused, whatever the clocks say: the feed orders the two. Of
  // one that did not know yet only time tells, and only where this process saw the change happen;
  // but what lay in the log by then was before it, wherever the clock has been since.
  private Verdict distrusted(Place place, Identity device, Origin origin) {
    Since since = distrustedSince.get(device.number());
    boolean after =
        origin.feedPosition() >= device.feedPosition()
            || (since != null
                && place.offset() >= since.ends().get(place.partition())
                && origin.received().isAfter(since.time()));
    return after ? new Verdict.Refused(DeadLetterReason.NOT_TRUSTED) : new Verdict.Suspect(device);
  }

  // One that the view does not know was vouched for by the opener's directory of sealers.
  private boolean sealerIsGood(Opened.Authentic record) {
    Optional<Identity> sealer = identities.byCredential(record.sealerCredential());
    return sealer.isEmpty()
        || (sealer.get().state() == LifecycleState.ACTIVE
            && sealer.get().credentialState().usable());
  }
}
