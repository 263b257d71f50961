package io.telltale.server.api;

import io.telltale.kernel.DeviceId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** What the server knows of itself. */
public interface ServerFacts {
  /** For {@code GET /v1/status}: texts, numbers, booleans, and maps of those; asks no store. */
  Map<String, Object> status();

  /** The status' part of the ledger, whose index is asked. */
  Map<String, Object> ledger();

  /** The trust bundle, JSON. */
  String trustBundle();

  /** The Prometheus text format. */
  String metrics();

  /** What a device must know of us before it gives us its token. */
  EnrollmentPlace enrollment();

  /**
   * Waits, a bounded time, until the doors have cut the sessions of a principal that changed at
   * {@code position}; who did not answer in time is not in the list.
   */
  List<Cut> cuts(int number, long position);

  /** What a device was refused last since the start, newest first. */
  List<Refusal> refusals(DeviceId device);

  /**
   * Refusals of one kind in a row; {@code time} is that of the last.
   *
   * @param about a message type, or what else was refused
   * @param text why in a sentence, behind the policy's field if it is about one; may be empty
   */
  record Refusal(
      Instant time, String protocol, String about, String why, String text, long count) {}

  /**
   * Where a device enrolls and publishes, and by what it knows the server.
   *
   * @param pin base64 of the SHA-256 of a public key (SPKI) of the server's chain
   * @param mqtt host and port
   */
  record EnrollmentPlace(
      String serverId, String pin, String enrollUrl, String mqtt, String caPem) {}

  /** One node's confirmation that it holds no session of the principal any more. */
  record Cut(String node, int sessions, Duration took) {}
}
