package io.telltale.server.api;

import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.DeviceId;
import io.telltale.roster.Role;
import io.telltale.roster.Texts;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Records that were acknowledged and could not be processed. */
final class LetterRoutes {
  private static final int REASON_MAX = 64;
  private static final Set<String> FILTERS = Set.of("device", "reason", "before", "limit");
  private static final Set<Role> ANY = EnumSet.allOf(Role.class);
  private static final Set<Role> OPERATORS = EnumSet.of(Role.OPERATOR);
  private static final Set<Role> ANALYSTS = EnumSet.of(Role.ANALYST);

  private final LetterOperations letters;

  LetterRoutes(LetterOperations letters) {
    this.letters = letters;
  }

  List<Route<Operation>> routes() {
    return List.of(
        Operation.get("/v1/deadletters", ANY, FILTERS::contains, this::list),
        Operation.get("/v1/deadletters/{number}", ANALYSTS, this::show),
        Operation.post("/v1/deadletters/replay", OPERATORS, call -> call.withBody(this::replay)));
  }

  private Response list(Call call) {
    var mistakes = new ArrayList<String>();
    int limit = Numbers.bounded(call.query("limit"), 100, 1, 1_000, "limit", mistakes).intValue();
    long before =
        Numbers.bounded(
            call.query("before"), Long.MAX_VALUE, 0, Long.MAX_VALUE, "before", mistakes);
    String reason = call.query("reason");
    if (reason.length() > REASON_MAX) {
      mistakes.add("reason must have at most " + REASON_MAX + " characters");
    }
    Optional<DeviceId> device = device(call.caller(), call.query("device"), mistakes);
    if (!mistakes.isEmpty()) {
      return Answers.invalid(mistakes);
    }
    if (!isKnown(device)) {
      return Answers.notFound("device");
    }
    var wanted =
        new LetterOperations.Wanted(call.caller().tenant(), device, reason, OptionalLong.empty());
    List<LetterOperations.Letter> found = letters.list(wanted, before, limit);
    ObjectNode body = Answers.object();
    ArrayNode array = body.putArray("letters");
    found.forEach(letter -> array.add(json(letter)));
    boolean full = found.size() == limit;
    if (full && !letters.list(wanted, found.getLast().number(), 1).isEmpty()) {
      body.put("next", found.getLast().number());
    } else {
      body.putNull("next");
    }
    return Answers.json(200, body);
  }

  private static Optional<DeviceId> device(Caller caller, String name, List<String> mistakes) {
    if (name.isEmpty()) {
      return Optional.empty();
    }
    if (!DeviceId.valid(name)) {
      mistakes.add("device must be a device's name");
      return Optional.empty();
    }
    return Optional.of(caller.device(name));
  }

  private boolean isKnown(Optional<DeviceId> device) {
    return device.map(letters::isDevice).orElse(true);
  }

  private static ObjectNode json(LetterOperations.Letter letter) {
    return Answers.object()
        .put("number", letter.number())
        .put("device", letter.device().isEmpty() ? null : letter.device())
        .put("record", letter.record())
        .put("reason", letter.reason())
        .put("time", letter.time().toString())
        .put("replayable", letter.replayable())
        .put("replaying", letter.replaying());
  }

  private Response show(Call call) {
    String number = call.placeholder("number");
    if (!Numbers.whole(number)) {
      return Answers.notFound("dead letter");
    }
    return switch (letters.show(call.caller().identity().id(), Long.parseLong(number))) {
      case LetterOperations.Outcome.Unknown unknown -> Answers.notFound("dead letter");
      case LetterOperations.Outcome.Closed closed -> closed(closed);
      case LetterOperations.Outcome.Shown shown -> Answers.json(200, json(shown));
    };
  }

  private static Response closed(LetterOperations.Outcome.Closed closed) {
    String kept =
        closed.letter().replayable()
            ? "you cannot open dead letter %d (%s): its scope's key is closed, gone or not granted"
                + " to you"
            : "dead letter %d cannot be opened (%s): it never was a record that opens, or is from"
                + " before these could be";
    int status = closed.letter().replayable() ? 403 : 422;
    return Answers.error(
        status, closed.why(), kept.formatted(closed.letter().number(), closed.why()));
  }

  private static ObjectNode json(LetterOperations.Outcome.Shown shown) {
    ObjectNode node = json(shown.letter());
    ObjectNode facts = node.putObject("origin");
    new TreeMap<>(shown.facts()).forEach(facts::put);
    ByteBuffer payload = shown.payload().asBuffer();
    try {
      node.put("payload", StandardCharsets.UTF_8.newDecoder().decode(payload).toString());
    } catch (CharacterCodingException e) {
      node.put("payloadBase64", Base64Text.of(shown.payload()));
    }
    return node;
  }

  private Response replay(Caller caller, JsonBody body) {
    var mistakes = new ArrayList<String>();
    long number = body.optionalWhole("number", -1, 0, Long.MAX_VALUE);
    String reason = body.optionalText("reason", REASON_MAX);
    if (!Texts.printable(reason, REASON_MAX)) {
      body.mistake("reason must be printable");
    }
    Optional<DeviceId> device = device(caller, body.optionalText("device", 256), mistakes);
    mistakes.forEach(body::mistake);
    if (number < 0 && reason.isEmpty() && device.isEmpty()) {
      body.mistake("give a number, a device or a reason");
    }
    Optional<Response> problem = body.problem();
    if (problem.isPresent()) {
      return problem.get();
    }
    if (!isKnown(device)) {
      return Answers.notFound("device");
    }
    OptionalLong only = number < 0 ? OptionalLong.empty() : OptionalLong.of(number);
    var wanted = new LetterOperations.Wanted(caller.tenant(), device, reason, only);
    return switch (letters.replay(caller.identity().id(), wanted)) {
      case LetterOperations.Replay.Sent(int count) ->
          Answers.json(200, Answers.object().put("replaying", count));
      case LetterOperations.Replay.None() ->
          number < 0
              ? Answers.error(404, "none-matched", "no dead letter matches: nothing was sent")
              : Answers.notFound("dead letter");
      case LetterOperations.Replay.OnTheirWay(int count) ->
          Answers.error(
              409,
              "on-its-way",
              "nothing was sent: what matches (%d) is on its way already".formatted(count));
      case LetterOperations.Replay.NotKept(int count) ->
          Answers.error(
              422,
              "not-kept-to-be-opened",
              ("nothing was sent: what matches (%d) cannot be opened, since it never was a record"
                      + " that opens or is from before these could be")
                  .formatted(count));
    };
  }
}
