package io.telltale.server.api;

import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.kernel.Bytes;
import io.telltale.roster.ParsedPolicy;
import io.telltale.roster.Policy;
import io.telltale.roster.Role;
import io.telltale.server.api.PolicyRehearsals.Outcome;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What a policy would have refused of what came lately (IN-12). */
final class RehearsalRoute {
  private static final Set<Role> JUDGES = EnumSet.of(Role.OPERATOR, Role.AUDITOR);
  private static final int DOCUMENT_CHARS_MAX = 1 << 20;
  private static final long SECONDS = Duration.ofHours(1).toSeconds();
  private static final long SECONDS_MAX = Duration.ofDays(1).toSeconds();

  private final PolicyRehearsals traffic;

  RehearsalRoute(ApiParts parts) {
    this.traffic = parts.traffic();
  }

  List<Route<Operation>> routes() {
    return List.of(Operation.postLarge("/v1/policy/dry-run", JUDGES, this::rehearse));
  }

  private Response rehearse(Caller caller, JsonBody body) {
    Bytes document = Bytes.utf8(body.text("document", DOCUMENT_CHARS_MAX));
    Duration last = Duration.ofSeconds(body.optionalWhole("seconds", SECONDS, 1, SECONDS_MAX));
    Optional<Response> problem = body.problem();
    if (problem.isPresent()) {
      return problem.get();
    }
    return Policy.parse(document) instanceof ParsedPolicy.Valid(Policy policy)
        ? answer(
            traffic.rehearse(
                caller.analyst().id(), new PolicyRehearsals.Candidate(policy, document), last))
        : Answers.error(
            400, "invalid-document", "the document has mistakes: 'policy check' names them");
  }

  private static Response answer(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Rehearsed rehearsed -> Answers.json(200, json(rehearsed));
      case Outcome.NotGranted(long records) ->
          Answers.error(
              403,
              "not-granted",
              "%,d records came, and you may open the scope of none: ask for a grant to open"
                  .formatted(records));
      case Outcome.Busy _ -> Answers.error(503, "busy", "another dry run is under way: try again");
    };
  }

  private static ObjectNode json(Outcome.Rehearsed rehearsed) {
    ObjectNode answer =
        Answers.object()
            .put("judged", rehearsed.judged())
            .put("refused", rehearsed.refused())
            .put("seen", rehearsed.part().seen())
            .put("entries", rehearsed.part().entries());
    rehearsed.part().from().ifPresent(from -> answer.put("from", from.toString()));
    rehearsed.part().to().ifPresent(to -> answer.put("to", to.toString()));
    ArrayNode refusals = answer.putArray("refusals");
    for (PolicyRehearsals.Refusal refusal : rehearsed.refusals()) {
      ObjectNode node =
          refusals
              .addObject()
              .put("reason", refusal.reason())
              .put("sentence", refusal.sentence())
              .put("messageType", refusal.messageType())
              .put("topic", refusal.topic())
              .put("records", refusal.records())
              .put("devices", refusal.devices());
      ArrayNode examples = node.putArray("examples");
      for (PolicyRehearsals.Example one : refusal.first()) {
        examples
            .addObject()
            .put("device", one.device())
            .put("record", one.record())
            .put("received", one.received().toString());
      }
    }
    ArrayNode devices = answer.putArray("devices");
    rehearsed
        .devices()
        .forEach(
            (device, records) -> devices.addObject().put("device", device).put("records", records));
    ObjectNode notJudged = answer.putObject("notJudged");
    rehearsed.notJudged().forEach(notJudged::put);
    return answer;
  }
}
