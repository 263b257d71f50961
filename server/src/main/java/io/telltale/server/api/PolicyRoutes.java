package io.telltale.server.api;

import io.telltale.admission.PolicyTrial;
import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import io.telltale.registry.Act;
import io.telltale.registry.PolicyChange;
import io.telltale.registry.PolicyCuts;
import io.telltale.registry.PolicyDocument;
import io.telltale.registry.PolicyRestore;
import io.telltale.registry.PolicyVersion;
import io.telltale.registry.Registry;
import io.telltale.roster.Identity;
import io.telltale.roster.Mistake;
import io.telltale.roster.ParsedPolicy;
import io.telltale.roster.Policy;
import io.telltale.roster.Role;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The caller's tenant's policy: read, checked, tried, put in force, taken back (IN-4, IN-12). */
final class PolicyRoutes {
  private static final Set<Role> READERS = EnumSet.allOf(Role.class);
  private static final Set<Role> JUDGES = EnumSet.of(Role.OPERATOR, Role.AUDITOR);
  private static final Set<Role> WRITERS = EnumSet.of(Role.OPERATOR);
  private static final int DOCUMENT_CHARS_MAX = 1 << 20;
  private static final int TYPE_CHARS_MAX = 64;
  private static final int PAYLOAD_CHARS_MAX = 512 * 1024;

  private final Registry registry;
  private final InstantSource clock;

  PolicyRoutes(ApiParts parts) {
    this.registry = parts.registry();
    this.clock = parts.clock();
  }

  List<Route<Operation>> routes() {
    return List.of(
        Operation.get("/v1/policy", READERS, "version"::equals, this::show),
        Operation.get(
            "/v1/policy/history", READERS, Set.of("limit", "before")::contains, this::history),
        Operation.postLarge("/v1/policy/check", JUDGES, this::check),
        Operation.postLarge("/v1/policy/diff", JUDGES, this::diff),
        Operation.postLarge("/v1/policy/test", JUDGES, this::test),
        Operation.postLarge("/v1/policy/apply", WRITERS, this::apply),
        Operation.post("/v1/policy/rollback", WRITERS, call -> call.withBody(this::rollback)));
  }

  private Response show(Call call) {
    var mistakes = new ArrayList<String>();
    long inForce = registry.policies().inForce(call.caller().tenant()).version();
    long version =
        Numbers.bounded(call.query("version"), inForce, 1, Long.MAX_VALUE, "version", mistakes)
            .longValue();
    if (!mistakes.isEmpty()) {
      return Answers.invalid(mistakes);
    }
    return stored(call.caller(), version)
        .map(
            found ->
                Answers.json(
                    200,
                    json(found)
                        .put("inForce", version == inForce)
                        .put(
                            "tokenSecondsMax",
                            registry.policies().inForce(call.caller().tenant()).tokenSecondsMax())
                        .put("document", found.document().asUtf8())))
        .orElse(Answers.notFound("version of the policy"));
  }

  // A tenant without devices has the factory policy, and nothing stored.
  private Optional<PolicyVersion> stored(Caller caller, long version) {
    return registry.policyVersion(caller.tenant(), version);
  }

  private Response history(Call call) {
    var mistakes = new ArrayList<String>();
    int limit = Numbers.bounded(call.query("limit"), 100, 1, 1_000, "limit", mistakes).intValue();
    long before =
        Numbers.bounded(call.query("before"), Long.MAX_VALUE, 1, Long.MAX_VALUE, "before", mistakes)
            .longValue();
    if (!mistakes.isEmpty()) {
      return Answers.invalid(mistakes);
    }
    TenantId tenant = call.caller().tenant();
    List<PolicyVersion> page = registry.policyVersions(tenant, before, limit);
    ObjectNode body = Answers.object();
    ArrayNode versions = body.putArray("versions");
    page.forEach(version -> versions.add(json(version)));
    boolean full = page.size() == limit;
    if (full && !registry.policyVersions(tenant, page.getLast().version(), 1).isEmpty()) {
      body.put("next", page.getLast().version());
    } else {
      body.putNull("next");
    }
    return Answers.json(200, body);
  }

  private static ObjectNode json(PolicyVersion version) {
    return Answers.object()
        .put("version", version.version())
        .put("sha256", version.hash().hex())
        .put("actor", version.actor())
        .put("reason", version.reason())
        .put("time", version.time().toString());
  }

  private static Bytes document(JsonBody body) {
    return Bytes.utf8(body.text("document", DOCUMENT_CHARS_MAX));
  }

  private Response check(Caller caller, JsonBody body) {
    Bytes document = document(body);
    return body.problem()
        .orElseGet(
            () -> {
              ParsedPolicy parsed = Policy.parse(document);
              List<Mistake> mistakes =
                  parsed instanceof ParsedPolicy.Invalid invalid ? invalid.mistakes() : List.of();
              ObjectNode answer = Answers.object().put("valid", mistakes.isEmpty());
              ArrayNode array = answer.putArray("mistakes");
              for (Mistake mistake : mistakes) {
                array
                    .addObject()
                    .put("pointer", mistake.pointer())
                    .put("line", mistake.line())
                    .put("column", mistake.column())
                    .put("message", mistake.what());
              }
              ArrayNode warnings = answer.putArray("warnings");
              if (parsed instanceof ParsedPolicy.Valid(Policy policy)) {
                PolicyWarnings.of(policy)
                    .forEach(
                        (pointer, what) ->
                            warnings.addObject().put("pointer", pointer).put("message", what));
              }
              return Answers.json(200, answer);
            });
  }

  private Response diff(Caller caller, JsonBody body) {
    Bytes document = document(body);
    return body.problem()
        .orElseGet(
            () ->
                switch (Policy.parse(document)) {
                  case ParsedPolicy.Invalid invalid -> invalid(invalid.mistakes());
                  case ParsedPolicy.Valid(Policy wanted) -> {
                    Policy inForce = registry.policies().inForce(caller.tenant());
                    ObjectNode answer = Answers.object().put("version", inForce.version());
                    answer.set("changes", PolicyDiff.of(inForce(caller, inForce), document));
                    CutsJson.put(answer, registry.policyCuts(caller.tenant(), wanted));
                    yield Answers.json(200, answer);
                  }
                });
  }

  private Bytes inForce(Caller caller, Policy inForce) {
    return stored(caller, inForce.version())
        .map(PolicyVersion::document)
        .orElseGet(Policy::factoryDocument);
  }

  private Response test(Caller caller, JsonBody body) {
    String device = DeviceJson.id(body, "device");
    String topic = body.text("topic", 1_024);
    String type = body.has("type") ? body.optionalText("type", TYPE_CHARS_MAX) : "";
    Optional<Bytes> payload = payload(body);
    Optional<Bytes> document =
        body.has("document") ? Optional.of(document(body)) : Optional.empty();
    Optional<Response> problem = body.problem();
    if (problem.isPresent()) {
      return problem.get();
    }
    Optional<Identity> known = registry.view().byDevice(new DeviceId(caller.tenant(), device));
    Optional<Identity> identity =
        type.isEmpty() ? known : Optional.of(Assumed.of(caller, device, type, known));
    if (identity.isEmpty()) {
      return Answers.error(
          404,
          "not-found",
          "there is no device %s: with a type (--type TYPE) it is asked as if there were"
              .formatted(device));
    }
    var assumption = new PolicyTrial.Assumption(known.isEmpty(), document.isPresent());
    var question = new PolicyTrial.Question(identity.get(), topic, payload, assumption);
    return document
                .map(Policy::parse)
                .orElseGet(
                    () -> new ParsedPolicy.Valid(registry.policies().inForce(caller.tenant())))
            instanceof ParsedPolicy.Valid(Policy policy)
        ? Answers.json(200, json(PolicyTrial.ask(policy, question, clock.instant())))
        : Answers.error(
            400, "invalid-document", "the document has mistakes: 'policy check' names them");
  }

  private static Optional<Bytes> payload(JsonBody body) {
    if (!body.has("payload")) {
      return Optional.empty();
    }
    Optional<Bytes> payload =
        Base64Text.parse(body.givenText("payload", PAYLOAD_CHARS_MAX).orElse(""));
    if (payload.isEmpty()) {
      body.mistake("payload must be base64");
    }
    return payload;
  }

  private static ObjectNode json(PolicyTrial.Verdict verdict) {
    ObjectNode answer = Answers.object().put("allowed", verdict.allowed());
    ArrayNode steps = answer.putArray("steps");
    for (PolicyTrial.Step step : verdict.steps()) {
      steps
          .addObject()
          .put("step", step.name())
          .put("passed", step.passed())
          .put("detail", step.detail());
    }
    return answer;
  }

  private Response apply(Caller caller, JsonBody body) {
    Bytes document = document(body);
    OptionalLong onlyAfter = onlyAfter(body);
    Act act = act(caller, body, "applied");
    boolean mayCutOff = body.flag("cutOff");
    return body.problem()
        .orElseGet(
            () ->
                answer(
                    registry.putPolicy(
                        new PolicyDocument(caller.tenant(), document, onlyAfter, mayCutOff), act)));
  }

  private Response rollback(Caller caller, JsonBody body) {
    OptionalLong version = version(body, "version", 1);
    var wanted = new PolicyRestore(caller.tenant(), version, onlyAfter(body), body.flag("cutOff"));
    Act act =
        act(
            caller,
            body,
            version.isPresent() ? "back to version " + version.getAsLong() : "back by one version");
    return body.problem().orElseGet(() -> answer(registry.restorePolicy(wanted, act)));
  }

  private static OptionalLong onlyAfter(JsonBody body) {
    return version(body, "ifVersion", 0);
  }

  private static OptionalLong version(JsonBody body, String member, int min) {
    long version = body.optionalWhole(member, -1, min, Integer.MAX_VALUE);
    return version < 0 ? OptionalLong.empty() : OptionalLong.of(version);
  }

  private static Act act(Caller caller, JsonBody body, String otherwise) {
    String reason = body.optionalText("reason", 256);
    if (!reason.isEmpty() && !Act.validReason(reason)) {
      body.mistake("reason must be 1 to 256 printable characters");
      return caller.act(otherwise);
    }
    return caller.act(reason.isEmpty() ? otherwise : reason);
  }

  private static Response answer(PolicyChange change) {
    return switch (change) {
      case PolicyChange.InForce(Policy policy, long contentOf, PolicyCuts cuts) -> {
        ObjectNode answer = inForce(policy, contentOf).put("changed", true);
        CutsJson.put(answer, cuts);
        yield Answers.json(200, answer);
      }
      case PolicyChange.Unchanged(Policy policy, long contentOf) ->
          Answers.json(200, inForce(policy, contentOf).put("changed", false));
      case PolicyChange.CutsOff(PolicyCuts cuts) -> CutsJson.refusal(cuts);
      case PolicyChange.Stale(long inForce) ->
          Answers.error(
              409,
              "stale",
              ("version %d is in force, and this was made for another: look at what has changed"
                      + " (`./telltale policy diff FILE`), then apply it again with --if-version %d"
                      + " and, where the document has a `version`, with %d there, as `./telltale"
                      + " policy show` prints it")
                  .formatted(inForce, inForce, inForce));
      case PolicyChange.Unknown(OptionalLong version, long inForce) ->
          Answers.error(
              404,
              "not-found",
              (version.isPresent()
                  ? "there is no version %d: %d is in force, and `./telltale policy history`"
                          .formatted(version.getAsLong(), inForce)
                      + " lists all"
                  : "there is no version before %d, which is in force".formatted(inForce)));
      case PolicyChange.Invalid(List<Mistake> mistakes) -> invalid(mistakes);
    };
  }

  private static ObjectNode inForce(Policy policy, long contentOf) {
    return Answers.object()
        .put("version", policy.version())
        .put("contentOf", contentOf)
        .put("deviceTypes", policy.deviceTypes().size())
        .put("messageTypes", policy.messageTypes().size());
  }

  private static Response invalid(List<Mistake> mistakes) {
    String all = mistakes.stream().map(Mistake::toString).collect(Collectors.joining("; "));
    return Answers.error(400, "invalid-document", all);
  }
}
