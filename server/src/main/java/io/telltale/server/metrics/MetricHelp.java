package io.telltale.server.metrics;

import java.util.Map;

/** What each figure on the metrics page means, for whoever reads it there. */
final class MetricHelp {
  private static final Map<String, String> TEXTS =
      Map.ofEntries(
          Map.entry("accept", "Connections closed before their handshake, by cause."),
          Map.entry("admission", "Submissions by outcome: admitted, duplicate, or why refused."),
          Map.entry("admission.marked", "Records admitted with a mark, by mark."),
          Map.entry("api.calls", "Calls of the API that were let in: done or refused."),
          Map.entry("api.refused", "Calls of the API that were refused, by cause."),
          Map.entry("ca.revoking", "1 while what a revoked CA issued is revoked, else 0."),
          Map.entry("renewals.overdue", "Active devices that should have renewed by now."),
          Map.entry("rekeys.open", "Orders to renew with a new key that nobody has stopped."),
          Map.entry("ca.superseded.seconds", "Since when the oldest CA waits to be retired."),
          Map.entry("ca.token.available", "1 while CAs can sign with keys in the token, else 0."),
          Map.entry("ca.trusted", "Issuing CAs whose certificates doors take."),
          Map.entry("connections.shed", "Connections closed for the sake of the others, by cause."),
          Map.entry("devices.connected", "Open connections of devices, after their handshake."),
          Map.entry("ending.seconds", "Seconds until a certificate or list of ours ends, by kind."),
          Map.entry("enrollment", "Requests for certificates by outcome."),
          Map.entry("halted", "What stands still or was left behind, by kind; 0 is well."),
          Map.entry("handshakes", "TLS handshakes by outcome: accepted, or why refused."),
          Map.entry("http.api", "Answers of the API by kind of status, and failures by cause."),
          Map.entry("http.est", "Answers to enrolment by kind of status, and failures by cause."),
          Map.entry("incidents", "Signs of misbehaviour by type."),
          Map.entry("incidents.dropped", "Signs of misbehaviour that found no room, by type."),
          Map.entry("log.available", "1 while the log takes records, else 0: devices wait."),
          Map.entry("loops", "Event loops that were found stuck, counted once each time."),
          Map.entry("loops.stuck.now", "Event loops that are stuck now."),
          Map.entry("mqtt.refused", "MQTT packets that closed or were refused, by cause."),
          Map.entry("mqtt.throttled", "Times that a session had to wait for its budget."),
          Map.entry("mqtt.wills", "Wills of sessions that just ended: admitted, or why not."),
          Map.entry("ocsp", "Certificates that others asked about, by what was answered."),
          Map.entry("pipeline.failed", "Commits of the pipeline that failed, by cause."),
          Map.entry("pipeline.halted", "Partitions that stopped for a person to look, by cause."),
          Map.entry("pipeline.lag", "Durable records that are not yet in the lake."),
          Map.entry(
              "pipeline.letters.dropped",
              "Dead letters that went since there were too many, by whether they could be"
                  + " replayed."),
          Map.entry("pipeline.maintenance", "Steps of housekeeping that failed."),
          Map.entry("pipeline.missing", "Acknowledged records that the log has lost, all in all."),
          Map.entry("pipeline.records", "Records that the pipeline has taken, by outcome."),
          Map.entry("pipeline.rejected", "Records that the pipeline has refused, by cause."),
          Map.entry("pipeline.replayed", "Dead letters that were taken again, by outcome."),
          Map.entry("pipeline.set.aside.bytes", "Bytes of records that wait for closed scopes."),
          Map.entry("pipeline.set.aside.records", "Records that wait for closed scopes."),
          Map.entry("pipeline.set.aside.scopes", "Closed scopes of which records wait."),
          Map.entry("pipeline.stopped", "Workers of the pipeline that ended, by cause."),
          Map.entry("pipeline.waits", "Times that the pipeline had to wait, by cause."),
          Map.entry("refusals.unlogged", "Refusals that were counted and not logged, by cause."),
          Map.entry("renewal.info", "Times that when to renew was asked, by what was answered."),
          Map.entry("scrub.bytes", "Bytes of the data folder that were read again, by store."),
          Map.entry("scrub.found", "What was found damaged since the start, by store."),
          Map.entry(
              "scrub.rounds", "Times that the data folder was read again, all of it or in part."),
          Map.entry("scrub.whole.seconds", "Seconds since all of the folder was read again."),
          Map.entry("sessions.closed", "Sessions that ended, by cause."),
          Map.entry("sessions.opened", "Sessions that began, by protocol."),
          Map.entry("staple.age.seconds", "Age of the OCSP response that doors staple."));

  private MetricHelp() {}

  /** A sentence; {@code name} must have one, as {@code MetricHelpTest} sees to. */
  static String of(String name) {
    return TEXTS.getOrDefault(name, "");
  }
}
