package io.telltale.device;

import java.time.Instant;

/** What the log says of a renewal: nobody waits for it, and its failing ends everything. */
final class RenewalNotes {
  private static final System.Logger LOG = System.getLogger(Agent.class.getName());

  private RenewalNotes() {}

  /** {@code until} is how long the certificate lasts that is in use now. */
  static void write(Enroller.Enrolled outcome, Instant until) {
    switch (outcome) {
      case Enroller.Enrolled.Issued _ ->
          LOG.log(System.Logger.Level.INFO, "agent.renewed until={0}", until);
      case Enroller.Enrolled.Refused(int status, String reason) ->
          LOG.log(
              System.Logger.Level.WARNING,
              "agent.renewal_failed until={0} status={1} reason={2}",
              until,
              status,
              reason);
      case Enroller.Enrolled.Failed(String why) ->
          LOG.log(
              System.Logger.Level.WARNING, "agent.renewal_failed until={0} why={1}", until, why);
    }
  }
}
