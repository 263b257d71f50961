package io.telltale.e2e.architecture;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The module arrows. Before you add one, ask what it lets in: arrows are transitive, and a module
 * exists to keep a dependency out.
 */
final class Modules {
  /** Module to the modules that its pom names. */
  static final Map<String, Set<String>> ARROWS = arrows();

  private Modules() {}

  private static Map<String, Set<String>> arrows() {
    Map<String, Set<String>> arrows = new LinkedHashMap<>();
    arrows.put("kernel", Set.of());
    arrows.put("crypto", Set.of("kernel"));
    arrows.put("json", Set.of("kernel"));
    arrows.put("http", Set.of("kernel"));
    arrows.put("record", Set.of("crypto"));
    arrows.put("db", Set.of("crypto"));
    arrows.put("db-sqlite", Set.of("db"));
    arrows.put("db-postgres", Set.of("db"));
    arrows.put("log", Set.of("kernel"));
    arrows.put("log-embedded", Set.of("log"));
    arrows.put("proof", Set.of("record", "json"));
    arrows.put("ledger", Set.of("proof", "db"));
    arrows.put("verifier", Set.of("proof"));
    arrows.put("leases", Set.of("record"));
    arrows.put("keys", Set.of("leases", "db"));
    arrows.put("message", Set.of("json"));
    arrows.put("roster", Set.of("kernel", "message"));
    arrows.put("registry", Set.of("roster", "db"));
    arrows.put("identity", Set.of("crypto", "registry", "http", "json"));
    arrows.put("admission", Set.of("leases", "roster", "log"));
    arrows.put("doors", Set.of("admission", "http"));
    arrows.put("engine", Set.of("kernel"));
    arrows.put("objects", Set.of("kernel"));
    arrows.put("objects-local", Set.of("objects"));
    arrows.put("lake", Set.of("engine", "objects", "leases", "db"));
    arrows.put("pipeline", Set.of("log", "lake", "roster", "proof"));
    arrows.put("device", Set.of("crypto", "json"));
    arrows.put("cli", Set.of("verifier"));
    arrows.put(
        "server",
        Set.of(
            "db-postgres",
            "db-sqlite",
            "log-embedded",
            "objects-local",
            "keys",
            "ledger",
            "doors",
            "identity",
            "pipeline",
            "device",
            "cli"));
    return arrows;
  }

  /** Below the root, the package that is the module's. */
  static String packageOf(String module) {
    return module.replace("-", "");
  }

  /** All that {@code module} may know, itself included. */
  static Set<String> reach(String module) {
    Set<String> reached = new TreeSet<>();
    Deque<String> waiting = new ArrayDeque<>(Set.of(module));
    while (!waiting.isEmpty()) {
      String next = waiting.pop();
      if (reached.add(next)) {
        waiting.addAll(ARROWS.getOrDefault(next, Set.of()));
      }
    }
    return reached;
  }
}
