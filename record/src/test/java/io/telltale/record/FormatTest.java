package io.telltale.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.EcdsaP256;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The pages in docs/format and the code say the same (IN-8). */
@NullMarked
class FormatTest {
  private final RecordCodec codec = new RecordCodec();
  private final Steps steps = new Steps();

  private static void onPage(String page, String what, Bytes value) {
    assertThat(Samples.page(page)).as(what + ": " + value.hex()).contains(value.hex());
  }

  @Test
  void origin_is_as_on_the_page() {
    Bytes encoded = OriginCodec.encode(Samples.origin());
    onPage("record.md", "origin", encoded);
    assertThat(OriginCodec.decode(encoded)).contains(Samples.origin());
  }

  @Test
  void an_origin_of_version_2_is_as_on_the_page() {
    for (SequenceMark mark : SequenceMark.values()) {
      Origin origin = Samples.named(mark);
      assertThat(OriginCodec.decode(OriginCodec.encode(origin))).contains(origin);
    }
    onPage("record.md", "origin 2", OriginCodec.encode(Samples.named(SequenceMark.LATE)));
  }

  @Test
  void sealed_payload_is_as_on_the_page() {
    try (LeaseKeys keys = Samples.keys()) {
      LeaseKeys.ForPayloads device = keys.forPayloads(Samples.origin().device());
      Bytes sealed = steps.sealPayload(device, 9, Samples.origin(), Samples.PAYLOAD);
      onPage("record.md", "sealed payload", sealed);
      assertThat(codec.openPayload(device, Samples.origin(), sealed)).contains(Samples.PAYLOAD);
    }
  }

  private static RecordCodec.Parts parts(Origin origin, Bytes content) {
    return new RecordCodec.Parts(
        Samples.repeated(0x11, 32),
        Samples.repeated(0x22, 32),
        OriginCodec.encode(origin),
        content);
  }

  @Test
  void a_sealed_record_of_version_1_is_as_on_the_page() {
    try (LeaseKeys keys = Samples.keys()) {
      LeaseKeys.ForPayloads device = keys.forPayloads(Samples.origin().device());
      RecordCodec.Parts parts =
          parts(Samples.origin(), steps.sealPayload(device, 9, Samples.origin(), Samples.PAYLOAD));
      LeaseKeys.ForRecords partition = keys.forRecordsOf1(3);
      Bytes sealed = steps.sealRecordOf1(partition, 3, 4, parts);
      onPage("record.md", "sealed record 1", sealed);
      RecordCodec.SealedRecord read = RecordCodec.decode(sealed).orElseThrow();
      assertThat(read.isTwofold()).isTrue();
      assertThat(read.counter()).isEqualTo(4);
      assertThat(read.lease()).isEqualTo(Samples.LEASE);
      assertThat(codec.openRecord(partition, read)).contains(parts);
    }
  }

  @Test
  void a_sealed_record_is_as_on_the_page() {
    try (LeaseKeys keys = Samples.keys()) {
      RecordCodec.Parts parts = parts(Samples.named(SequenceMark.LATE), Samples.PAYLOAD);
      LeaseKeys.ForRecords partition = keys.forRecords(3);
      Bytes sealed = steps.sealRecord(partition, 3, 4, parts);
      onPage("record.md", "sealed record 2", sealed);
      RecordCodec.SealedRecord read = RecordCodec.decode(sealed).orElseThrow();
      assertThat(read.isTwofold()).isFalse();
      assertThat(read.counter()).isEqualTo(4);
      assertThat(read.lease()).isEqualTo(Samples.LEASE);
      assertThat(codec.openRecord(partition, read)).contains(parts);
    }
  }

  @Test
  void sealing_in_one_go_gives_the_same_bytes() {
    var origins = new OriginWriter();
    byte[] salts = new byte[64];
    Arrays.fill(salts, 0, 32, (byte) 0x11);
    Arrays.fill(salts, 32, 64, (byte) 0x22);
    try (LeaseKeys keys = Samples.keys()) {
      LeaseKeys.ForRecords partition = keys.forRecords(3);
      // Sizes around those where the head of a string grows, and twice with the same buffers.
      for (int size : new int[] {0, 1, 7, 8, 23, 24, 255, 256, 65_535, 65_536, 70_000, 5}) {
        Bytes payload = Samples.repeated(0x33, size);
        Origin origin = Samples.origin();
        var material = new RecordCodec.Material(partition, size + 2L, Bytes.adopt(salts));
        assertThat(codec.seal(material, origins.write(origin), payload))
            .isEqualTo(steps.sealRecord(partition, 3, size + 2L, parts(origin, payload)));
      }
    }
  }

  @Test
  void leaf_is_as_on_the_page() {
    var leaf = new Leaf();
    Bytes origin = OriginCodec.encode(Samples.origin());
    onPage(
        "record.md", "origin commitment", leaf.commit(Samples.repeated(0x11, 32), origin).value());
    onPage(
        "record.md",
        "leaf",
        leaf.of(Samples.repeated(0x11, 32), origin, Samples.repeated(0x22, 32), Samples.PAYLOAD)
            .value());
  }

  // Row 12
  @Test
  void a_door_statement_is_as_on_the_page() {
    var statement =
        new DoorStatement(
            Samples.repeated(0x52, 8),
            2,
            new Hash(Samples.repeated(0x0b, 32)),
            Samples.announcement().sealer().id(),
            Samples.announcement().sealer().credential(),
            Instant.ofEpochMilli(1_800_000_000_000L),
            List.of(),
            List.of(Samples.repeated(0x04, 8)),
            List.of(new DoorStatement.Mark(3, 41, 40)),
            List.of(
                new DoorStatement.Ended(
                    Samples.repeated(0x05, 8), List.of(1L, 2L), List.of(7L, 9L))));
    Bytes payload = DoorStatementCodec.encode(statement);
    onPage("door-statement.md", "statement", payload);
    KeyPair door = EcdsaP256.generate();
    Bytes signed =
        DoorStatementCodec.sign(statement, bytes -> EcdsaP256.sign(door.getPrivate(), bytes));
    DoorStatementCodec.Signed read = DoorStatementCodec.decode(signed).orElseThrow();
    assertThat(read.statement()).isEqualTo(statement);
    assertThat(read.verify(door.getPublic())).isTrue();
    assertThat(read.verify(EcdsaP256.generate().getPublic())).isFalse();
  }

  @Test
  void announcement_is_as_on_the_page() {
    Bytes encoded = LeaseCodec.encode(Samples.announcement());
    // The encapsulation is 1,120 times 05; the page shows what is around it.
    String hex = encoded.hex();
    int from = hex.indexOf("05".repeat(1_120));
    assertThat(Samples.page("lease.md"))
        .as(hex.substring(0, from))
        .contains(hex.substring(0, from));
    String tail = hex.substring(from + 2_240);
    assertThat(Samples.page("lease.md")).as(tail).contains(tail);
    onPage("lease.md", "info", Samples.announcement().context().info());
    onPage("lease.md", "associated", Samples.announcement().context().associated());
    assertThat(LeaseCodec.announcement(encoded)).contains(Samples.announcement());
  }

  @Test
  void an_epoch_key_is_as_on_the_page() {
    Bytes payload = EpochCodec.encode(Samples.epochKey());
    // The public half is 1,216 times 07; the page shows what is before it.
    String hex = payload.hex();
    String head = hex.substring(0, hex.indexOf("07".repeat(1_216)));
    String page = Samples.page("keys.md");
    assertThat(page).as(head).contains(head);
    assertThat(EpochCodec.key(payload)).contains(Samples.epochKey());
    PublicKey signer = EcdsaP256.publicKey(Bytes.ofHex(shown(page, "signer"))).orElseThrow();
    Bytes signature = Bytes.ofHex(shown(page, "signature"));
    Bytes statement = EpochCodec.sign(Samples.epochKey(), _ -> signature);
    assertThat(EpochCodec.decode(statement).orElseThrow().verify(signer)).isTrue();
    Bytes other = EpochCodec.sign(Samples.epochKey(), _ -> Samples.repeated(1, 64));
    assertThat(EpochCodec.decode(other).orElseThrow().verify(signer)).isFalse();
  }

  private static String shown(String page, String name) {
    Matcher line = Pattern.compile(name + "=([0-9a-f]+)").matcher(page);
    assertThat(line.find()).as(name).isTrue();
    return line.group(1);
  }

  @Test
  void an_origin_without_sequence_comes_back_without() {
    Origin origin = Samples.origin("pump-7", "telemetry@1", OptionalLong.empty(), Samples.TIME);
    assertThat(OriginCodec.decode(OriginCodec.encode(origin))).contains(origin);
  }
}
