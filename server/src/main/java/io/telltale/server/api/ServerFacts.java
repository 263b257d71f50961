package io.telltale.server.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What the server knows of itself. */
public interface ServerFacts {
  /** For {@code GET /v1/status}: texts, numbers, booleans, and maps of those. */
  Map<String, Object> status();

  /** The trust bundle, JSON. */
  String trustBundle();

  /** The Prometheus text format. */
  String metrics();

  /** What a device pins when it enrolls: SHA-256 of the server key's SPKI, base64. */
  String serverPin();

  /**
   * Waits, a bounded time, until the doors have cut the sessions of a principal that changed at
   * {@code position}; who did not answer in time is not in the list.
   */
  List<Cut> cuts(int number, long position);

  /** One node's confirmation that it holds no session of the principal any more. */
  record Cut(String node, int sessions, Duration took) {}
}
