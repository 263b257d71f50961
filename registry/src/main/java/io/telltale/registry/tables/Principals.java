package io.telltale.registry.tables;

import io.telltale.db.Sql;
import io.telltale.kernel.FirmwareVersion;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.registry.Act;
import io.telltale.registry.DeviceQuery;
import io.telltale.registry.Registration;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.AssetText;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.Principal;
import io.telltale.roster.Role;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The table of everyone who has a name. */
public final class Principals {
  /** In the order in which {@link #reader} takes them: by place, since by name is slow. */
  static final String COLUMNS =
      "number, tenant, kind, name, state, asset, roles, firmware, created, last_seen, provisioned,"
          + " position, revision";

  public static final AssetRecord NO_ASSET = new AssetRecord("", "", "", "", "", "", Map.of());

  static final String UNKNOWN = "unknown";

  private Principals() {}

  /** Whether a device may claim it: not that it is unknown, which is our word. */
  public static boolean isFirmware(String claimed) {
    return !claimed.equals(UNKNOWN) && FirmwareVersion.valid(claimed);
  }

  public static Optional<Principal> find(Connection connection, SpiffeId id) throws SQLException {
    return Sql.first(
        connection,
        "SELECT " + COLUMNS + " FROM principal WHERE tenant = ? AND kind = ? AND name = ?",
        reader(id.trustDomain()),
        id.tenant().name(),
        id.kind().segment(),
        id.name());
  }

  static Principal get(Change change, int number) throws SQLException {
    return get(change.connection(), change.trustDomain(), number);
  }

  static Principal get(Connection connection, String trustDomain, int number) throws SQLException {
    return Sql.first(
            connection,
            "SELECT " + COLUMNS + " FROM principal WHERE number = ?",
            reader(trustDomain),
            number)
        .orElseThrow();
  }

  public static Registration register(
      Change change, SpiffeId id, AssetRecord asset, Set<Role> roles, String actor)
      throws SQLException {
    Optional<Principal> known = find(change.connection(), id);
    if (known.isPresent()) {
      Principal there = known.get();
      return there.asset().equals(asset) && there.roles().equals(roles)
          ? new Registration.Unchanged(there.number())
          : new Registration.Conflict(
              there.number(), there.state(), Assets.between(there.asset(), asset));
    }
    boolean enrolls = id.kind() == SpiffeId.Kind.DEVICE || id.kind() == SpiffeId.Kind.GATEWAY;
    LifecycleState state = enrolls ? LifecycleState.REGISTERED : LifecycleState.ACTIVE;
    int number =
        (int)
            Sql.insert(
                change.connection(),
                "INSERT INTO principal (tenant, kind, name, state, asset, roles, created, position)"
                    + " VALUES (?, ?, ?, ?, ?, ?, ?, 0) RETURNING number",
                id.tenant().name(),
                id.kind().segment(),
                id.name(),
                state.text(),
                AssetText.of(asset),
                rolesText(roles),
                change.now());
    History.add(change, number, "", state, new Act(actor, "registered"));
    var details = new HashMap<>(enrolls ? AssetText.details(asset) : Map.<String, String>of());
    details.put("number", Integer.toString(number));
    if (!roles.isEmpty()) {
      details.put("roles", rolesText(roles));
    }
    Principal added = get(change, number);
    change.record(added, id.kind().segment() + ".registered", actor, details);
    return new Registration.Registered(number);
  }

  /** The number of an enrolment that begins now: 1 for the first, then one more each time. */
  static int nextEnrolment(Change change, Principal principal) throws SQLException {
    Sql.update(
        change.connection(),
        "UPDATE principal SET enrolment = enrolment + 1 WHERE number = ?",
        principal.number());
    return enrolment(change, principal.number());
  }

  /** The number of its newest enrolment, 0 before the first. */
  static int enrolment(Change change, int number) throws SQLException {
    return Sql.first(
            change.connection(),
            "SELECT enrolment FROM principal WHERE number = ?",
            row -> row.getInt(1),
            number)
        .orElseThrow();
  }

  public static List<Principal> list(Connection connection, String trustDomain, DeviceQuery query)
      throws SQLException {
    var sql =
        new StringBuilder(
            "SELECT "
                + COLUMNS
                + " FROM principal WHERE tenant = ? AND kind = 'device' AND name > ?");
    var parameters = new ArrayList<Object>(List.of(query.tenant().name(), query.after()));
    if (!query.states().isEmpty()) {
      sql.append(" AND state IN (")
          .append(String.join(",", query.states().stream().map(state -> "?").toList()))
          .append(')');
      query.states().forEach(state -> parameters.add(state.text()));
    }
    query
        .attributes()
        .forEach(
            (attribute, value) -> {
              sql.append(" AND json_extract(asset, ?) = ?");
              parameters.add(jsonPath(attribute));
              parameters.add(value);
            });
    sql.append(" ORDER BY name LIMIT ?");
    parameters.add(query.limit());
    return Sql.list(connection, sql.toString(), reader(trustDomain), parameters);
  }

  static String jsonPath(String attribute) {
    return attribute.startsWith("labels.")
        ? "$.labels.\"" + attribute.substring("labels.".length()) + '"'
        : "$." + attribute;
  }

  /** How many devices that are not retired there are of each of some types; 0 is left out. */
  public static Map<String, Long> countByType(
      Connection connection, TenantId tenant, List<String> types) throws SQLException {
    String type = "json_extract(asset, '$.type')";
    var parameters = new ArrayList<Object>(List.of(tenant.name(), LifecycleState.RETIRED.text()));
    parameters.addAll(types);
    return Sql.list(
            connection,
            "SELECT %s, count(*) FROM principal WHERE tenant = ? AND kind = 'device'"
                    .formatted(type)
                + " AND state <> ? AND %s IN (%s) GROUP BY 1"
                    .formatted(type, String.join(",", Collections.nCopies(types.size(), "?"))),
            row -> Map.entry(row.getString(1), row.getLong(2)),
            parameters)
        .stream()
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  public static Map<String, Long> countByState(Connection connection, TenantId tenant)
      throws SQLException {
    return Sql.list(
            connection,
            "SELECT state, count(*) FROM principal WHERE tenant = ? AND kind = 'device'"
                + " GROUP BY state",
            row -> Map.entry(row.getString(1), row.getLong(2)),
            tenant.name())
        .stream()
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  static Sql.Row<Principal> reader(String trustDomain) {
    return reader(trustDomain, AssetText::parse);
  }

  /** {@code assets} turns stored text into a record: a load of everyone shares equal ones. */
  static Sql.Row<Principal> reader(String trustDomain, Function<String, AssetRecord> assets) {
    return row ->
        new Principal(
            row.getInt(1),
            new SpiffeId(
                trustDomain,
                tenant(row.getString(2)),
                SpiffeId.Kind.valueOf(row.getString(3).toUpperCase(Locale.ROOT)),
                row.getString(4)),
            LifecycleState.ofText(row.getString(5)).orElseThrow(),
            assets.apply(row.getString(6)),
            row.getInt(13),
            roles(row.getString(7)),
            row.getString(8).equals(UNKNOWN) ? UNKNOWN : row.getString(8),
            Instant.ofEpochMilli(row.getLong(9)),
            Sql.optionalTime(row, 10),
            Sql.optionalText(row, 11),
            row.getLong(12));
  }

  static TenantId tenant(String name) {
    return name.equals(TenantId.DEFAULT.name()) ? TenantId.DEFAULT : new TenantId(name);
  }

  private static String rolesText(Set<Role> roles) {
    return roles.stream().sorted().map(Role::text).collect(Collectors.joining(","));
  }

  private static Set<Role> roles(String text) {
    if (text.isEmpty()) {
      return Set.of();
    }
    var roles = EnumSet.noneOf(Role.class);
    for (String role : text.split(",", -1)) {
      roles.add(Role.ofText(role).orElseThrow());
    }
    return roles;
  }
}
