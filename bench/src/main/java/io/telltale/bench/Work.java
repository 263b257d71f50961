package io.telltale.bench;

import java.util.List;

/** What a thread of our server works for, told by its name as the kernel has it. */
enum Work {
  /** Event loops: TLS, MQTT, admission, sealing. */
  LOOPS("door-", "accept-"),
  LOG("log-writer"),
  PIPELINE("pipeline", "db-writer-pipel"),
  LEDGER("ledger-", "db-writer-ledge"),
  JIT("C1 ", "C2 "),
  GC("VM Thread", "GC Thread"),
  OTHER("");

  @SuppressWarnings("ImmutableEnumChecker") // List.of is
  private final List<String> prefixes;

  Work(String... prefixes) {
    this.prefixes = List.of(prefixes);
  }

  static Work of(String threadName) {
    for (Work group : values()) {
      for (String prefix : group.prefixes) {
        if (threadName.startsWith(prefix)) {
          return group;
        }
      }
    }
    return OTHER;
  }
}
