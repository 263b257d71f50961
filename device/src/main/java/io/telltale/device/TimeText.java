package io.telltale.device;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** How a file writes its times; a time without an offset is taken in {@code zone}. */
public final class TimeText {
  private static final Pattern WHOLE = Pattern.compile("-?\\d{1,19}");
  private static final List<DateTimeFormatter> USUAL =
      List.of(
          usual(moment().optionalStart().appendZoneOrOffsetId().optionalEnd()),
          usual(moment().appendOffset("+HHMM", "Z")),
          DateTimeFormatter.ISO_LOCAL_DATE);

  private final List<DateTimeFormatter> patterns;
  private final Optional<ChronoUnit> sinceEpoch;
  private final ZoneId zone;
  private final String expected;

  private TimeText(
      List<DateTimeFormatter> patterns,
      Optional<ChronoUnit> sinceEpoch,
      ZoneId zone,
      String expected) {
    this.patterns = List.copyOf(patterns);
    this.sinceEpoch = sinceEpoch;
    this.zone = zone;
    this.expected = expected;
  }

  /** How a time has to be written, for people. */
  String expected() {
    return expected;
  }

  private static DateTimeFormatterBuilder moment() {
    return new DateTimeFormatterBuilder()
        .append(DateTimeFormatter.ISO_LOCAL_DATE)
        .appendPattern("['T'][ ]HH:mm[:ss]")
        .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
        .appendPattern("[ ]");
  }

  private static DateTimeFormatter usual(DateTimeFormatterBuilder pattern) {
    return pattern.toFormatter(Locale.ROOT).withResolverStyle(ResolverStyle.STRICT);
  }

  /** The same for what reads the same. */
  @Override
  public String toString() {
    return "%s %s %s".formatted(patterns, sinceEpoch, zone);
  }

  /**
   * ISO 8601, or {@code 2013-12-02 21:15:00} with or without an offset, UTC where there is none.
   */
  public static TimeText standard() {
    return usual(ZoneOffset.UTC);
  }

  static TimeText usual(ZoneId zone) {
    return new TimeText(
        USUAL, Optional.empty(), zone, "ISO 8601, as 2013-12-02T21:15:00Z or 2013-12-02 21:15");
  }

  /**
   * By name ({@code auto, epoch-s, epoch-ms, epoch-us, epoch-ns}) or pattern ({@code dd/MM/uuuu
   * HH.mm.ss}); empty when it is neither.
   */
  public static Optional<TimeText> named(String format, ZoneId zone) {
    return switch (format) {
      case "auto" -> Optional.of(usual(zone));
      case "epoch-s" -> Optional.of(since(ChronoUnit.SECONDS));
      case "epoch-ms" -> Optional.of(since(ChronoUnit.MILLIS));
      case "epoch-us" -> Optional.of(since(ChronoUnit.MICROS));
      case "epoch-ns" -> Optional.of(since(ChronoUnit.NANOS));
      default -> pattern(format, zone);
    };
  }

  private static TimeText since(ChronoUnit unit) {
    return new TimeText(
        List.of(),
        Optional.of(unit),
        ZoneOffset.UTC,
        "a whole number of " + unit.toString().toLowerCase(Locale.ROOT) + " since 1970");
  }

  private static Optional<TimeText> pattern(String format, ZoneId zone) {
    try {
      // A year of era, as people write it, resolves to no date in the strict style.
      DateTimeFormatter pattern =
          new DateTimeFormatterBuilder()
              .appendPattern(format.replace('y', 'u'))
              .toFormatter(Locale.ENGLISH)
              .withResolverStyle(ResolverStyle.STRICT);
      return Optional.of(
          new TimeText(List.of(pattern), Optional.empty(), zone, "'" + format + "'"));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The moment; empty when {@code text} is not written so, or is {@link #doubt doubtful}. */
  Optional<Instant> read(String text) {
    if (sinceEpoch.isPresent()) {
      return epoch(text, sinceEpoch.get());
    }
    return written(text)
        .filter(written -> written.offsets().size() == 1)
        .map(written -> written.local().toInstant(written.offsets().getFirst()));
  }

  private Optional<Instant> epoch(String text, ChronoUnit unit) {
    if (!WHOLE.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Instant.EPOCH.plus(Long.parseLong(text), unit));
    } catch (ArithmeticException | DateTimeException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** A time as it is written; {@code zone} is its own where it names one. */
  private record Written(LocalDateTime local, ZoneId zone) {
    /** None where clocks go forward, two where they go back. */
    List<ZoneOffset> offsets() {
      return zone.getRules().getValidOffsets(local);
    }
  }

  private Optional<Written> written(String text) {
    return patterns.stream().flatMap(pattern -> written(text, pattern).stream()).findFirst();
  }

  private Optional<Written> written(String text, DateTimeFormatter pattern) {
    try {
      TemporalAccessor found = pattern.parse(text);
      LocalDate date = LocalDate.from(found);
      LocalTime time = found.query(TemporalQueries.localTime());
      ZoneId own =
          found.isSupported(ChronoField.OFFSET_SECONDS)
              ? ZoneOffset.from(found)
              : found.query(TemporalQueries.zone());
      return Optional.of(
          new Written(
              date.atTime(time == null ? LocalTime.MIDNIGHT : time), own == null ? zone : own));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /**
   * Why a time that is written well is no moment: its zone left that hour out, or had it twice.
   * Empty for all others.
   */
  Optional<String> doubt(String text) {
    return written(text)
        .filter(written -> written.offsets().size() != 1)
        .map(
            written ->
                "the time %s %s"
                    .formatted(
                        written.local(),
                        written.offsets().isEmpty()
                            ? "never was in " + written.zone()
                            : "was twice in " + written.zone() + ": write the offset with it"));
  }
}
