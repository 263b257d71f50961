package io.telltale.message;

import io.telltale.json.PlainJson;
import io.telltale.json.PlainJson.Token;
import io.telltale.kernel.FirmwareVersion;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What the members of a reading that are ours by name must be: the rule of each stands here once,
 * for what is read byte by byte and for a tree. Who asks which, and of whom, is for door and
 * pipeline to say.
 */
public final class ReadingMembers {
  public static final String SEQUENCE = "seq";
  public static final String SENT = "sent";
  public static final String TIME = "time";
  public static final String SOURCE_TIME = "sourceTime";
  public static final String FIRMWARE = "firmware";

  private static final long NONE = -1;

  private ReadingMembers() {}

  /**
   * {@code seq}, {@code sent} (milliseconds since 1970) or {@code time} (the same): a whole number
   * of 64 bits from 0. Negative where it is none.
   */
  public static long number(@Nullable JsonNode member) {
    return member != null && isWhole(member) ? member.longValue() : NONE;
  }

  static long number(PlainJson in) {
    return in.token() == Token.WHOLE ? in.whole() : NONE;
  }

  /** {@code firmware}; empty where it is not of the form that a device's claim has. */
  public static String firmware(JsonNode member) {
    String text = member.isString() ? member.stringValue() : "";
    return FirmwareVersion.valid(text) ? text : "";
  }

  static String firmware(PlainJson in) {
    String text = in.token() == Token.TEXT ? in.text() : "";
    return FirmwareVersion.valid(text) ? text : "";
  }

  /**
   * Whether {@code sourceTime} can be stored as the time it says, in milliseconds since 1970. What
   * is no number is of another kind: of those a tenant's schema may have its own use.
   */
  public static boolean isStorableTime(@Nullable JsonNode member) {
    return member == null
        || !member.isNumber()
        || (isWhole(member) && StorableTime.holds(member.longValue()));
  }

  /** The same, but of the other kinds, which are for the full reader to tell. */
  static boolean isSurelyStorableTime(PlainJson in) {
    return in.token() == Token.WHOLE && StorableTime.holds(in.whole());
  }

  private static boolean isWhole(JsonNode member) {
    return member.isIntegralNumber() && member.canConvertToLong();
  }
}
