package io.telltale.kernel;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/**
 * How an event waits in a database's outbox until the sequencer takes it. Internal and short-lived;
 * the ledger's own leaf format is another one ({@code docs/format/ledger.md}).
 */
public final class EventCodec {
  private static final int VERSION = 1;

  private EventCodec() {}

  public static byte[] encode(Event event) {
    var bytes = new ByteArrayOutputStream(256);
    try (var out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeLong(event.time().toEpochMilli());
      writeText(out, event.type());
      writeText(out, event.tenant().name());
      writeText(out, event.actor());
      writeText(out, event.subject());
      out.writeInt(event.details().size());
      for (Map.Entry<String, String> detail : event.details().entrySet()) {
        writeText(out, detail.getKey());
        writeText(out, detail.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  /**
   * Reads what {@link #encode} wrote; an {@link IllegalStateException} means a corrupt database.
   */
  public static Event decode(byte[] bytes) {
    try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int version = in.readByte();
      if (version != VERSION) {
        throw new IllegalStateException("an outbox event of unknown version " + version);
      }
      Instant time = Instant.ofEpochMilli(in.readLong());
      String type = readText(in);
      TenantId tenant = new TenantId(readText(in));
      String actor = readText(in);
      String subject = readText(in);
      int count = in.readInt();
      var details = new TreeMap<String, String>();
      for (int i = 0; i < count; i++) {
        details.put(readText(in), readText(in));
      }
      return new Event(type, time, tenant, actor, subject, details);
    } catch (IOException e) {
      throw new IllegalStateException("an outbox event that cannot be read", e);
    }
  }

  private static void writeText(DataOutputStream out, String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }

  private static String readText(DataInputStream in) throws IOException {
    int size = in.readInt();
    if (size < 0 || size > in.available()) {
      throw new IOException("a text of " + size + " bytes where " + in.available() + " remain");
    }
    return new String(in.readNBytes(size), StandardCharsets.UTF_8);
  }
}
