package io.telltale.cli.ledger;

import io.telltale.cli.api.Answer;
import io.telltale.cli.api.Connection;
import io.telltale.cli.api.Paths;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import io.telltale.proof.Checkpoint;
import io.telltale.proof.Consistency;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Holds a checkpoint that somebody kept against the ledger of today; decided here, not there. */
final class KeptCheckpoint {
  private final Bytes note;

  KeptCheckpoint(Bytes note) {
    this.note = note;
  }

  /** An answer whose {@code consistent} is the verdict. */
  Answer hold(Connection connection) {
    Optional<Checkpoint> kept = Consistency.read(note, connection.trust());
    if (kept.isEmpty()) {
      return verdict(
          new Consistency.Refused(
              "the file is no checkpoint, byte for byte, that a ledger key of the trust bundle"
                  + " signed: is it whole, and is this that server's trust bundle?"));
    }
    Answer now = connection.get("/v1/ledger/checkpoint");
    if (!(now instanceof Answer.Ok(Bytes newest))) {
      return now;
    }
    return Consistency.read(newest, connection.trust())
        .map(checkpoint -> hold(connection, kept.get(), checkpoint))
        .orElseGet(
            () ->
                verdict(
                    new Consistency.Refused(
                        "the server's checkpoint is not signed by a ledger key of the trust"
                            + " bundle: is this that server's trust bundle?")));
  }

  private static Answer hold(Connection connection, Checkpoint kept, Checkpoint newest) {
    if (kept.size() == 0 || kept.size() >= newest.size()) {
      return verdict(Consistency.of(kept, newest, List.of()));
    }
    Answer answer =
        connection.get(
            Paths.of("/v1/ledger/consistency")
                .with("first", Long.toString(kept.size()))
                .with("second", Long.toString(newest.size()))
                .toString());
    return answer instanceof Answer.Ok ok
        ? verdict(Consistency.of(kept, newest, path(ok.json())))
        : answer;
  }

  private static List<Hash> path(JsonNode body) {
    return Consistency.path(
        body.path("path").valueStream().map(node -> node.asString("")).toList());
  }

  private static Answer verdict(Consistency consistency) {
    var body = JsonMapper.shared().createObjectNode();
    switch (consistency) {
      case Consistency.Grown(long from, long to) ->
          body.put("consistent", true)
              .put("kept", from)
              .put("now", to)
              .put("means", "the first %d events are what they were".formatted(from));
      case Consistency.Refused(String why) -> body.put("consistent", false).put("problem", why);
    }
    return new Answer.Ok(Bytes.adopt(JsonMapper.shared().writeValueAsBytes(body)));
  }
}
