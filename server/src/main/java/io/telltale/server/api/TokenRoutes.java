package io.telltale.server.api;

import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.kernel.DeviceId;
import io.telltale.registry.NewToken;
import io.telltale.registry.Registry;
import io.telltale.registry.TokenCreation;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** One-time enrollment tokens, one or many at a time (ID-3, ID-4). */
final class TokenRoutes {
  private static final Set<Role> WRITERS = EnumSet.of(Role.OPERATOR);
  private static final long TOKEN_SECONDS = 600;
  private static final int BATCH_MAX = 500;

  private final ApiParts parts;
  private final Registry registry;

  TokenRoutes(ApiParts parts) {
    this.parts = parts;
    this.registry = parts.registry();
  }

  List<Route<Operation>> routes() {
    return List.of(
        Operation.post("/v1/enroll-tokens", WRITERS, call -> call.withBody(this::one)),
        Operation.post("/v1/enroll-tokens:batch", WRITERS, call -> call.withBody(this::batch)));
  }

  /** {@code docs/format/enrollment-token.md}. */
  private ObjectNode tokenFile(String device, String token, Instant expires) {
    ServerFacts.EnrollmentPlace place = parts.facts().enrollment();
    return Answers.object()
        .put("version", 1)
        .put("device", device)
        .put("token", token)
        .put("expires", expires.toString())
        .put("serverId", place.serverId())
        .put("serverPin", place.pin())
        .put("enrollUrl", place.enrollUrl())
        .put("mqtt", place.mqtt())
        .put("caPem", place.caPem());
  }

  // Whatever the ceiling is: it is the registry that knows, and its refusal says it.
  private static Duration life(JsonBody body) {
    return Duration.ofSeconds(
        body.optionalWhole("ttlSeconds", TOKEN_SECONDS, 1, Integer.MAX_VALUE));
  }

  private Response one(Caller caller, JsonBody body) {
    String device = DeviceJson.id(body, "device");
    Duration life = life(body);
    Optional<Response> problem = body.problem();
    if (problem.isPresent()) {
      return problem.get();
    }
    String token = parts.tokens().get();
    TokenCreation creation =
        registry.createToken(
            caller.device(device), Registry.tokenHash(token), life, caller.actor());
    return switch (creation) {
      case TokenCreation.Created(Instant expires) ->
          Answers.json(201, tokenFile(device, token, expires));
      case TokenCreation.UnknownDevice _ -> Answers.notFound("device");
      case TokenCreation.TooLong(Duration most) -> tooLong(most);
      case TokenCreation.WrongState _, TokenCreation.TooMany _ -> {
        Refusal why = refusal(creation).orElseThrow();
        yield Answers.error(409, why.code(), why.message());
      }
    };
  }

  private static Response tooLong(Duration most) {
    return Answers.invalid(
        List.of(
            ("ttlSeconds (--ttl) is at most %d, which are %s, in this tenant; './telltale"
                    + " enroll-token ceiling --set TIME' raises it (enrollment.tokenSecondsMax of"
                    + " the policy)")
                .formatted(most.toSeconds(), shown(most))));
  }

  private static String shown(Duration time) {
    long hours = time.toHours();
    return time.equals(Duration.ofHours(hours)) ? hours + "h" : time.toSeconds() + "s";
  }

  private record Refusal(String code, String message) {}

  private static Optional<Refusal> refusal(TokenCreation creation) {
    return switch (creation) {
      case TokenCreation.Created _ -> Optional.empty();
      case TokenCreation.UnknownDevice _ ->
          Optional.of(new Refusal("not-found", "there is no such device: register it first"));
      case TokenCreation.WrongState(LifecycleState state) ->
          Optional.of(
              new Refusal(
                  "wrong-state",
                  "a device that is %s may not enroll: %s"
                      .formatted(state.text(), DeviceJson.beforeItEnrolls(state))));
      case TokenCreation.TooMany _ ->
          Optional.of(
              new Refusal("too-many-tokens", "use the open tokens or wait until they expire"));
      case TokenCreation.TooLong(Duration most) ->
          Optional.of(new Refusal("too-long", "at most " + most.toSeconds() + " s"));
    };
  }

  /** Only for devices that have never enrolled: a repetition must not let the others in again. */
  private Response batch(Caller caller, JsonBody body) {
    List<String> names = body.texts("devices", BATCH_MAX);
    Duration life = life(body);
    if (names.stream().anyMatch(name -> !DeviceId.valid(name))) {
      body.mistake("each of devices " + DeviceId.NAME_FORM);
    }
    Optional<Response> problem = body.problem();
    if (problem.isPresent()) {
      return problem.get();
    }
    long most = registry.policies().inForce(caller.tenant()).tokenSecondsMax();
    if (life.toSeconds() > most) {
      return tooLong(Duration.ofSeconds(most));
    }
    ObjectNode answer = Answers.object();
    ArrayNode enrolled = answer.putArray("enrolled");
    var wanted = new ArrayList<NewToken>();
    var tokens = new ArrayList<String>();
    for (String name : names) {
      DeviceId device = caller.device(name);
      if (isEnrolled(device)) {
        enrolled.add(name);
      } else {
        String token = parts.tokens().get();
        tokens.add(token);
        wanted.add(new NewToken(device, Registry.tokenHash(token)));
      }
    }
    ArrayNode made = answer.putArray("tokens");
    ArrayNode failures = answer.putArray("failures");
    List<TokenCreation> creations = registry.createTokens(wanted, life, caller.actor());
    for (int i = 0; i < creations.size(); i++) {
      String name = wanted.get(i).device().name();
      if (creations.get(i) instanceof TokenCreation.Created(Instant expires)) {
        made.add(tokenFile(name, tokens.get(i), expires));
      }
      refusal(creations.get(i))
          .ifPresent(
              why ->
                  failures
                      .addObject()
                      .put("device", name)
                      .put("code", why.code())
                      .put("message", why.message()));
    }
    return Answers.json(200, answer);
  }

  private boolean isEnrolled(DeviceId device) {
    return registry
        .view()
        .byDevice(device)
        .filter(identity -> identity.state() == LifecycleState.ACTIVE)
        .isPresent();
  }
}
