package io.telltale.admission;

import io.telltale.kernel.FirmwareVersion;
import io.telltale.message.PlainReading;
import io.telltale.message.ReadingForm;
import io.telltale.message.ReadingMembers;
import io.telltale.message.StrictJson;
import io.telltale.record.SequenceWindow;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads a payload by its message type's {@link ReadingForm} and takes out of it what admission
 * itself asks for. Every byte is hostile; never throws for them.
 */
final class PayloadReader {
  /** Whichever way a number comes. */
  static final long SEQUENCE_MAX = SequenceWindow.SEQUENCE_MAX;

  private PayloadReader() {}

  /**
   * As {@link #read(Submission)}, and quicker when the payload is what {@code form} expects; by its
   * mapping where it has one.
   *
   * @param received now, in milliseconds: what a foreign payload that says no time gets
   */
  static ParsedPayload read(Submission submission, ReadingForm form, long received) {
    if (form.isMapped()) {
      return mapped(submission, form, received);
    }
    PlainReading reading =
        submission.sequence().isEmpty() && submission.sent().isEmpty()
            ? form.plainlyGood(submission.payload())
            : null;
    return reading != null && isComplete(reading) ? message(reading) : read(submission);
  }

  // What is foreign has no members of ours: its mapping makes them, but for number and firmware.
  private static ParsedPayload mapped(Submission submission, ReadingForm form, long received) {
    if (submission.payload().size() > AdmissionLimits.PAYLOAD_BYTES_MAX) {
      return new ParsedPayload.Malformed(RefusalReason.PAYLOAD_TOO_LARGE);
    }
    JsonNode document = form.read(submission.payload(), received);
    return document == null
        ? new ParsedPayload.Malformed(RefusalReason.PAYLOAD_UNREADABLE)
        : new ParsedPayload.Message(
            document,
            OptionalLong.empty(),
            received,
            ReadingMembers.number(document.get(ReadingMembers.TIME)),
            "");
  }

  private static boolean isComplete(PlainReading reading) {
    return reading.sent() >= 0 && reading.time() >= 0 && reading.sequence() <= SEQUENCE_MAX;
  }

  private static ParsedPayload message(PlainReading reading) {
    long sequence = reading.sequence();
    return new ParsedPayload.Message(
        null,
        sequence < 0 ? OptionalLong.empty() : OptionalLong.of(sequence),
        reading.sent(),
        reading.time(),
        reading.firmware());
  }

  /** Metadata beside the payload stands in for members it lacks, and must not contradict it. */
  static ParsedPayload read(Submission submission) {
    if (submission.payload().size() > AdmissionLimits.PAYLOAD_BYTES_MAX) {
      return new ParsedPayload.Malformed(RefusalReason.PAYLOAD_TOO_LARGE);
    }
    return StrictJson.read(submission.payload())
        .map(document -> message(document, submission))
        .orElseGet(() -> new ParsedPayload.Malformed(RefusalReason.NOT_JSON));
  }

  private static ParsedPayload message(JsonNode document, Submission submission) {
    Found sequence =
        Found.of(document.get(ReadingMembers.SEQUENCE), submission.sequence(), SEQUENCE_MAX);
    Found sent = Found.of(document.get(ReadingMembers.SENT), submission.sent(), Long.MAX_VALUE);
    Found time = Found.of(document.get(ReadingMembers.TIME), OptionalLong.empty(), Long.MAX_VALUE);
    JsonNode firmware = document.get(ReadingMembers.FIRMWARE);
    String wrong = wrong(sequence, sent, time, firmware);
    if (!wrong.isEmpty()) {
      return new ParsedPayload.Malformed(RefusalReason.METADATA_MALFORMED, wrong);
    }
    if (!ReadingMembers.isStorableTime(document.get(ReadingMembers.SOURCE_TIME))) {
      return new ParsedPayload.Malformed(RefusalReason.TIME_UNSTORABLE);
    }
    return new ParsedPayload.Message(
        document,
        sequence.value(),
        sent.value().getAsLong(),
        time.value().getAsLong(),
        firmware == null ? "" : firmware.stringValue());
  }

  /** What is wrong first, without what stands there; empty when all is well. */
  private static String wrong(Found sequence, Found sent, Found time, @Nullable JsonNode firmware) {
    if (!sequence.valid()) {
      return "seq is no whole number from 0 to %d, or is not what came beside the payload"
          .formatted(SEQUENCE_MAX);
    }
    String instant = wrongTime(ReadingMembers.SENT, sent);
    if (instant.isEmpty()) {
      instant = wrongTime(ReadingMembers.TIME, time);
    }
    boolean claimed = firmware == null || !ReadingMembers.firmware(firmware).isEmpty();
    return instant.isEmpty() && !claimed ? "firmware " + FirmwareVersion.FORM : instant;
  }

  private static String wrongTime(String name, Found found) {
    if (!found.valid()) {
      return name + " is no whole number of milliseconds, or is not what came beside the payload";
    }
    return found.value().isEmpty() ? name + " is missing" : "";
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
      long value = ReadingMembers.number(member);
      if (value < 0 || value > max) {
        return INVALID;
      }
      return beside.isPresent() && beside.getAsLong() != value
          ? INVALID
          : new Found(true, OptionalLong.of(value));
    }
  }
}
