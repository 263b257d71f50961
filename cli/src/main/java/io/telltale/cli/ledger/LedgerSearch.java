package io.telltale.cli.ledger;

import io.telltale.cli.api.Answer;
import io.telltale.cli.api.Connection;
import io.telltale.cli.api.Paths;
import io.telltale.cli.api.Patience;
import io.telltale.cli.api.ServerOptions;
import io.telltale.cli.print.Fields;
import io.telltale.cli.print.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * A search of the ledger. The server looks at boundedly many events a page, so this one asks on
 * while it gets none.
 *
 * @param since as the API has it, or empty
 * @param until as the API has it, or empty
 */
record LedgerSearch(
    ServerOptions options,
    String type,
    String subject,
    String actor,
    String since,
    String until,
    int limit) {

  Answer newest(Connection connection, String before) {
    Patience patience = connection.patience();
    Answer answer = asked(connection, path(since, until, before), patience);
    while (answer instanceof Answer.Ok ok && goesOn(ok.json()) && patience.lasts()) {
      JsonNode page = ok.json();
      String next = Fields.scalar(page.path("next"));
      options.err().println("none from event %s on: looking further back".formatted(next));
      options.err().flush();
      answer =
          asked(
              connection,
              path(moment(page, "since", since), moment(page, "until", until), next),
              patience);
      if (!(answer instanceof Answer.Ok)) {
        furtherBack(page); // What was looked at need not be again.
      }
    }
    return answer;
  }

  /** Asks again while others search. */
  private static Answer asked(Connection connection, String path, Patience patience) {
    Answer answer = connection.get(path);
    while (isBusy(answer) && patience.pause()) {
      answer = connection.get(path);
    }
    return answer;
  }

  private static boolean isBusy(Answer answer) {
    return answer instanceof Answer.Refused refused && refused.code().equals("busy");
  }

  private static boolean goesOn(JsonNode page) {
    return page.path("events").isEmpty() && page.path("next").isNumber();
  }

  private String path(String from, String to, String before) {
    return Paths.of("/v1/ledger/search")
        .with("type", type)
        .with("subject", subject)
        .with("actor", actor)
        .with("since", from)
        .with("until", to)
        .with("before", before)
        .with("limit", Integer.toString(limit))
        .toString();
  }

  // What was meant by a time ago: for the next page it would be another one.
  private static String moment(JsonNode page, String name, String given) {
    return page.path(name).isString() ? page.path(name).asString() : given;
  }

  void print(Answer.Ok ok) {
    JsonNode page = ok.json();
    boolean more = page.path("next").isNumber();
    if (page.path("events").isEmpty() && !more) {
      options
          .err()
          .println(
              type.isEmpty()
                  ? "no event matches"
                  : "no event matches: all types are in docs/format/events.md");
    } else if (!page.path("events").isEmpty()) {
      table(page).print(options.out());
    }
    if (more) {
      furtherBack(page);
    }
  }

  private void furtherBack(JsonNode page) {
    options.err().println("further back: " + command(page));
  }

  private static Table table(JsonNode page) {
    var table = new Table("INDEX", "TIME", "TYPE", "ACTOR", "SUBJECT", "DETAILS");
    for (JsonNode event : page.path("events")) {
      table.add(
          Fields.scalar(event.path("index")),
          Fields.scalar(event.path("time")),
          Fields.scalar(event.path("type")),
          Fields.scalar(event.path("actor")),
          Fields.scalar(event.path("subject")),
          Fields.scalar(event.path("details")));
    }
    return table;
  }

  private String command(JsonNode page) {
    var given = new TreeMap<String, String>();
    given.put("--type", type);
    given.put("--subject", subject);
    given.put("--actor", actor);
    given.put("--since", moment(page, "since", since));
    given.put("--until", moment(page, "until", until));
    given.put("--before", Fields.scalar(page.path("next")));
    given.put("--limit", Integer.toString(limit));
    var words = new ArrayList<>(List.of("ledger", "search"));
    for (Map.Entry<String, String> option : given.entrySet()) {
      if (!option.getValue().isEmpty()) {
        words.add(option.getKey());
        words.add(option.getValue());
      }
    }
    return options.command(words.toArray(String[]::new));
  }
}
