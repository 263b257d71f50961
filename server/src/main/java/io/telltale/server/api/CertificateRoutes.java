package io.telltale.server.api;

import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.Pem;
import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import io.telltale.registry.CertificatePage;
import io.telltale.registry.CertificateQuery;
import io.telltale.registry.CertificateQuery.Span;
import io.telltale.registry.CertificateQuery.Standing;
import io.telltale.registry.IssuerCredentials;
import io.telltale.roster.CredentialRecord;
import io.telltale.roster.RevocationReason;
import io.telltale.roster.Role;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Every certificate that was ever issued. */
final class CertificateRoutes {
  private static final Set<Role> READERS = EnumSet.of(Role.OPERATOR, Role.AUDITOR);
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern SERIAL = Pattern.compile("[0-9a-f]{1,40}");

  private static final Set<String> FILTERS =
      Set.of(
          "device",
          "kind",
          "state",
          "issuer",
          "serial",
          "endsAfter",
          "endsBefore",
          "issuedSince",
          "issuedUntil",
          "before",
          "limit",
          "pem");

  private static final String STATES =
      Arrays.stream(Standing.values()).map(Standing::text).collect(Collectors.joining(", "));

  private final IssuerCredentials credentials;
  private final AuthorityOperations authorities;
  private final InstantSource clock;

  CertificateRoutes(ApiParts parts) {
    this.credentials = parts.registry().ofIssuers();
    this.authorities = parts.authorities();
    this.clock = parts.clock();
  }

  List<Route<Operation>> routes() {
    return List.of(
        Operation.get("/v1/certificates", READERS, FILTERS::contains, this::list),
        Operation.get("/v1/certificates/{id}", READERS, this::show));
  }

  private Response list(Call call) {
    var mistakes = new ArrayList<String>();
    CertificateQuery query = query(call, mistakes);
    if (!mistakes.isEmpty()) {
      return Answers.invalid(mistakes);
    }
    CertificatePage page = credentials.page(query);
    ObjectNode body = Answers.object();
    ArrayNode array = body.putArray("certificates");
    for (CertificatePage.Line line : page.lines()) {
      ObjectNode one = json(line);
      if (query.isWhole()) {
        one.put("certificate", pem(line));
      }
      array.add(one);
    }
    if (page.next().isPresent()) {
      body.put("next", page.next().getAsLong());
    } else {
      body.putNull("next");
    }
    return Answers.json(200, body);
  }

  private CertificateQuery query(Call call, List<String> mistakes) {
    Instant now = clock.instant();
    String device = call.query("device");
    if (!device.isEmpty() && !DeviceId.valid(device)) {
      mistakes.add("device must be a device's id");
    }
    String kind = call.query("kind");
    Optional<SpiffeId.Kind> ofKind =
        Arrays.stream(SpiffeId.Kind.values()).filter(one -> one.segment().equals(kind)).findFirst();
    if (!kind.isEmpty() && ofKind.isEmpty()) {
      mistakes.add("kind must be device, gateway, service or person");
    }
    String state = call.query("state");
    Optional<Standing> standing = Standing.ofText(state);
    if (!state.isEmpty() && standing.isEmpty()) {
      mistakes.add("state must be one of " + STATES);
    }
    String serial = call.query("serial").toLowerCase(Locale.ROOT);
    if (!serial.isEmpty() && !SERIAL.matcher(serial).matches()) {
      mistakes.add("serial must be hexadecimal, without colons");
    }
    String pem = call.query("pem");
    if (!pem.isEmpty() && !pem.equals("true") && !pem.equals("false")) {
      mistakes.add("pem must be true or false");
    }
    long before =
        Numbers.bounded(
            call.query("before"), CertificateQuery.FIRST, 1, Long.MAX_VALUE, "before", mistakes);
    int limit =
        Numbers.bounded(call.query("limit"), 100, 1, CertificateQuery.LIMIT_MAX, "limit", mistakes)
            .intValue();
    Set<Fingerprint> issuers = issuers(call.query("issuer"), mistakes);
    Optional<SpiffeId> owner =
        device.isEmpty() || !DeviceId.valid(device)
            ? Optional.empty()
            : Optional.of(
                call.caller().device(device).in(call.caller().identity().id().trustDomain()));
    return new CertificateQuery(
        call.caller().tenant(),
        before,
        limit,
        owner,
        ofKind,
        standing,
        issuers,
        Optional.of(serial).filter(text -> !text.isEmpty()),
        span(call, "endsAfter", "endsBefore", now, mistakes),
        span(call, "issuedSince", "issuedUntil", now, mistakes),
        pem.equals("true"));
  }

  private static Span span(Call call, String from, String to, Instant now, List<String> mistakes) {
    return new Span(
        Moments.read(call.query(from), now, from, mistakes),
        Moments.read(call.query(to), now, to, mistakes));
  }

  /** A CA by its id, or one certificate of a CA by its fingerprint. */
  private Set<Fingerprint> issuers(String text, List<String> mistakes) {
    if (text.isEmpty()) {
      return Set.of();
    }
    Set<Fingerprint> found =
        HASH.matcher(text).matches()
            ? Set.of(new Fingerprint(Hash.ofHex(text)))
            : authorities.names(text);
    if (found.isEmpty()) {
      mistakes.add("issuer must be a CA as authority list has it, or the fingerprint of one");
    }
    return found;
  }

  private Response show(Call call) {
    String id = call.placeholder("id");
    Optional<CertificatePage.Line> found =
        HASH.matcher(id).matches()
            ? credentials.find(call.caller().tenant(), new Fingerprint(Hash.ofHex(id)))
            : Optional.empty();
    return found
        .map(
            line ->
                Answers.json(
                    200,
                    json(line)
                        .put("certificate", pem(line))
                        .put("chain", authorities.chain(line.record().issuer()))))
        .orElse(Answers.notFound("certificate"));
  }

  private static String pem(CertificatePage.Line line) {
    return Certificates.parse(line.der().toArray())
        .map(certificate -> Pem.certificates(List.<X509Certificate>of(certificate)))
        .orElse("");
  }

  private static ObjectNode json(CertificatePage.Line line) {
    CredentialRecord record = line.record();
    ObjectNode node =
        Answers.object()
            .put("fingerprint", record.fingerprint().hex())
            .put("owner", line.owner().uri())
            .put("kind", line.owner().kind().segment())
            .put("name", line.owner().name())
            .put("serial", record.serial())
            .put("state", line.standing().text())
            .put("issuer", record.issuer().hex())
            .put("issued", record.issued().toString())
            .put("notBefore", record.notBefore().toString())
            .put("notAfter", record.notAfter().toString())
            .put("key", record.spki().hex());
    record.retiringUntil().ifPresent(time -> node.put("goodUntil", time.toString()));
    record.revoked().ifPresent(time -> node.put("revoked", time.toString()));
    record.revokedReason().map(RevocationReason::text).ifPresent(why -> node.put("reason", why));
    record.used().ifPresent(time -> node.put("firstUsed", time.toString()));
    return node;
  }
}
