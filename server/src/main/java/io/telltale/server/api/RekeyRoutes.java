package io.telltale.server.api;

import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.identity.RenewalInfoHandler;
import io.telltale.registry.Act;
import io.telltale.registry.Rekey;
import io.telltale.registry.Rekeys;
import io.telltale.roster.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Has devices renew with a new key, each in its turn. */
final class RekeyRoutes {
  private static final Set<Role> READERS = EnumSet.of(Role.OPERATOR, Role.AUDITOR);
  private static final Set<Role> WRITERS = EnumSet.of(Role.OPERATOR);
  private static final long PER_MINUTE = 600;
  private static final long PER_MINUTE_MAX = 1_000_000;
  private static final int COVERS_MAX = 8;
  private static final int VALUE_MAX = 256;

  private final Rekeys rekeys;

  RekeyRoutes(Rekeys rekeys) {
    this.rekeys = rekeys;
  }

  List<Route<Operation>> routes() {
    return List.of(
        Operation.get("/v1/rekeys", READERS, Set.of("limit")::contains, this::list),
        Operation.post("/v1/rekeys", WRITERS, call -> call.withBody(this::begin)),
        Operation.get("/v1/rekeys/{number}", READERS, this::show),
        Operation.post("/v1/rekeys/{number}/stop", WRITERS, this::stop));
  }

  private Response list(Call call) {
    var mistakes = new ArrayList<String>();
    int limit = Numbers.bounded(call.query("limit"), 100, 1, 1_000, "limit", mistakes).intValue();
    if (!mistakes.isEmpty()) {
      return Answers.invalid(mistakes);
    }
    ObjectNode body = Answers.object();
    ArrayNode array = body.putArray("rekeys");
    rekeys.list(call.caller().tenant(), limit).forEach(one -> array.add(json(one)));
    return Answers.json(200, body);
  }

  private Response begin(Caller caller, JsonBody body) {
    Map<String, String> covers = body.optionalTexts("covers");
    covers.forEach((name, value) -> require(name, value, body));
    if (covers.size() > COVERS_MAX) {
      body.mistake("covers must have at most " + COVERS_MAX + " members");
    }
    long perMinute = body.optionalWhole("perMinute", PER_MINUTE, 1, PER_MINUTE_MAX);
    boolean isAtOnce = body.flag("atOnce");
    String reason = reason(body);
    Optional<Response> problem = body.problem();
    if (problem.isPresent()) {
      return problem.get();
    }
    Duration notice = isAtOnce ? Duration.ZERO : RenewalInfoHandler.HEARD;
    var wanted = new Rekeys.Wanted(caller.tenant(), covers, perMinute, notice);
    return switch (rekeys.begin(wanted, caller.act(reason))) {
      case Rekeys.Outcome.Begun(Rekey begun) -> Answers.json(201, json(begun));
      case Rekeys.Outcome.Nobody() ->
          Answers.error(404, "not-found", "no device that this covers has a good certificate");
      case Rekeys.Outcome.TooMany() ->
          Answers.error(
              409,
              "refused",
              "%d are under way, and no more may be: stop one first".formatted(Rekeys.OPEN_MAX));
    };
  }

  private static void require(String name, String value, JsonBody body) {
    if (!Rekey.validAttribute(name)) {
      body.mistake(
          "covers takes id, firmware, environment, region, productLine, type, ownerTeam, site and"
              + " labels.KEY");
    } else if (value.isEmpty() || value.length() > VALUE_MAX) {
      body.mistake("covers must have values of 1 to " + VALUE_MAX + " characters");
    }
  }

  private static String reason(JsonBody body) {
    String reason = body.text("reason", 256);
    if (!reason.isEmpty() && !Act.validReason(reason)) {
      body.mistake("reason must be 1 to 256 printable characters");
    }
    return reason;
  }

  private Response show(Call call) {
    return number(call)
        .flatMap(number -> rekeys.find(call.caller().tenant(), number))
        .map(one -> Answers.json(200, json(one).put("left", rekeys.left(one))))
        .orElseGet(RekeyRoutes::unknown);
  }

  private Response stop(Call call) {
    return call.withBody(
        (caller, body) -> {
          String reason = reason(body);
          return body.problem()
              .orElseGet(
                  () ->
                      number(call)
                          .flatMap(one -> rekeys.stop(caller.tenant(), one, caller.act(reason)))
                          .map(stopped -> Answers.json(200, json(stopped)))
                          .orElseGet(RekeyRoutes::unknown));
        });
  }

  private static Optional<Long> number(Call call) {
    return Optional.of(call.placeholder("number")).filter(Numbers::whole).map(Long::parseLong);
  }

  private static Response unknown() {
    return Answers.error(404, "not-found", "there is none of that number: rekey list has all");
  }

  private static ObjectNode json(Rekey one) {
    ObjectNode node = Answers.object().put("number", one.number());
    ObjectNode covers = node.putObject("covers");
    new TreeMap<>(one.covers()).forEach(covers::put);
    return node.put("total", one.total())
        .put("made", one.made().toString())
        .put("begins", one.begins().toString())
        .put("ends", one.ends().toString())
        .put("actor", one.actor())
        .put("reason", one.reason())
        .put("stopped", one.stopped().map(Instant::toString).orElse(null));
  }
}
