package io.telltale.registry.tables;

import io.telltale.kernel.SourceBlock;
import io.telltale.kernel.SpiffeId;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/**
 * Events of refusals. Anybody can cause those, so they may not fill the ledger: so many a minute in
 * all and from each source, and half of them are for sources that had none in this minute. What is
 * left out is counted in the next. Used on the database's writer thread only.
 */
public final class RefusalEvents {
  private static final int PER_MINUTE = 240;
  private static final int PER_SOURCE = 20;
  private static final int FIRST_ONES = PER_MINUTE / 2;

  private final Map<SourceBlock, Integer> bySource = new HashMap<>();
  private long minute;
  private int thisMinute;
  private long leftOut;

  /** What was refused to whom; the actor only claims to be who it says. */
  public record Refused(
      String type,
      SpiffeId actor,
      String subject,
      Map<String, String> details,
      SourceBlock source) {}

  public void record(Change change, Refused refused) throws SQLException {
    if (!mayBeTold(change.now().getEpochSecond() / 60, refused.source())) {
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

  // Only what is told is counted, so there are never more sources than events in a minute.
  private boolean mayBeTold(long current, SourceBlock source) {
    if (current != minute) {
      minute = current;
      thisMinute = 0;
      bySource.clear();
    }
    int before = bySource.getOrDefault(source, 0);
    int room = before == 0 ? PER_MINUTE : PER_MINUTE - FIRST_ONES;
    if (before >= PER_SOURCE || thisMinute >= room) {
      return false;
    }
    thisMinute++;
    bySource.put(source, before + 1);
    return true;
  }
}
