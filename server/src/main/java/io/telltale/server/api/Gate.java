package io.telltale.server.api;

import io.telltale.http.HttpExchange.Request;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import io.telltale.registry.Registry;
import io.telltale.roster.Identity;
import io.telltale.roster.Role;
import java.security.cert.CertificateEncodingException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/** Tells who calls, by the certificate of the TLS session and the identity view, nothing else. */
final class Gate {
  private final Registry registry;
  private final InstantSource clock;

  Gate(Registry registry, InstantSource clock) {
    this.registry = registry;
    this.clock = clock;
  }

  /** Who calls, or the refusal. */
  sealed interface Passage {
    /** Known, active, and has some role. */
    record Open(Caller caller) implements Passage {}

    /** Not to be served. */
    record Closed(int status, String code, String message) implements Passage {}
  }

  Passage identify(Request request) {
    if (request.peerChain().isEmpty()) {
      return new Passage.Closed(
          401, "certificate-required", "connect with a person's or a service's certificate");
    }
    Optional<Identity> known = fingerprint(request).flatMap(registry.view()::byCredential);
    if (known.isEmpty()) {
      return new Passage.Closed(
          403, "unknown-certificate", "this certificate is not registered here");
    }
    Identity identity = known.get();
    SpiffeId.Kind kind = identity.id().kind();
    if (kind != SpiffeId.Kind.PERSON && kind != SpiffeId.Kind.SERVICE) {
      return new Passage.Closed(403, "not-for-devices", "devices have no business at this API");
    }
    if (!identity.mayConnect(clock.instant())) {
      return new Passage.Closed(
          403, "inactive", "this identity is disabled or its certificate is no longer good");
    }
    return new Passage.Open(new Caller(identity, registry.roles(identity)));
  }

  /** The refusal of a known caller who may not do this; empty when they may. */
  static Optional<Passage.Closed> authorize(Caller caller, Set<Role> allowed) {
    if (caller.roles().stream().anyMatch(allowed::contains)) {
      return Optional.empty();
    }
    return Optional.of(
        new Passage.Closed(
            403,
            "role-required",
            "this needs one of the roles " + allowed.stream().map(Role::text).sorted().toList()));
  }

  private static Optional<Fingerprint> fingerprint(Request request) {
    try {
      return Optional.of(Fingerprint.ofDer(request.peerChain().getFirst().getEncoded()));
    } catch (CertificateEncodingException e) {
      return Optional.empty();
    }
  }
}
