package io.telltale.server.data;

import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.logging.FileHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;

/** Sends every log record to rolling files of one line a record; nothing goes to the terminal. */
public final class LogFile implements AutoCloseable {
  private static final int FILE_BYTES_MAX = 32 << 20;
  private static final int FILES = 5;
  // Chatty at INFO without saying anything an operator acts on. Kept here because the JDK keeps
  // loggers by weak references and would forget the level with them.
  private static final List<Logger> CHATTY =
      Stream.of("org.apache.iceberg", "org.apache.avro", "io.netty")
          .map(Logger::getLogger)
          .toList();

  private final Handler handler;
  private final Path file;

  private LogFile(Handler handler, Path file) {
    this.handler = handler;
    this.file = file;
  }

  /** For a program whose log goes to the terminal. */
  public static void quiet() {
    CHATTY.forEach(logger -> logger.setLevel(Level.WARNING));
  }

  public static LogFile open(Path folder) {
    Logger root = Logger.getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    try {
      var handler = new FileHandler(folder + "/telltale.%g.log", FILE_BYTES_MAX, FILES, true);
      handler.setFormatter(new OneLine());
      root.addHandler(handler);
      root.setLevel(Level.INFO);
      quiet();
      LogKeeper.keep(true);
      return new LogFile(handler, folder.resolve("telltale.0.log"));
    } catch (IOException e) {
      throw new UnavailableException("opening the log file in " + folder, e);
    }
  }

  /** Where the newest lines are. */
  public Path path() {
    return file;
  }

  /** What is logged from now on goes nowhere. */
  @Override
  public void close() {
    Logger.getLogger("").removeHandler(handler);
    handler.close();
    LogKeeper.keep(false);
  }

  /** {@code 2026-11-23T14:00:00.000Z INFO logger message}; line breaks within are escaped. */
  private static final class OneLine extends Formatter {
    private static final int CAUSES_MAX = 5;
    private static final int FRAMES_MAX = 12;
    private static final DateTimeFormatter TIME =
        DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    @Override
    public String format(LogRecord entry) {
      var line = new StringBuilder(160);
      line.append(TIME.format(entry.getInstant()))
          .append(' ')
          .append(entry.getLevel())
          .append(' ')
          .append(entry.getLoggerName())
          .append(' ')
          .append(escape(formatMessage(entry)));
      if (entry.getThrown() != null) {
        line.append(" thrown=");
        appendCauses(line, entry.getThrown());
      }
      return line.append('\n').toString();
    }

    private static void appendCauses(StringBuilder line, Throwable thrown) {
      Throwable cause = thrown;
      for (int depth = 0; cause != null && depth < CAUSES_MAX; depth++, cause = cause.getCause()) {
        line.append(depth == 0 ? "" : " <- ").append(escape(cause.toString()));
        StackTraceElement[] frames = cause.getStackTrace();
        for (int i = 0; i < Math.min(frames.length, FRAMES_MAX); i++) {
          line.append(" at ").append(frames[i]);
        }
      }
    }

    private static String escape(String text) {
      return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }
  }
}
