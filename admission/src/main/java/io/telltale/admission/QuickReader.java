package io.telltale.admission;

import io.telltale.kernel.FirmwareVersion;
import io.telltale.message.StorableTime;
import io.telltale.message.StrictJson;
import io.telltale.roster.PlainShape;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads a payload and checks its shape in one pass over the tokens, without a tree. Answers only
 * for messages that {@link PayloadReader} would read to the same and the schema's validator accept:
 * whatever is unusual, let alone wrong, is theirs to judge.
 */
final class QuickReader {
  private static final long NOTHING = -1;

  private long sequence = NOTHING;
  private long sent = NOTHING;
  private long time = NOTHING;
  private String firmware = "";

  private QuickReader() {}

  /** Null for a payload that needs the full reader. */
  static ParsedPayload.@Nullable Message read(byte[] payload, PlainShape.Members shape) {
    if (!isPlainAscii(payload)) {
      return null;
    }
    try (JsonParser in = StrictJson.parser(payload)) {
      in.nextToken();
      var reader = new QuickReader();
      return reader.accepts(in, shape) && in.nextToken() == null ? reader.message() : null;
    } catch (JacksonException e) {
      return null;
    }
  }

  private static boolean isPlainAscii(byte[] payload) {
    for (byte one : payload) {
      if (one < 0) {
        return false;
      }
    }
    return true;
  }

  private boolean accepts(JsonParser in, PlainShape.Members shape) {
    if (in.currentToken() != JsonToken.START_OBJECT) {
      return false;
    }
    long seen = 0;
    String name = in.nextName();
    while (name != null) {
      PlainShape.Members.Member member = shape.named().get(name);
      if (member == null || (seen & member.bit()) != 0) {
        return false;
      }
      seen |= member.bit();
      in.nextToken();
      if (!member.shape().accepts(in) || !note(name, in)) {
        return false;
      }
      name = in.nextName();
    }
    return in.currentToken() == JsonToken.END_OBJECT && shape.complete(seen, Long.bitCount(seen));
  }

  /** Keeps what admission itself wants to know; false when it is not what that must be. */
  private boolean note(String name, JsonParser in) {
    switch (name) {
      case "seq" -> {
        sequence = number(in);
        return sequence >= 0 && sequence <= PayloadReader.SEQUENCE_MAX;
      }
      case "sent" -> sent = number(in);
      case "time" -> time = number(in);
      case "firmware" -> {
        if (in.currentToken() != JsonToken.VALUE_STRING) {
          return false;
        }
        firmware = in.getString();
        return FirmwareVersion.valid(firmware);
      }
      case "sourceTime" -> {
        return in.currentToken() == JsonToken.VALUE_NUMBER_INT
            && StorableTime.holds(in.getLongValue());
      }
      default -> {
        return true;
      }
    }
    return in.currentToken() == JsonToken.VALUE_NUMBER_INT && in.getLongValue() >= 0;
  }

  // The shape has let it pass, so it is a whole number in the range of a long, or no number at all.
  private static long number(JsonParser in) {
    return in.currentToken() == JsonToken.VALUE_NUMBER_INT ? in.getLongValue() : NOTHING;
  }

  private ParsedPayload.@Nullable Message message() {
    if (sent == NOTHING || time == NOTHING) {
      return null;
    }
    return new ParsedPayload.Message(
        null,
        sequence == NOTHING ? OptionalLong.empty() : OptionalLong.of(sequence),
        sent,
        time,
        firmware);
  }
}
