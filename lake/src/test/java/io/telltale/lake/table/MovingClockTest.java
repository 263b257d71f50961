package io.telltale.lake.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.db.OutboxTable;
import io.telltale.kernel.Event;
import io.telltale.lake.QueryLimits;
import io.telltale.lake.QueryOutcome;
import io.telltale.lake.TablePointer;
import io.telltale.lake.TestLake;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Firm ground 23: tables move on whatever the clock says, and said. */
@Timeout(60)
class MovingClockTest {
  private static final long YEAR_2038_MILLIS = 2_147_483_648_000L;

  @TempDir Path folder;

  // Iceberg takes the time of a snapshot from the machine's clock, which cannot be turned here: so
  // the table is made to look as if it had been written when the clock was wrong.
  @Test
  void a_table_that_was_written_in_2038_takes_what_is_written_today() {
    try (var lake = new TestLake(folder)) {
      lake.write(TestLake.rows(0, 10, 2), java.util.List.of());
      lake.database.write(connection -> datedTo2038(lake, connection));
      lake.write(TestLake.rows(10, 10, 2), java.util.List.of());
      lake.write(TestLake.rows(20, 10, 2), java.util.List.of());
      QueryOutcome outcome =
          lake.lake
              .query()
              .run(TestLake.ANALYST, "SELECT count(*) FROM readings", "test", QueryLimits.DEFAULT);
      assertThat(((QueryOutcome.Answered) outcome).result().rows().getFirst()).containsExactly(30L);
    }
  }

  private static int datedTo2038(TestLake lake, Connection connection) throws SQLException {
    SealedOperations operations = lake.tables().inTransaction(Tables.READINGS, connection);
    TableMetadata base = java.util.Objects.requireNonNull(operations.current());
    ObjectNode json = (ObjectNode) Json.parse(TableMetadataParser.toJson(base));
    for (JsonNode snapshot : json.get("snapshots").values()) {
      ((ObjectNode) snapshot).put("timestamp-ms", YEAR_2038_MILLIS);
    }
    json.putArray("snapshot-log")
        .addObject()
        .put("snapshot-id", base.currentSnapshot().snapshotId())
        .put("timestamp-ms", YEAR_2038_MILLIS);
    json.put("last-updated-ms", YEAR_2038_MILLIS);
    operations.commit(base, TableMetadataParser.fromJson(json.toString()));
    TablePointer after = operations.moves().getLast().after();
    OutboxTable.add(
        connection,
        "outbox",
        Event.of(
            "table.moved",
            TestLake.NOON,
            TestLake.PIPELINE.tenant(),
            TestLake.PIPELINE.uri(),
            "table/readings",
            Map.of("new", after.hash().hex(), "version", Long.toString(after.version()))));
    return 1;
  }
}
