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
  private final List<Consumer<Change>> listeners = new CopyOnWriteArrayList<>();
  private final AtomicLong position = new AtomicLong();

  void put(Identity identity) {
    byCredential.put(identity.credential(), identity);
    long now = position.incrementAndGet();
    listeners.forEach(listener -> listener.accept(new Change(now, identity.number())));
  }

  void policyChanged() {
    long now = position.incrementAndGet();
    listeners.forEach(listener -> listener.accept(new Change(now, 0)));
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
  public void onChange(Consumer<Change> listener) {
    listeners.add(listener);
  }
}
