package io.telltale.server.api;

import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.lake.QueryResult;
import io.telltale.lake.RecordStory;
import io.telltale.lake.TraceReport;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers of the lake as JSON. */
final class QueryJson {
  private QueryJson() {}

  static ObjectNode of(QueryResult result) {
    ObjectNode node = Answers.object().put("queryId", result.queryId());
    ArrayNode columns = node.putArray("columns");
    result
        .columns()
        .forEach(
            column -> columns.addObject().put("name", column.name()).put("type", column.type()));
    // The file has them.
    if (result.parquet().isEmpty()) {
      rows(node.putArray("rows"), result);
    }
    result.parquet().ifPresent(file -> node.put("parquet", Base64Text.of(file)));
    node.put("rowCount", result.rows().size());
    node.put("resultHash", result.resultHash().hex());
    node.put("truncated", result.truncated());
    node.put("filesRead", result.filesRead());
    texts(node.putArray("tables"), result.tables());
    return node;
  }

  private static void rows(ArrayNode rows, QueryResult result) {
    for (List<@Nullable Object> row : result.rows()) {
      ArrayNode cells = rows.addArray();
      for (@Nullable Object cell : row) {
        add(cells, cell);
      }
    }
  }

  private static void add(ArrayNode cells, @Nullable Object cell) {
    switch (cell) {
      case null -> cells.addNull();
      case Boolean truth -> cells.add(truth);
      case Long number -> cells.add(number);
      case Integer number -> cells.add(number);
      case BigDecimal number -> cells.add(number);
      // JSON has no NaN and no infinity: those go as texts.
      case Double number when Double.isFinite(number) -> cells.add(number);
      case Bytes bytes -> cells.add(bytes.hex());
      default -> cells.add(cell.toString());
    }
  }

  static ObjectNode of(TraceReport report) {
    ObjectNode node =
        Answers.object()
            .put("table", report.table())
            .put("aggregates", report.aggregates())
            .put("rows", report.rows())
            .put("records", report.records())
            .put("agrees", report.agrees())
            .put("from", report.from().map(Instant::toString).orElse(null))
            .put("to", report.to().map(Instant::toString).orElse(null));
    node.set("answer", of(report.answer()));
    ArrayNode ranges = node.putArray("ranges");
    report
        .ranges()
        .forEach(
            range ->
                ranges
                    .addObject()
                    .put("partition", range.partition())
                    .put("from", range.from())
                    .put("to", range.to()));
    ArrayNode sources = node.putArray("sources");
    report.sources().forEach(source -> sources.add(of(source)));
    return node;
  }

  private static ObjectNode of(TraceReport.Source source) {
    return Answers.object()
        .put("device", source.device())
        .put("deviceNumber", source.deviceNumber())
        .put("credential", source.credential())
        .put("issuer", source.issuer())
        .put("gatewayChain", source.gatewayChain())
        .put("firmwareClaimed", source.firmwareClaimed())
        .put("attestation", source.attestation())
        .put("assurance", source.assurance())
        .put("schema", source.schema())
        .put("door", source.door())
        .put("steps", source.steps())
        .put("suspect", source.suspect())
        .put("rows", source.rows())
        .put("from", source.from().toString())
        .put("to", source.to().toString());
  }

  static ObjectNode of(RecordStory story) {
    ObjectNode node =
        Answers.object().put("partition", story.partition()).put("offset", story.offset());
    ObjectNode facts = node.putObject("facts");
    story.facts().forEach(facts::put);
    ArrayNode readings = node.putArray("readings");
    for (RecordStory.StoredReading reading : story.readings()) {
      ObjectNode one = readings.addObject().put("metric", reading.metric());
      if (reading.value().isPresent()) {
        one.put("value", reading.value().getAsDouble());
      } else {
        one.putNull("value");
      }
      one.put("unit", reading.unit())
          .put("unitSent", reading.unitSent())
          .put("eventTime", reading.eventTime().toString());
    }
    ArrayNode fed = node.putArray("fed");
    story
        .fed()
        .forEach(
            minute ->
                fed.addObject()
                    .put("metric", minute.metric())
                    .put("site", minute.site())
                    .put("minute", minute.minute().toString())
                    .put("revision", minute.revision())
                    .put("final", minute.isFinal())
                    .put("count", minute.count()));
    return node;
  }

  private static void texts(ArrayNode array, List<String> texts) {
    texts.forEach(array::add);
  }
}
