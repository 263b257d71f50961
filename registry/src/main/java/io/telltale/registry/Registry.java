package io.telltale.registry;

import io.telltale.db.AuthenticStore;
import io.telltale.db.Database;
import io.telltale.db.OutboxTable;
import io.telltale.db.StoreDriver;
import io.telltale.db.StoreSeal;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.Outbox;
import io.telltale.kernel.SourceBlock;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.registry.tables.Assets;
import io.telltale.registry.tables.Change;
import io.telltale.registry.tables.Credentials;
import io.telltale.registry.tables.History;
import io.telltale.registry.tables.Issuance;
import io.telltale.registry.tables.Lifecycle;
import io.telltale.registry.tables.Policies;
import io.telltale.registry.tables.PolicyShelf;
import io.telltale.registry.tables.Principals;
import io.telltale.registry.tables.RefusalEvents;
import io.telltale.registry.tables.Schema;
import io.telltale.registry.tables.Sightings;
import io.telltale.registry.tables.Tokens;
import io.telltale.registry.tables.TrustDomain;
import io.telltale.registry.tables.ViewLoad;
import io.telltale.roster.CredentialRecord;
import io.telltale.roster.DeviceBook;
import io.telltale.roster.Identity;
import io.telltale.roster.IdentityView;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.MemoryIdentityView;
import io.telltale.roster.Policy;
import io.telltale.roster.PolicyBook;
import io.telltale.roster.Principal;
import io.telltale.roster.Role;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Who exists, in which state, with which credentials, and what they may say. Every change is one
 * durable transaction with its events and feed entries, and the view shows it before the call
 * returns. Safe for many threads.
 *
 * <p>Any call may throw {@link UnavailableException} (disk full, too busy): then nothing changed.
 */
public final class Registry implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Registry.class.getName());
  private static final long FLUSH_SECONDS = 5;

  private final Database database;
  private final String trustDomain;
  private final InstantSource clock;
  private final MemoryIdentityView view = new MemoryIdentityView();
  private final OutboxTable outbox;
  private final RefusalEvents refusals = new RefusalEvents();
  private final Tokens tokens = new Tokens(refusals);
  private final Sightings sightings = new Sightings();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon(true).name("registry-sightings").unstarted(task));
  private final PolicyShelf policies;
  private final Leavings leavings;
  private final List<Runnable> revocations = new CopyOnWriteArrayList<>();
  private final Changes changes;

  /** Where the registry lives, whose it is, and what makes its rows authentic. */
  public record Settings(
      StoreDriver store, String trustDomain, InstantSource clock, StoreSeal seal) {}

  private Registry(Settings settings, Database database) {
    this.database = database;
    this.trustDomain = settings.trustDomain();
    this.clock = settings.clock();
    this.outbox = new OutboxTable(database, "registry", Change.OUTBOX);
    this.leavings = new Leavings(database, view);
    this.changes = new Changes(database, clock, trustDomain, view, outbox, revocations);
    database.write(connection -> TrustDomain.claim(connection, trustDomain));
    this.policies = new PolicyShelf(database);
    if (!policies.isKept(TenantId.DEFAULT)) {
      keepFactoryPolicy(TenantId.DEFAULT);
    }
    database.read(
        connection -> {
          ViewLoad.all(connection, trustDomain, view, clock.instant());
          return true;
        });
  }

  /**
   * Opens or creates the registry and loads the view; a new one gets the factory policy. Refuses a
   * file of another trust domain or a newer program with {@link CorruptException}.
   */
  public static Registry open(Settings settings) {
    // What happened decides nothing: who may do what is in the other tables.
    StoreSeal seal =
        settings.seal().lookingLaterAt("history", "feed").quietAbout(Change.OUTBOX, "feed");
    Database database = Database.open(settings.store(), Schema.MIGRATIONS, seal);
    try {
      var registry = new Registry(settings, database);
      registry.timer.scheduleWithFixedDelay(
          registry::flushOnTime, FLUSH_SECONDS, FLUSH_SECONDS, TimeUnit.SECONDS);
      return registry;
    } catch (RuntimeException e) {
      database.close();
      throw e;
    }
  }

  // From then on the factory policy of that day is the tenant's own, whatever a later release
  // ships.
  private void keepFactoryPolicy(TenantId tenant) {
    var document =
        new PolicyDocument(tenant, Policy.factoryDocument(), OptionalLong.of(PolicyShelf.NONE));
    putPolicy(document, new Act("system", "the factory policy"));
  }

  public IdentityView view() {
    return view;
  }

  /** What a person or service may do; from memory. */
  public Set<Role> roles(Identity identity) {
    return view.roles(identity.number());
  }

  public Outbox outbox() {
    return outbox;
  }

  /** The database, for those who watch over it. */
  public AuthenticStore store() {
    return database.store();
  }

  /** Every tenant's policy. {@link IdentityView#onChange} tells of a new one. */
  public PolicyBook policies() {
    return policies;
  }

  /** Registers a device; the same content again changes nothing. */
  public Registration addDevice(NewDevice device, String actor) {
    return addDevices(List.of(device), actor).getFirst();
  }

  /** As {@link #addDevice} for a thousand or so, in one transaction: an answer each, in order. */
  public List<Registration> addDevices(List<NewDevice> devices, String actor) {
    devices.stream()
        .map(device -> device.id().tenant())
        .distinct()
        .filter(tenant -> !policies.isKept(tenant))
        .forEach(this::keepFactoryPolicy);
    return change(
        change -> {
          var results = new ArrayList<Registration>(devices.size());
          for (NewDevice device : devices) {
            List<String> mistakes = device.mistakes(policies.inForce(device.id().tenant()));
            results.add(
                mistakes.isEmpty()
                    ? Principals.register(
                        change, device.id().in(trustDomain), device.asset(), Set.of(), actor)
                    : new Registration.Invalid(mistakes));
          }
          return results;
        });
  }

  /** Changes what is known of a device, with its line of history; live sessions go on with it. */
  public RecordChange changeDevice(DeviceChange wanted, Act act) {
    return change(
        change -> Assets.change(change, policies.inForce(wanted.id().tenant()), wanted, act));
  }

  /** The types that a device had before the one that it has. */
  public Set<String> formerTypes(int number) {
    return database.read(connection -> History.formerTypes(connection, number));
  }

  /** Registers a service or a person, active at once; the same content again changes nothing. */
  public Registration addPrincipal(SpiffeId id, Set<Role> roles, String actor) {
    requireOurs(id);
    if (id.kind() != SpiffeId.Kind.SERVICE && id.kind() != SpiffeId.Kind.PERSON) {
      throw new IllegalStateException("a device is added with addDevice");
    }
    return change(change -> Principals.register(change, id, Principals.NO_ASSET, roles, actor));
  }

  /**
   * Moves a device along its life (RG-2). Entering compromised, retired or registered revokes every
   * credential and voids open tokens in the same transaction; entering disabled voids the tokens.
   */
  public Transition transition(DeviceId device, LifecycleState target, Act act) {
    return transition(device.in(trustDomain), target, act);
  }

  /** As above for anyone; services and people are active or disabled. */
  public Transition transition(SpiffeId id, LifecycleState target, Act act) {
    requireOurs(id);
    return change(change -> Lifecycle.transition(change, id, target, act));
  }

  public Optional<Principal> find(DeviceId device) {
    return find(device.in(trustDomain));
  }

  public Optional<Principal> find(SpiffeId id) {
    return database.read(connection -> Principals.find(connection, id));
  }

  /** One page, ordered by name. */
  public List<Principal> list(DeviceQuery query) {
    return database.read(connection -> Principals.list(connection, trustDomain, query));
  }

  /** How many devices a tenant has in each state; states without any are absent. */
  public Map<String, Long> countByState(TenantId tenant) {
    return database.read(connection -> Principals.countByState(connection, tenant));
  }

  /** The newest {@code limit} steps of a principal's life, oldest first. */
  public List<HistoryEntry> history(int number, int limit) {
    return database.read(connection -> History.of(connection, number, limit));
  }

  /** The hash under which a token's text is stored and presented. */
  public static Hash tokenHash(String token) {
    return Hash.sha256(Bytes.utf8(token));
  }

  /** Allows one enrollment of {@code device} with the token of that hash, within {@code ttl}. */
  public TokenCreation createToken(DeviceId device, Hash token, Duration ttl, String actor) {
    return createTokens(List.of(new NewToken(device, token)), ttl, actor).getFirst();
  }

  /** As {@link #createToken} for a thousand or so, in one transaction: an answer each. */
  public List<TokenCreation> createTokens(List<NewToken> wanted, Duration ttl, String actor) {
    return change(change -> tokens.create(change, policies, new Tokens.Wanted(wanted, ttl, actor)));
  }

  /** Why a token would be refused now, which is an event then; spends nothing. */
  public Optional<TokenRefusal> checkToken(DeviceId device, Hash presented, SourceBlock source) {
    SpiffeId id = device.in(trustDomain);
    Instant now = clock.instant();
    Optional<TokenRefusal> why =
        database.read(connection -> Tokens.refusal(connection, now, id, presented));
    why.ifPresent(
        reason ->
            change(
                change -> {
                  tokens.recordRefusal(change, id, reason, source);
                  return true;
                }));
    return why;
  }

  /**
   * Spends a token and registers the credential that it was exchanged for, both or neither: of many
   * calls with one token at most one succeeds, ever, and a refused credential costs no token.
   */
  public TokenEnrollment enroll(TokenEnrollment.Wanted wanted) {
    return change(change -> tokens.enroll(change, wanted));
  }

  /** Records that a credential was refused, bounded in number since anybody can cause it. */
  public void credentialRefused(SpiffeId claimed, Map<String, String> details, SourceBlock source) {
    requireOurs(claimed);
    change(
        change -> {
          refusals.record(
              change,
              new RefusalEvents.Refused(
                  "credential.refused", claimed, claimed.uri(), details, source));
          return true;
        });
  }

  /**
   * Registers a freshly enrolled credential. A device becomes active by it and loses its older
   * credentials; services and people keep theirs. {@code act.reason} says how it was provisioned,
   * for instance {@code est-token}.
   */
  public CredentialChange addCredential(SpiffeId owner, NewCredential credential, Act act) {
    requireOurs(owner);
    return answer(
        change(change -> Issuance.add(change, owner, credential, act)), credential.fingerprint());
  }

  /**
   * Registers a credential that its owner asked for with a good older one; the older ones retire
   * and stay good for {@code overlap}. One that is replaced renews again only as long as its
   * successor was never used, which is withdrawn then: an answer gets lost. Afterwards it is an
   * incident, and the older one ends.
   */
  public CredentialChange renewCredential(
      Fingerprint replaced, NewCredential next, Duration overlap) {
    return answer(
        change(
            change ->
                Issuance.renew(
                    change,
                    new Issuance.Renewal(
                        replaced, next, overlap, sightings::isUsed, policies::inForce))),
        next.fingerprint());
  }

  private CredentialChange answer(Issuance.Decision decision, Fingerprint fingerprint) {
    return switch (decision) {
      case Issuance.Decision.Added added ->
          new CredentialChange.Done(owner(fingerprint).orElseThrow());
      // The view forgets credentials that expired long ago: nothing can be done with those.
      case Issuance.Decision.Known known ->
          view.byCredential(fingerprint)
              .<CredentialChange>map(CredentialChange.Unchanged::new)
              .orElse(new CredentialChange.Refused(CredentialChange.Reason.UNKNOWN_CREDENTIAL));
      case Issuance.Decision.Refused refused -> new CredentialChange.Refused(refused.why());
    };
  }

  /** As the view tells it; of a credential that has left the view, as the table does. */
  public Optional<Identity> owner(Fingerprint credential) {
    Optional<Identity> known = view.byCredential(credential);
    return known.isPresent()
        ? known
        : database.read(connection -> ViewLoad.identity(connection, trustDomain, credential));
  }

  /** All credentials of a principal, oldest first. */
  public List<CredentialRecord> credentials(int number) {
    return database.read(connection -> Credentials.of(connection, number));
  }

  /** What revocation lists are made of. */
  public RevokedCredentials revoked() {
    return new RevokedCredentials(database, clock, revocations);
  }

  /** Devices that were away for long. */
  public Returns returns() {
    return new Returns(changes, policies);
  }

  /** Who is to renew with a new key. */
  public Rekeys rekeys() {
    return new Rekeys(database, changes);
  }

  /** How renewals go. */
  public Renewals renewals() {
    return new Renewals(database, changes);
  }

  /** What issuers gave. */
  public IssuerCredentials ofIssuers() {
    return new IssuerCredentials(database, changes);
  }

  /** The credentials of a serial number (lower-case hexadecimal), whoever issued them. */
  public List<CredentialRecord> credentialsOfSerial(String serial) {
    return database.read(connection -> Credentials.ofSerial(connection, serial));
  }

  public boolean hasCredentials() {
    return database.read(Credentials::areAny);
  }

  /** The credential of a fingerprint, whatever became of it. */
  public Optional<CredentialRecord> credential(Fingerprint fingerprint) {
    return database.read(connection -> Credentials.find(connection, fingerprint));
  }

  /** The certificate (DER) behind a fingerprint. */
  public Optional<Bytes> certificate(Fingerprint fingerprint) {
    return database.read(connection -> Credentials.der(connection, fingerprint));
  }

  /** Puts a policy document in force, as the tenant's next version. */
  public PolicyChange putPolicy(PolicyDocument wanted, Act act) {
    return change(change -> shown(wanted.tenant(), Policies.put(change, wanted, act)));
  }

  /** Puts what an earlier version said in force again, as the tenant's next version. */
  public PolicyChange restorePolicy(PolicyRestore wanted, Act act) {
    return change(change -> shown(wanted.tenant(), Policies.restore(change, wanted, act)));
  }

  /** What registered devices would lose if {@code wanted} were put in force now. */
  public PolicyCuts policyCuts(TenantId tenant, Policy wanted) {
    return database.read(connection -> Policies.cuts(connection, tenant, wanted));
  }

  private PolicyChange shown(TenantId tenant, PolicyChange result) {
    if (result instanceof PolicyChange.InForce inForce) {
      // Before the feed's listeners hear of it: they ask for the policy then.
      database.afterCommit(() -> policies.show(tenant, inForce.policy()));
    }
    return result;
  }

  /** The versions of a tenant's policy below {@code before}, newest first. */
  public List<PolicyVersion> policyVersions(TenantId tenant, long before, int limit) {
    return database.read(connection -> Policies.list(connection, tenant, before, limit));
  }

  /** A version as it was put in force. */
  public Optional<PolicyVersion> policyVersion(TenantId tenant, long version) {
    return database.read(connection -> Policies.find(connection, tenant, version));
  }

  /** Notes that a device was seen; never blocks, durable within seconds. */
  public void seen(int number) {
    if (view.byNumber(number).isPresent()) {
      sightings.seen(number, clock.instant());
    }
  }

  /** Notes that a credential opened a session; never blocks, counts at once. */
  public void used(Identity holder) {
    sightings.used(holder.number(), holder.credential(), clock.instant());
  }

  /**
   * Notes the firmware that a device claims; never blocks, at most one change a minute. What was
   * said under an earlier enrolment does not count, nor the word for a version that is not known.
   */
  public void recordFirmware(int number, DeviceBook.Claim claim) {
    Optional<Identity> device =
        view.byNumber(number).filter(identity -> identity.enrolment() == claim.enrolment());
    if (device.isPresent() && Principals.isFirmware(claim.firmware())) {
      sightings.firmware(number, claim, device.get().firmwareClaimed());
    }
  }

  /** Makes what {@link #seen}, {@link #used} and {@link #recordFirmware} noted durable now. */
  public void flushSightings() {
    Sightings.Batch batch = sightings.next();
    if (!batch.isEmpty()) {
      change(
          change -> {
            batch.write(change);
            return true;
          });
      sightings.written(batch);
    }
  }

  private void flushOnTime() {
    try {
      flushSightings();
    } catch (RuntimeException e) {
      // Nothing is lost: the next flush takes it along. A timer that throws would stop for good.
      LOG.log(System.Logger.Level.WARNING, "registry.flush-failed why={0}", e.getMessage());
    }
  }

  /** To be called once a minute or so: deletes rows that nobody asks for any more, some at once. */
  public Leavings leavings() {
    return leavings;
  }

  private <T> T change(Changes.Body<T> body) {
    return changes.run(body);
  }

  private void requireOurs(SpiffeId id) {
    if (!id.trustDomain().equals(trustDomain)) {
      throw new IllegalStateException("a principal of another trust domain");
    }
  }

  @Override
  public void close() {
    timer.shutdown();
    try {
      if (timer.awaitTermination(10, TimeUnit.SECONDS)) {
        flushOnTime();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    database.close();
  }
}
