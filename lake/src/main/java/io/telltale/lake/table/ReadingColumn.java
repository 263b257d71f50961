package io.telltale.lake.table;

import io.telltale.lake.RawRow;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/**
 * A column of the readings: the one place that names it, says what it is and where a row has it.
 * {@code docs/format/lake.md} has the same list.
 */
public record ReadingColumn(String name, Type type, boolean required, Source source) {
  private static final String NOT_KNOWN = "unknown: not known to the pipeline when it was stored";

  /** What the column holds, and of what: of each row, or of what many rows share. */
  public sealed interface Source {
    record SharedText(Function<ReadingContext, String> of) implements Source {}

    record SharedInteger(ToIntFunction<ReadingContext> of) implements Source {}

    record SharedLong(Function<ReadingContext, OptionalLong> of) implements Source {}

    /** Mostly a little more than in the row before. */
    record Growing(ToLongFunction<RawRow> of) implements Source {}

    record Sparse(Function<RawRow, OptionalLong> of) implements Source {}

    record Measured(Function<RawRow, OptionalDouble> of) implements Source {}

    record Flag(Predicate<RawRow> of) implements Source {}
  }

  /** All of them. Field ids are counted in this order, so a new one is the last. */
  public static final List<ReadingColumn> ALL =
      List.of(
          text("tenant", one -> one.origin().device().tenant().name()),
          text("scope", one -> one.origin().scope().path()),
          text("device", one -> one.origin().device().name()),
          integer("device_number", one -> one.origin().deviceNumber()),
          text("credential", one -> one.origin().credential().hex()),
          text("issuer", one -> one.origin().issuer().hex()),
          text("provisioning", one -> or(one.asset().provisioning(), NOT_KNOWN)),
          text("gateway_chain", one -> chain(one.origin().gatewayChain())),
          text("firmware_claimed", one -> one.origin().firmwareClaimed()),
          optional(
              "firmware_number",
              Types.LongType.get(),
              new Source.SharedLong(ReadingContext::firmwareNumber)),
          text("attestation", one -> one.origin().attestation()),
          text("assurance", one -> word(one.origin().assurance())),
          text("schema", one -> one.origin().schema()),
          text("message_type", one -> one.origin().messageType()),
          optional(
              "sequence", Types.LongType.get(), new Source.Sparse(row -> row.origin().sequence())),
          time("sent", row -> row.origin().sent()),
          time("received", row -> row.origin().received()),
          text("door", one -> one.origin().door()),
          text("endpoint", one -> one.origin().endpoint()),
          integer(
              "policy_version",
              one -> (int) Math.min(one.origin().policyVersion(), Integer.MAX_VALUE)),
          growing("feed_position", Types.LongType.get(), row -> row.origin().feedPosition()),
          growing("partition", Types.IntegerType.get(), RawRow::partition),
          growing("record_offset", Types.LongType.get(), RawRow::offset),
          text("metric", ReadingContext::metric),
          optional("value", Types.DoubleType.get(), new Source.Measured(RawRow::value)),
          text("unit", ReadingContext::unit),
          text("unit_sent", ReadingContext::unitSent),
          time("event_time", RawRow::eventTime),
          optional(
              "source_time",
              Types.TimestampType.withZone(),
              new Source.Sparse(ReadingColumn::sourceTime)),
          text("environment", one -> or(one.asset().environment(), one.scope().environment())),
          text("region", one -> or(one.asset().region(), one.scope().region())),
          text("product_line", one -> or(one.asset().productLine(), one.scope().productLine())),
          text("sensitivity", one -> word(one.scope().sensitivity())),
          text("site", one -> one.asset().site()),
          text("device_type", one -> one.asset().deviceType()),
          text("owner_team", one -> one.asset().ownerTeam()),
          text("labels", one -> Json.object(new TreeMap<>(one.asset().labels()))),
          text("steps", ReadingContext::steps),
          required("suspect", Types.BooleanType.get(), new Source.Flag(RawRow::suspect)));

  private static ReadingColumn text(String name, Function<ReadingContext, String> of) {
    return required(name, Types.StringType.get(), new Source.SharedText(of));
  }

  private static ReadingColumn integer(String name, ToIntFunction<ReadingContext> of) {
    return required(name, Types.IntegerType.get(), new Source.SharedInteger(of));
  }

  private static ReadingColumn time(String name, Function<RawRow, Instant> of) {
    return growing(name, Types.TimestampType.withZone(), row -> micros(of.apply(row)));
  }

  private static ReadingColumn growing(String name, Type type, ToLongFunction<RawRow> of) {
    return required(name, type, new Source.Growing(of));
  }

  private static ReadingColumn required(String name, Type type, Source source) {
    return new ReadingColumn(name, type, true, source);
  }

  private static ReadingColumn optional(String name, Type type, Source source) {
    return new ReadingColumn(name, type, false, source);
  }

  private static String or(String known, String otherwise) {
    return known.isEmpty() ? otherwise : known;
  }

  private static String chain(List<String> gateways) {
    return gateways.isEmpty() ? "direct" : String.join(",", gateways);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static OptionalLong sourceTime(RawRow row) {
    return row.sourceTime().isPresent()
        ? OptionalLong.of(micros(row.sourceTime().get()))
        : OptionalLong.empty();
  }

  /** A time as the tables have it. */
  public static long micros(Instant time) {
    return Math.addExact(
        Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1_000);
  }
}
