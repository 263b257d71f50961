package io.telltale.admission;

import io.telltale.kernel.Bytes;
import io.telltale.message.StorableTime;
import io.telltale.record.SequenceWindow;
import io.telltale.registry.PlainShape;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads a payload as strict JSON: one object, UTF-8, no duplicate keys, depth at most {@value
 * #DEPTH_MAX}, finite numbers, nothing after it. Every byte is hostile; never throws for them.
 */
final class PayloadReader {
  /** Whichever way a number comes. */
  static final long SEQUENCE_MAX = SequenceWindow.SEQUENCE_MAX;

  private static final int DEPTH_MAX = 8;
  private static final int NUMBER_CHARS_MAX = 64;
  private static final int NAME_CHARS_MAX = 256;
  private static final Pattern FIRMWARE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}");

  // Whichever thread wrote it: the last version that matched, the same for thousands of messages.
  private static String lastFirmware = "";

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH_MAX)
                          .maxNumberLength(NUMBER_CHARS_MAX)
                          .maxNameLength(NAME_CHARS_MAX)
                          .maxStringLength(AdmissionLimits.PAYLOAD_BYTES_MAX)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private PayloadReader() {}

  /** As {@link #read(Submission)}, and quicker when the payload is what {@code shape} expects. */
  static Reading read(Submission submission, Shape shape) {
    PlainShape.Members quick = shape.quick();
    Bytes payload = submission.payload();
    if (quick != null
        && payload.size() >= 2
        && payload.size() <= AdmissionLimits.PAYLOAD_BYTES_MAX
        && payload.at(0) == '{'
        && submission.sequence().isEmpty()
        && submission.sent().isEmpty()) {
      Reading.Message message = QuickReader.read(payload.borrow(), quick);
      if (message != null) {
        return message;
      }
    }
    return read(submission);
  }

  /** The same strictness token by token, but for duplicate names and infinite numbers. */
  static JsonParser parser(byte[] payload) {
    return JSON.createParser(payload);
  }

  static boolean isFirmware(String text) {
    if (text.equals(lastFirmware)) {
      return true;
    }
    boolean good = FIRMWARE.matcher(text).matches();
    if (good) {
      lastFirmware = text;
    }
    return good;
  }

  /** Metadata beside the payload stands in for members it lacks, and must not contradict it. */
  static Reading read(Submission submission) {
    byte[] payload = submission.payload().borrow();
    if (payload.length > AdmissionLimits.PAYLOAD_BYTES_MAX) {
      return new Reading.Malformed(Why.PAYLOAD_TOO_LARGE);
    }
    // The first two bytes rule out the other encodings that the parser would detect by itself.
    if (payload.length < 2 || payload[0] != '{' || payload[1] == 0 || !isUtf8(payload)) {
      return new Reading.Malformed(Why.NOT_JSON);
    }
    try {
      JsonNode document = JSON.readTree(payload);
      return isFinite(document)
          ? message(document, submission)
          : new Reading.Malformed(Why.NOT_JSON);
    } catch (JacksonException e) {
      return new Reading.Malformed(Why.NOT_JSON);
    }
  }

  private static Reading message(JsonNode document, Submission submission) {
    Found sequence = Found.of(document.get("seq"), submission.sequence(), SEQUENCE_MAX);
    Found sent = Found.of(document.get("sent"), submission.sent(), Long.MAX_VALUE);
    Found time = Found.of(document.get("time"), OptionalLong.empty(), Long.MAX_VALUE);
    JsonNode firmware = document.get("firmware");
    boolean wellFormed =
        sequence.valid()
            && sent.valid()
            && sent.value().isPresent()
            && time.valid()
            && time.value().isPresent()
            && (firmware == null || (firmware.isString() && isFirmware(firmware.stringValue())));
    if (!wellFormed) {
      return new Reading.Malformed(Why.METADATA_MALFORMED);
    }
    if (!StorableTime.holds(document.get("sourceTime"))) {
      return new Reading.Malformed(Why.TIME_UNSTORABLE);
    }
    return new Reading.Message(
        document,
        sequence.value(),
        sent.value().getAsLong(),
        time.value().getAsLong(),
        firmware == null ? "" : firmware.stringValue());
  }

  private record Found(boolean valid, OptionalLong value) {
    private static final Found INVALID = new Found(false, OptionalLong.empty());

    static Found of(@Nullable JsonNode member, OptionalLong beside, long max) {
      if (beside.isPresent() && (beside.getAsLong() < 0 || beside.getAsLong() > max)) {
        return INVALID;
      }
      if (member == null) {
        return new Found(true, beside);
      }
      if (!member.isIntegralNumber() || !member.canConvertToLong()) {
        return INVALID;
      }
      long value = member.longValue();
      if (value < 0 || value > max) {
        return INVALID;
      }
      return beside.isPresent() && beside.getAsLong() != value
          ? INVALID
          : new Found(true, OptionalLong.of(value));
    }
  }

  // 1e999 parses to infinity.
  private static boolean isFinite(JsonNode node) {
    if (node.isContainer()) {
      for (JsonNode child : node.values()) {
        if (!isFinite(child)) {
          return false;
        }
      }
      return true;
    }
    return !node.isFloatingPointNumber() || Double.isFinite(node.doubleValue());
  }

  private static boolean isUtf8(byte[] bytes) {
    int first = 0;
    while (first < bytes.length && bytes[first] >= 0) {
      first++;
    }
    if (first == bytes.length) {
      return true;
    }
    try {
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes, first, bytes.length - first));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
