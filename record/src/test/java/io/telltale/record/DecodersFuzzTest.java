package io.telltale.record;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.kernel.Bytes;
import java.util.Optional;
import org.jspecify.annotations.NullMarked;

/** No bytes make a decoder throw, and what it accepts has one encoding. */
@NullMarked
class DecodersFuzzTest {
  @FuzzTest
  void origin_decodes_to_the_same_bytes_or_not_at_all(byte[] input) {
    Bytes bytes = Bytes.copyOf(input);
    same(bytes, OriginCodec.decode(bytes).map(OriginCodec::encode));
  }

  @FuzzTest
  void announcement_decodes_to_the_same_bytes_or_not_at_all(byte[] input) {
    Bytes bytes = Bytes.copyOf(input);
    LeaseCodec.decode(bytes);
    same(bytes, LeaseCodec.announcement(bytes).map(LeaseCodec::encode));
  }

  @FuzzTest
  void epoch_key_decodes_to_the_same_bytes_or_not_at_all(byte[] input) {
    Bytes bytes = Bytes.copyOf(input);
    EpochCodec.decode(bytes);
    same(bytes, EpochCodec.key(bytes).map(EpochCodec::encode));
  }

  @FuzzTest
  void door_statement_decodes_to_the_same_bytes_or_not_at_all(byte[] input) {
    Bytes bytes = Bytes.copyOf(input);
    DoorStatementCodec.decode(bytes);
    same(bytes, DoorStatementCodec.statement(bytes).map(DoorStatementCodec::encode));
  }

  @FuzzTest
  void record_never_throws(byte[] input) {
    Bytes bytes = Bytes.copyOf(input);
    EntryKind.of(bytes);
    try (LeaseKeys keys = Samples.keys()) {
      var codec = new RecordCodec();
      if (RecordCodec.decode(bytes)
          .flatMap(read -> codec.openRecord(keys.forRecords(0), read))
          .isPresent()) {
        throw new AssertionError("opened what nobody sealed");
      }
      codec.openPayload(keys.forPayloads(Samples.origin().device()), Samples.origin(), bytes);
    }
  }

  private static void same(Bytes input, Optional<Bytes> again) {
    if (again.isPresent() && !again.get().equals(input)) {
      throw new AssertionError("two encodings of one value");
    }
  }
}
