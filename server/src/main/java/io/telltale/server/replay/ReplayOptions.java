package io.telltale.server.replay;

import io.telltale.device.ReadingFormat;
import io.telltale.device.TimeText;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The options that say which file of readings to replay and how it is written. */
public final class ReplayOptions {
  @Spec(Spec.Target.SELF)
  private @Nullable CommandSpec own;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = "--replay",
      paramLabel = "FILE",
      description = "Publish the readings of this CSV file, which has a header line.")
  private @Nullable Path file;

  @Option(
      names = "--time-column",
      paramLabel = "NAME",
      defaultValue = "timestamp",
      arity = "1",
      description =
          "With --replay: the column with the time; given twice, as for a date and a time of day,"
              + " both joined by a blank (default: ${DEFAULT-VALUE}).")
  private List<String> timeColumns = List.of("timestamp");

  @Option(
      names = "--time-format",
      paramLabel = "FORMAT",
      defaultValue = "auto",
      description =
          "With --replay: auto (ISO 8601, with T or a blank), epoch-s, epoch-ms, epoch-us,"
              + " epoch-ns, or a pattern such as 'dd/MM/yyyy HH.mm.ss'"
              + " (default: ${DEFAULT-VALUE}).")
  private String timeFormat = "auto";

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      defaultValue = "Z",
      converter = Zone.class,
      description =
          "With --replay: of times without an offset: Europe/Rome, +01:00 (default: UTC).")
  private ZoneId zone = ZoneOffset.UTC;

  @Option(
      names = "--value-column",
      paramLabel = "NAME",
      defaultValue = "value",
      description = "With --replay: the column with the reading (default: ${DEFAULT-VALUE}).")
  private String valueColumn = "value";

  @Option(
      names = "--delimiter",
      paramLabel = "CHAR",
      defaultValue = ",",
      converter = Delimiter.class,
      description =
          "With --replay: between cells; 'tab' for a tabulator (default: ${DEFAULT-VALUE}).")
  private char delimiter = ',';

  @Option(
      names = "--decimal",
      paramLabel = "CHAR",
      defaultValue = ".",
      description = "With --replay: the decimal mark, '.' or ',' (default: ${DEFAULT-VALUE}).")
  private char decimal = '.';

  @Option(
      names = "--missing",
      paramLabel = "TEXT",
      arity = "1",
      description =
          "With --replay: a cell that stands for no reading, as -200 or NA; may be given"
              + " repeatedly.")
  private @Nullable List<String> missing;

  @Option(
      names = "--encoding",
      paramLabel = "NAME",
      defaultValue = "UTF-8",
      converter = Encoding.class,
      description = "With --replay: how the file's text is encoded (default: ${DEFAULT-VALUE}).")
  private Charset encoding = StandardCharsets.UTF_8;

  @Option(
      names = "--unit",
      paramLabel = "UNIT",
      description =
          "With --replay: the unit of the readings (default: that of the message type's field).")
  private @Nullable String unit;

  public Optional<Path> file() {
    return Optional.ofNullable(file);
  }

  public Optional<String> unit() {
    return Optional.ofNullable(unit);
  }

  public String valueColumn() {
    return valueColumn;
  }

  /** Ends the command where one of these, or {@code also}, was given without a file. */
  public void refuseWithoutFile(String... also) {
    if (own == null || command == null) {
      throw new IllegalStateException("picocli sets the commands");
    }
    if (file != null) {
      return;
    }
    CommandLine line = command.commandLine();
    Stream.concat(own.options().stream().map(OptionSpec::longestName), Stream.of(also))
        .filter(line.getParseResult()::hasMatchedOption)
        .findFirst()
        .ifPresent(
            name -> {
              throw new ParameterException(
                  line, name + " speaks of a file: it goes with --replay only");
            });
  }

  /** Throws {@link IllegalArgumentException} with a sentence when the options contradict. */
  public ReadingFormat format() {
    TimeText times =
        TimeText.named(timeFormat, zone)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "--time-format is neither auto, epoch-s, -ms, -us, -ns nor a pattern"));
    if (decimal != '.' && decimal != ',') {
      throw new IllegalArgumentException("--decimal must be '.' or ','");
    }
    if (delimiter == decimal) {
      throw new IllegalArgumentException("--delimiter and --decimal must differ: give both");
    }
    return new ReadingFormat(
        timeColumns,
        valueColumn,
        times,
        delimiter,
        decimal,
        missing == null ? Set.of() : Set.copyOf(missing),
        encoding);
  }

  /** Zone names are many; a wrong one is said in words. */
  static final class Zone implements picocli.CommandLine.ITypeConverter<ZoneId> {
    @Override
    public ZoneId convert(String text) {
      try {
        return ZoneId.of(text);
      } catch (DateTimeException e) {
        throw new TypeConversionException("no zone: give one as Europe/Rome or +01:00");
      }
    }
  }

  static final class Delimiter implements picocli.CommandLine.ITypeConverter<Character> {
    @Override
    public Character convert(String text) {
      if (text.equals("tab")) {
        return '\t';
      }
      if (text.length() != 1 || "\"\r\n".contains(text)) {
        throw new TypeConversionException("give one character, or tab");
      }
      return text.charAt(0);
    }
  }

  static final class Encoding implements picocli.CommandLine.ITypeConverter<Charset> {
    @Override
    public Charset convert(String text) {
      try {
        return Charset.forName(text);
      } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
        throw new TypeConversionException("no encoding that is known: give one as ISO-8859-1");
      }
    }
  }
}
