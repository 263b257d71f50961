package io.telltale.doors;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.roster.CredentialState;
import io.telltale.roster.Identity;
import io.telltale.roster.IdentityView;
import io.telltale.roster.LifecycleState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** An identity view that the test writes. */
final class MemoryView implements IdentityView {
  private final Map<Fingerprint, Identity> byCredential = new ConcurrentHashMap<>();
  private final List<Consumer<List<Change>>> listeners = new CopyOnWriteArrayList<>();
  private final AtomicLong position = new AtomicLong();

  void put(Identity identity) {
    byCredential.put(identity.credential(), identity);
    long now = position.incrementAndGet();
    listeners.forEach(listener -> listener.accept(List.of(new Change(now, identity.number()))));
  }

  /** As the registry tells of one act that is two entries of the feed. */
  void putAsTwo(Identity identity) {
    byCredential.put(identity.credential(), identity);
    long now = position.addAndGet(2);
    var both = List.of(new Change(now - 1, identity.number()), new Change(now, identity.number()));
    listeners.forEach(listener -> listener.accept(both));
  }

  void policyChanged() {
    long now = position.incrementAndGet();
    listeners.forEach(listener -> listener.accept(List.of(new Change(now, 0))));
  }

  static Identity with(Identity one, LifecycleState state, CredentialState credentialState) {
    return new Identity(
        one.number(),
        one.id(),
        state,
        one.credential(),
        one.issuer(),
        credentialState,
        one.enrolment(),
        one.notAfter(),
        one.asset(),
        one.firmwareClaimed(),
        one.feedPosition());
  }

  static Identity numbered(Identity one, int number) {
    return new Identity(
        number,
        one.id(),
        one.state(),
        one.credential(),
        one.issuer(),
        one.credentialState(),
        one.enrolment(),
        one.notAfter(),
        one.asset(),
        one.firmwareClaimed(),
        one.feedPosition());
  }

  @Override
  public Optional<Identity> byCredential(Fingerprint credential) {
    return Optional.ofNullable(byCredential.get(credential));
  }

  @Override
  public Optional<Identity> byNumber(int number) {
    return byCredential.values().stream().filter(one -> one.number() == number).findFirst();
  }

  @Override
  public Optional<Identity> byDevice(DeviceId device) {
    return byCredential.values().stream()
        .filter(one -> one.id().name().equals(device.name()))
        .findFirst();
  }

  @Override
  public long position() {
    return position.get();
  }

  @Override
  public void onChange(Consumer<List<Change>> listener) {
    listeners.add(listener);
  }
}
