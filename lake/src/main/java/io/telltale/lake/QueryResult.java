package io.telltale.lake;

import io.telltale.engine.ResultColumn;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Columns and typed rows of an answer.
 *
 * @param queryId names the question in the ledger
 * @param rows values are null, Boolean, Long, Double, BigDecimal, String, Instant, LocalDate or
 *     kernel Bytes; anything else DuckDB has comes as its text
 * @param resultHash of the canonical encoding in {@code docs/format/query.md}
 * @param truncated a row or byte limit cut the rows
 * @param tables the tables that were read
 * @param filesRead how many data files survived pruning and were opened
 * @param parquet the same rows as a Parquet file, where that was asked for
 */
public record QueryResult(
    String queryId,
    List<ResultColumn> columns,
    List<List<@Nullable Object>> rows,
    Hash resultHash,
    boolean truncated,
    List<String> tables,
    int filesRead,
    Optional<Bytes> parquet) {
  public QueryResult {
    columns = List.copyOf(columns);
    rows = Collections.unmodifiableList(new ArrayList<>(rows));
    tables = List.copyOf(tables);
  }
}
