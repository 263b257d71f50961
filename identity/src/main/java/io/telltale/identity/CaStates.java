package io.telltale.identity;

import io.telltale.identity.RootCa.Stage;
import io.telltale.json.JsonProfile;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which CAs there are, oldest first, and what was done to them that no event tells yet: {@code
 * ca/states.json}. A folder without it has one root and one issuing CA, both active.
 *
 * @param acts how many acts there were ever
 */
record CaStates(List<Entry> roots, List<Entry> issuing, long acts, List<CaAct> untold) {
  static final String FILE = "states.json";
  static final String ROOT = "root";
  static final String ISSUING = "issuing";

  private static final String ACTS = "acts";
  private static final String HASH = "hash";
  private static final Set<String> TOP =
      Set.of("version", ACTS, "roots", "issuing", "untold", HASH);
  private static final Set<String> MEMBERS = Set.of("id", "above", "scope", "state", "since");
  private static final int VERSION = 1;
  private static final int BYTES_MAX = 1024 * 1024;
  private static final JsonProfile PROFILE = new JsonProfile(JsonProfile.Bounds.of(BYTES_MAX, 8));
  private static final Pattern ID = Pattern.compile("(root|issuing)(-[1-9][0-9]{0,8})?");

  CaStates {
    roots = List.copyOf(roots);
    issuing = List.copyOf(issuing);
    untold = List.copyOf(untold);
  }

  /**
   * One CA.
   *
   * @param above of an issuing CA its root; of a root the one before it, which has certified its
   *     key, and empty for the first
   * @param scope of an issuing CA
   */
  record Entry(String id, String above, CaScope scope, Stage stage) {}

  /** Of a folder where nothing was prepared ever. */
  static CaStates first(Instant since) {
    var active = new Stage(CaState.ACTIVE, since);
    return new CaStates(
        List.of(new Entry(ROOT, "", CaScope.ALL, active)),
        List.of(new Entry(ISSUING, ROOT, CaScope.ALL, active)),
        0,
        List.of());
  }

  static boolean isId(String id) {
    return ID.matcher(id).matches();
  }

  /** Empty for what was not written by {@link #write}. */
  static Optional<CaStates> read(Bytes json) {
    return PROFILE.read(json).filter(CaStates::isAsWritten).flatMap(CaStates::parse);
  }

  // Of before there were hashes it has none, and none of the members that came with them.
  private static boolean isAsWritten(JsonNode json) {
    if (!(json instanceof ObjectNode whole) || !TOP.containsAll(whole.propertyNames())) {
      return false;
    }
    ObjectNode rest = whole.deepCopy();
    JsonNode hash = rest.remove(HASH);
    return hash == null ? !rest.has(ACTS) : hash.asString("").equals(hash(rest));
  }

  private static String hash(ObjectNode rest) {
    return Hash.sha256(Bytes.utf8(rest.toString())).hex();
  }

  private static Optional<CaStates> parse(JsonNode json) {
    try {
      if (json.path("version").asInt(0) != VERSION) {
        return Optional.empty();
      }
      var acts = new ArrayList<CaAct>();
      for (JsonNode one : json.path("untold")) {
        acts.add(
            new CaAct(
                one.path("number").asLong(0),
                state(one),
                text(one, "id"),
                text(one, "fingerprint"),
                text(one, "actor"),
                text(one, "reason"),
                Instant.parse(text(one, "time"))));
      }
      return Optional.of(
              new CaStates(
                  entries(json.path("roots")),
                  entries(json.path("issuing")),
                  json.path(ACTS).asLong(0),
                  acts))
          .filter(CaStates::isSound);
    } catch (IllegalArgumentException | DateTimeException e) {
      return Optional.empty();
    }
  }

  private static List<Entry> entries(JsonNode array) {
    var found = new ArrayList<Entry>();
    for (JsonNode one : array) {
      // What is missing may be what another name was before somebody changed it.
      if (!one.isObject() || !MEMBERS.containsAll(one.propertyNames())) {
        throw new IllegalArgumentException("no entry of a CA");
      }
      var stage = new Stage(state(one), Instant.parse(text(one, "since")));
      var scope = new CaScope(text(one, "scope"));
      found.add(new Entry(text(one, "id"), text(one, "above"), scope, stage));
    }
    return found;
  }

  private static String text(JsonNode node, String name) {
    return node.path(name).asString("");
  }

  private static CaState state(JsonNode node) {
    return Arrays.stream(CaState.values())
        .filter(state -> state.text().equals(text(node, "state")))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no state of a CA"));
  }

  // One of each signs; each stands below one that there is, and no id is there twice.
  private boolean isSound() {
    var rootIds = new HashSet<String>();
    for (Entry root : roots) {
      boolean isFirst = rootIds.isEmpty();
      if (!root.id().startsWith(ROOT)
          || !isId(root.id())
          || isFirst != root.above().isEmpty()
          || (!isFirst && !rootIds.contains(root.above()))
          || !rootIds.add(root.id())) {
        return false;
      }
    }
    return hasOneActive(roots)
        && hasOneActive(issuing.stream().filter(one -> one.scope().isAll()).toList())
        && hasOneActiveOfAScope()
        && ids(issuing).size() == issuing.size()
        && issuing.stream()
            .allMatch(
                one ->
                    isId(one.id()) && one.id().startsWith(ISSUING) && rootIds.contains(one.above()))
        && issuing.stream()
            .filter(one -> one.stage().state() == CaState.ACTIVE && one.scope().isAll())
            .allMatch(one -> isActiveRoot(one.above()));
  }

  private boolean hasOneActiveOfAScope() {
    List<CaScope> active =
        issuing.stream()
            .filter(one -> one.stage().state() == CaState.ACTIVE)
            .map(Entry::scope)
            .toList();
    return active.stream().distinct().count() == active.size();
  }

  private boolean isActiveRoot(String id) {
    return roots.stream()
        .anyMatch(root -> root.id().equals(id) && root.stage().state() == CaState.ACTIVE);
  }

  private static boolean hasOneActive(List<Entry> entries) {
    return entries.stream().filter(one -> one.stage().state() == CaState.ACTIVE).count() == 1;
  }

  private static Set<String> ids(List<Entry> entries) {
    var ids = new HashSet<String>();
    entries.forEach(one -> ids.add(one.id()));
    return ids;
  }

  Bytes write() {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("version", VERSION).put(ACTS, acts);
    put(json, "roots", roots);
    put(json, "issuing", issuing);
    var array = json.putArray("untold");
    untold.forEach(
        act ->
            array
                .addObject()
                .put("number", act.number())
                .put("state", act.state().text())
                .put("id", act.id())
                .put("fingerprint", act.fingerprint())
                .put("actor", act.actor())
                .put("reason", act.reason())
                .put("time", act.time().toString()));
    return Bytes.utf8(json.put(HASH, hash(json)).toPrettyString() + "\n");
  }

  private static void put(ObjectNode json, String name, List<Entry> entries) {
    var array = json.putArray(name);
    entries.forEach(
        one ->
            array
                .addObject()
                .put("id", one.id())
                .put("above", one.above())
                .put("scope", one.scope().text())
                .put("state", one.stage().state().text())
                .put("since", one.stage().since().toString()));
  }
}
