package io.telltale.server;

import io.telltale.crypto.Entropy;
import io.telltale.identity.CaToken;
import io.telltale.identity.CertificateAuthority;
import io.telltale.identity.CredentialRegister;
import io.telltale.keys.FileBackend;
import io.telltale.keys.Grant;
import io.telltale.keys.KeyAct;
import io.telltale.keys.KeyAuthority;
import io.telltale.keys.Passphrase;
import io.telltale.leases.Operation;
import io.telltale.leases.StateSeal;
import io.telltale.ledger.Ledger;
import io.telltale.ledger.LedgerParts;
import io.telltale.ledger.StoredNoteSigner;
import io.telltale.registry.Registry;
import io.telltale.roster.Role;
import io.telltale.server.data.CaKeys;
import io.telltale.server.data.DataFolder;
import io.telltale.server.data.LedgerBodies;
import io.telltale.server.data.Names;
import io.telltale.server.data.SecretFiles;
import io.telltale.server.data.StoreAnchors;
import io.telltale.server.data.Stores;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** The roles {@code authority} and {@code control}: keys, registry, ledger, CA. */
public record Foundation(
    Names names,
    Stores stores,
    InstantSource clock,
    Entropy entropy,
    FileBackend backend,
    KeyAuthority keys,
    Registry registry,
    Ledger ledger,
    StoreAnchors anchors,
    CredentialRegister register,
    Optional<CaToken> token,
    CertificateAuthority authority) {

  /** Opens everything in dependency order; {@code closing} ends it in reverse. */
  public static Foundation open(
      Config config, DataFolder folder, InstantSource clock, Closing closing) {
    Names names = Names.in(config.trustDomain());
    var stores = Stores.of(config.database(), folder);
    stores.requireNoneLost();
    stores.mark();
    Entropy entropy = Entropy.system();

    FileBackend backend =
        closing.add(
            FileBackend.open(
                folder.part("keys"),
                stores.of("backend"),
                new FileBackend.Environment(passphrase(config), entropy, clock)));
    KeyAuthority keys = closing.add(KeyAuthority.open(stores.of("keys"), backend, entropy, clock));
    StateSeal seal = keys.stateSeal(names.authority());

    Registry registry =
        closing.add(
            Registry.open(
                new Registry.Settings(
                    stores.of("registry"),
                    config.trustDomain(),
                    clock,
                    backend.storeSeal("registry"))));

    var secrets = new SecretFiles(folder, seal, entropy);
    Ledger ledger =
        closing.add(
            Ledger.open(
                new LedgerParts(
                    folder.part("ledger"),
                    stores.of("ledger"),
                    StoredNoteSigner.open(config.trustDomain() + "/ledger", secrets),
                    secrets,
                    new LedgerBodies(seal),
                    entropy,
                    System::nanoTime)));
    // Before it goes on: an older one would be signed anew from there.
    ledger.requireTaken(registry.outbox());
    ledger.requireTaken(keys.outbox());
    // Before anything is taken from them: an older copy of one must not be served.
    var anchors = closing.add(new StoreAnchors(ledger, names.authority(), clock));
    anchors.admit(backend.store());
    anchors.admit(keys.store());
    anchors.admit(registry.store());
    ledger.attach(registry.outbox());
    ledger.attach(keys.outbox());

    CredentialRegister register = CredentialRegister.of(registry, clock);
    Optional<CaToken> token = config.token().map(place -> token(place, folder, seal, entropy));
    token.ifPresent(closing::add);
    CertificateAuthority authority =
        CertificateAuthority.open(
            folder.part("ca"),
            new CaKeys(seal),
            token,
            new CertificateAuthority.Setup(
                config.trustDomain(), config.statusUrl(), register, entropy, clock));

    var foundation =
        new Foundation(
            names, stores, clock, entropy, backend, keys, registry, ledger, anchors, register,
            token, authority);
    foundation.introduceOurselves();
    return foundation;
  }

  private static CaToken token(
      CaToken.Place place, DataFolder folder, StateSeal seal, Entropy entropy) {
    return CaToken.open(place, folder.part("ca"), new CaKeys(seal), entropy, System::nanoTime);
  }

  public static Passphrase passphrase(Config config) {
    return config.hasPassphrase()
        ? Passphrase.ofFile(config.passphraseFile())
        : new Passphrase.None();
  }

  /** The authority's own seal, under which the CA's keys lie. */
  public StateSeal authoritySeal() {
    return keys.stateSeal(names.authority());
  }

  /** Our own services and the operator, and what each may do with keys. */
  private void introduceOurselves() {
    registry.addPrincipal(names.authority(), Set.of(), "system");
    registry.addPrincipal(names.door(), Set.of(), "system");
    registry.addPrincipal(names.pipeline(), Set.of(), "system");
    registry.addPrincipal(names.ocsp(), Set.of(), "system");
    registry.addPrincipal(names.operator(), EnumSet.allOf(Role.class), "system");
    var act = new KeyAct(names.authority(), "first start");
    keys.grant(Grant.all(names.door(), Operation.SEAL), act);
    keys.grant(Grant.all(names.pipeline(), Operation.OPEN), act);
    keys.grant(Grant.all(names.pipeline(), Operation.WRAP), act);
    for (Operation operation :
        EnumSet.of(Operation.OPEN, Operation.ROTATE, Operation.DISABLE, Operation.DESTROY)) {
      keys.grant(Grant.all(names.operator(), operation), act);
    }
  }
}
