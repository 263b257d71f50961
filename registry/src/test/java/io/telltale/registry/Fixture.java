package io.telltale.registry;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.db.StoreSeal;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.Outbox;
import io.telltale.kernel.SourceBlock;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.DeviceBook;
import io.telltale.roster.Identity;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.Protection;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** A registry on a temporary file under a clock that tests move. */
public final class Fixture implements AutoCloseable {
  static final SourceBlock SOURCE = SourceBlock.parse("192.0.2.1");
  static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  static final String DOMAIN = "telltale.local";
  static final String OPERATOR = "spiffe://telltale.local/default/person/operator";
  static final Act WHY = new Act(OPERATOR, "test");
  static final Fingerprint ISSUER = new Fingerprint(Hash.sha256(Bytes.utf8("issuer")));

  final Path file;
  Instant now = NOON;
  Registry registry;
  private int keys;

  public Fixture(Path dir) {
    file = dir.resolve("control.db");
    registry = open();
  }

  private Registry open() {
    InstantSource clock = () -> now;
    return Registry.open(settings(file, DOMAIN, clock));
  }

  static Registry.Settings settings(Path file, String domain, InstantSource clock) {
    SecretBytes key = SecretBytes.copyOf(new byte[32]);
    return new Registry.Settings(
        TestStores.at(file), domain, clock, new StoreSeal("registry", key, Entropy.system()));
  }

  void reopen() {
    registry.close();
    registry = open();
  }

  static DeviceId device(String name) {
    return new DeviceId(TenantId.DEFAULT, name);
  }

  static SpiffeId spiffe(String name) {
    return device(name).in(DOMAIN);
  }

  static AssetRecord press() {
    return new AssetRecord("prod", "eu", "line-a", "press", "team", "hall 1", Map.of("line", "7"));
  }

  int add(String name) {
    Registration added = registry.addDevice(new NewDevice(device(name), press()), OPERATOR);
    return ((Registration.Registered) added).number();
  }

  NewCredential credential() {
    return credential("key-" + ++keys);
  }

  NewCredential credential(String key) {
    return new NewCredential(
        Bytes.utf8("certificate " + ++keys),
        ISSUER,
        "%02x%030x".formatted(0x80 + keys % 0x80, keys),
        now.minus(Duration.ofMinutes(5)),
        now.plus(Duration.ofDays(30)),
        Hash.sha256(Bytes.utf8(key)),
        Protection.SOFTWARE);
  }

  /** A device with a credential, active. */
  public Identity enrolled(String name) {
    add(name);
    return ((CredentialChange.Done) registry.addCredential(spiffe(name), credential(), WHY))
        .identity();
  }

  /** Shows a token for a credential that is new. */
  TokenEnrollment present(String name, Hash token) {
    return present(name, token, SOURCE);
  }

  TokenEnrollment present(String name, Hash token, SourceBlock source) {
    return registry.enroll(wanted(name, token, source));
  }

  TokenEnrollment.Wanted wanted(String name, Hash token, SourceBlock source) {
    return new TokenEnrollment.Wanted(device(name), token, credential(), "est-token", source);
  }

  List<String> events() {
    return registry.outbox().after(0, 10_000).stream()
        .map(Outbox.Numbered::event)
        .map(event -> event.type())
        .toList();
  }

  Transition move(String name, LifecycleState target) {
    return registry.transition(device(name), target, WHY);
  }

  @Override
  public void close() {
    registry.close();
  }

  /** Of a device's first enrolment. */
  static DeviceBook.Claim claim(String firmware) {
    return new DeviceBook.Claim(1, firmware);
  }
}
