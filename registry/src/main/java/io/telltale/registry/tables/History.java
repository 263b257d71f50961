package io.telltale.registry.tables;

import io.telltale.db.Sql;
import io.telltale.registry.Act;
import io.telltale.registry.FieldChange;
import io.telltale.registry.HistoryEntry;
import io.telltale.roster.Json;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.Principal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** Every step of every principal, with who, why and when (RG-2). */
public final class History {
  private History() {}

  /** {@code from} is a state's text, or empty for a registration. */
  static void add(Change change, int number, String from, LifecycleState to, Act act)
      throws SQLException {
    Sql.update(
        change.connection(),
        "INSERT INTO history (principal, from_state, to_state, actor, reason, time)"
            + " VALUES (?, nullif(?, ''), ?, ?, ?, ?)",
        number,
        from,
        to.text(),
        act.actor(),
        act.reason(),
        change.now());
  }

  /** A change of what is known of it; its state stays. */
  static void add(Change change, Principal device, List<FieldChange> changes, Act act)
      throws SQLException {
    Sql.update(
        change.connection(),
        "INSERT INTO history (principal, from_state, to_state, actor, reason, time, changes)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?)",
        device.number(),
        device.state().text(),
        device.state().text(),
        act.actor(),
        act.reason(),
        change.now(),
        text(changes));
  }

  /** {@code [[field, before, after], …]}. */
  private static String text(List<FieldChange> changes) {
    ArrayNode array = Json.MAPPER.createArrayNode();
    for (FieldChange one : changes) {
      array.addArray().add(one.field()).add(one.before()).add(one.after());
    }
    return array.toString();
  }

  private static List<FieldChange> changes(String text) {
    if (text.isEmpty()) {
      return List.of();
    }
    var changes = new ArrayList<FieldChange>();
    for (JsonNode one : Json.MAPPER.readTree(text)) {
      changes.add(
          new FieldChange(one.path(0).asString(), one.path(1).asString(), one.path(2).asString()));
    }
    return changes;
  }

  public static Set<String> formerTypes(Connection connection, int number) throws SQLException {
    return Sql.list(
            connection,
            "SELECT changes FROM history WHERE principal = ? AND changes <> ''",
            row -> changes(row.getString(1)),
            number)
        .stream()
        .flatMap(List::stream)
        .filter(one -> one.field().equals("type"))
        .map(FieldChange::before)
        .collect(Collectors.toSet());
  }

  public static List<HistoryEntry> of(Connection connection, int number, int limit)
      throws SQLException {
    return Sql.list(
        connection,
        "SELECT from_state, to_state, actor, reason, time, changes FROM (SELECT * FROM history"
            + " WHERE principal = ? ORDER BY id DESC LIMIT ?) AS newest ORDER BY id",
        row ->
            new HistoryEntry(
                LifecycleState.ofText(Sql.optionalText(row, 1)),
                LifecycleState.ofText(row.getString(2)).orElseThrow(),
                new Act(row.getString(3), row.getString(4)),
                Instant.ofEpochMilli(row.getLong(5)),
                changes(row.getString(6))),
        number,
        limit);
  }
}
