package io.telltale.pipeline.letters;

import io.telltale.kernel.Event;
import io.telltale.kernel.TenantId;
import io.telltale.pipeline.PipelineParts;
import io.telltale.pipeline.PipelineSettings;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Keeps dead letters within their bounds: who has most gives its oldest, so that nobody's flood
 * takes what is another's. What can be replayed and what never can are two shares of a tenant.
 */
public final class LettersTrim {
  // By which shares are counted, and the oldest of one found, without reading a letter.
  public static final String INDEX =
      "CREATE INDEX pipeline_letters_held"
          + " ON pipeline_letters (tenant, (file <> ''), number, length(sealed))";

  private final PipelineParts parts;
  private List<Share> dropped = List.of();

  /** What a tenant has, or loses, of one kind. */
  private record Share(TenantId tenant, boolean replayable, long letters, long bytes) {}

  public LettersTrim(PipelineParts parts) {
    this.parts = parts;
  }

  /** Drops what is too much; the events that tell of it. */
  public List<Event> trim(Connection transaction) throws SQLException {
    List<Share> all = shares(transaction);
    PipelineSettings.LettersMax max = parts.settings().lettersMax();
    long letters = level(all, Share::letters, max.letters());
    long bytes = level(all, Share::bytes, max.bytes());
    var lost = new ArrayList<Share>();
    for (Share share : all) {
      if (share.letters() > letters || share.bytes() > bytes) {
        lost.add(drop(transaction, share, new PipelineSettings.LettersMax(letters, bytes)));
      }
    }
    dropped = lost;
    return lost.stream().map(this::event).toList();
  }

  private static List<Share> shares(Connection transaction) throws SQLException {
    var all = new ArrayList<Share>();
    try (PreparedStatement select =
            transaction.prepareStatement(
                "SELECT tenant, file <> '', count(*), sum(length(sealed)) FROM pipeline_letters"
                    + " GROUP BY tenant, file <> ''");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        var tenant = new TenantId(row.getString(1));
        all.add(new Share(tenant, row.getBoolean(2), row.getLong(3), row.getLong(4)));
      }
    }
    return all;
  }

  /** What each may have at most so that all have no more than {@code max}. */
  private static long level(List<Share> all, ToLongFunction<Share> of, long max) {
    long low = 0;
    long high = max;
    while (low < high) {
      long middle = high - (high - low) / 2;
      long sum = all.stream().mapToLong(share -> Math.min(of.applyAsLong(share), middle)).sum();
      if (sum <= max) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private static Share drop(Connection transaction, Share share, PipelineSettings.LettersMax left)
      throws SQLException {
    long letters = 0;
    long bytes = 0;
    long last = 0;
    try (PreparedStatement oldest =
            transaction.prepareStatement(
                "SELECT number, length(sealed) FROM pipeline_letters"
                    + " WHERE tenant = ? AND (file <> '') = ? ORDER BY number");
        PreparedStatement delete =
            transaction.prepareStatement(
                "DELETE FROM pipeline_letters"
                    + " WHERE tenant = ? AND (file <> '') = ? AND number <= ?")) {
      oldest.setString(1, share.tenant().name());
      oldest.setBoolean(2, share.replayable());
      try (ResultSet row = oldest.executeQuery()) {
        while ((share.letters() - letters > left.letters() || share.bytes() - bytes > left.bytes())
            && row.next()) {
          letters++;
          last = row.getLong(1);
          bytes += row.getLong(2);
        }
      }
      delete.setString(1, share.tenant().name());
      delete.setBoolean(2, share.replayable());
      delete.setLong(3, last);
      delete.executeUpdate();
    }
    return new Share(share.tenant(), share.replayable(), letters, bytes);
  }

  private Event event(Share lost) {
    return Event.of(
        "record.letters-dropped",
        parts.clock().instant(),
        lost.tenant(),
        parts.self().uri(),
        "pipeline",
        Map.of(
            "letters", Long.toString(lost.letters()),
            "bytes", Long.toString(lost.bytes()),
            "replayable", Boolean.toString(lost.replayable())));
  }

  /** What was dropped is gone. */
  public void committed() {
    for (Share lost : dropped) {
      String cause = lost.replayable() ? "replayable" : "never-opened";
      parts.counters().add("pipeline.letters.dropped", cause, lost.letters());
    }
  }
}
