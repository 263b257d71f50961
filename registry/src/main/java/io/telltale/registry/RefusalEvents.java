package io.telltale.registry;

import io.telltale.kernel.SpiffeId;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/**
 * Events of refusals. Anybody can cause those, so they may not fill the ledger: so many a minute,
 * and what is left out is counted in the next. Used on the database's writer thread only.
 */
final class RefusalEvents {
  private static final int PER_MINUTE = 120;

  private long minute;
  private int thisMinute;
  private long leftOut;

  /** What was refused to whom; the actor only claims to be who it says. */
  record Refused(String type, SpiffeId actor, String subject, Map<String, String> details) {}

  void record(Change change, Refused refused) throws SQLException {
    long current = change.now().getEpochSecond() / 60;
    if (current != minute) {
      minute = current;
      thisMinute = 0;
    }
    if (++thisMinute > PER_MINUTE) {
      leftOut++;
      return;
    }
    var details = new HashMap<>(refused.details());
    if (leftOut > 0) {
      details.put("notRecordedBefore", Long.toString(leftOut));
      leftOut = 0;
    }
    SpiffeId actor = refused.actor();
    change.event(refused.type(), actor.tenant(), actor.uri(), refused.subject(), details);
  }
}
