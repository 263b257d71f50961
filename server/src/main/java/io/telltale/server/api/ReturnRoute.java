package io.telltale.server.api;

import io.telltale.http.HttpExchange.Response;
import io.telltale.kernel.DeviceId;
import io.telltale.registry.Act;
import io.telltale.registry.Returns;
import io.telltale.roster.LifecycleState;
import java.time.Duration;
import java.time.Instant;

/** Lets a device renew that was away until its certificate had ended. */
final class ReturnRoute {
  private static final long TTL_SECONDS = Duration.ofDays(7).toSeconds();
  private static final long TTL_SECONDS_MAX = Duration.ofDays(90).toSeconds();

  private final Returns returns;

  ReturnRoute(Returns returns) {
    this.returns = returns;
  }

  Response allow(Call call) {
    return call.withBody(
        (caller, body) -> {
          String reason = body.text("reason", 256);
          if (!reason.isEmpty() && !Act.validReason(reason)) {
            body.mistake("reason must be 1 to 256 printable characters");
          }
          long seconds = body.optionalWhole("ttlSeconds", TTL_SECONDS, 60, TTL_SECONDS_MAX);
          return body.problem()
              .orElseGet(
                  () ->
                      call.device()
                          .map(id -> allowed(id, Duration.ofSeconds(seconds), caller.act(reason)))
                          .orElse(Answers.notFound("device")));
        });
  }

  private Response allowed(DeviceId device, Duration ttl, Act act) {
    return switch (returns.allow(device, ttl, act)) {
      case Returns.Outcome.Allowed(Instant until) ->
          Answers.json(
              200, Answers.object().put("id", device.name()).put("until", until.toString()));
      case Returns.Outcome.Unknown() -> Answers.notFound("device");
      case Returns.Outcome.WrongState(LifecycleState state) ->
          Answers.error(
              409,
              "wrong-state",
              "a device that is %s does not return by its old certificate; if it is to come back,"
                      .formatted(state.text())
                  + " it enrolls again with a new token");
      case Returns.Outcome.NoCertificate() ->
          Answers.error(
              409,
              "no-certificate",
              "it has no certificate that could return: give it a new token");
      case Returns.Outcome.TooLate(Instant ended, int days) ->
          Answers.error(
              409,
              "too-late",
              ("its certificate ended at %s, and the policy lets it return for %d days: give it a"
                      + " new token, or raise renewAfterExpiryDays")
                  .formatted(ended, days));
      case Returns.Outcome.NotByPolicy(String type) ->
          Answers.error(
              409,
              "not-by-policy",
              ("the policy does not let a %s renew after its certificate has ended: put"
                      + " renewAfterExpiryDays into its deviceTypes, or give the device a new"
                      + " token")
                  .formatted(type));
    };
  }
}
