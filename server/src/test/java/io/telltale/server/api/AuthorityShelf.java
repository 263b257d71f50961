package io.telltale.server.api;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/** CAs that are names and states only. */
final class AuthorityShelf implements AuthorityOperations {
  static final Fingerprint ISSUER = new Fingerprint(Hash.sha256(Bytes.utf8("issuing")));

  private final Map<String, String> states = new LinkedHashMap<>(Map.of("issuing", "active"));

  @Override
  public List<Authority> list() {
    return states.keySet().stream().map(this::shown).toList();
  }

  private Authority shown(String id) {
    Instant noon = Instant.parse("2026-11-23T12:00:00Z");
    return new Authority(
        id,
        "issuing",
        "root",
        "",
        states.getOrDefault(id, ""),
        noon,
        "CN=" + id,
        "00",
        "80",
        noon,
        noon.plusSeconds(60),
        true,
        OptionalLong.of(7),
        "PEM");
  }

  @Override
  public Set<Fingerprint> names(String id) {
    return id.equals("issuing") ? Set.of(ISSUER) : Set.of();
  }

  @Override
  public String chain(Fingerprint issuer) {
    return issuer.equals(ISSUER) ? "PEM" : "";
  }

  @Override
  public Outcome prepare(boolean isRootToo, String environment, Because because) {
    states.put("issuing-2", "prepared");
    return new Outcome.Done(shown("issuing-2"), 0, List.of());
  }

  @Override
  public Asked request(Wanted what, SpiffeId who) {
    return what.rootPem().equals("no root")
        ? new Asked.Refused("that is no root")
        : new Asked.Request("{}\n");
  }

  @Override
  public Outcome install(String answer, Because because) {
    return answer.equals("{}")
        ? prepare(false, "", because)
        : new Outcome.Refused("that is no answer");
  }

  @Override
  public Outcome change(Verb verb, String id, Because because) {
    if (!states.containsKey(id)) {
      return new Outcome.Unknown();
    }
    if ("active".equals(states.get(id))) {
      return new Outcome.Refused("it is active");
    }
    states.put(id, verb.name().toLowerCase(Locale.ROOT));
    return new Outcome.Done(shown(id), 3, List.of("root"));
  }
}
