package io.telltale.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntConsumer;
import org.bouncycastle.cbor.CBOREncoder;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.cbor.CBORMapper;

@NullMarked
class CborTest {
  @Test
  void writes_the_integers_of_rfc_8949_appendix_a() {
    Map.of(
            0L,
            "00",
            23L,
            "17",
            24L,
            "1818",
            255L,
            "18ff",
            256L,
            "190100",
            65_536L,
            "1a00010000",
            1_000_000_000_000L,
            "1b000000e8d4a51000",
            -1L,
            "20",
            -1_000L,
            "3903e7")
        .forEach(
            (number, hex) -> {
              assertThat(new CborWriter(8).integer(number).toBytes().hex()).isEqualTo(hex);
              assertThat(Cbor.decode(Bytes.ofHex(hex), CborReader::integer)).contains(number);
            });
  }

  @Test
  void refuses_what_is_not_the_one_encoding() {
    for (String hex :
        List.of(
            "1817",
            "190017",
            "1900ff",
            "1a0000ffff",
            "1b00000000ffffffff",
            "1c",
            "1f",
            "",
            "18",
            "1bffffffffffffffff",
            "3bffffffffffffffff",
            "0000")) {
      assertThat(Cbor.decode(Bytes.ofHex(hex), CborReader::integer)).as(hex).isEmpty();
    }
    for (String hex : List.of("5f4101ff", "580101", "5801", "5b7fffffffffffffff", "59ffff", "41")) {
      assertThat(Cbor.decode(Bytes.ofHex(hex), CborReader::bytes)).as(hex).isEmpty();
    }
    for (String hex :
        List.of("61ff", "62c080", "63eda080", "64f4908080", "62c3", "7f6161ff", "4161")) {
      assertThat(Cbor.decode(Bytes.ofHex(hex), CborReader::text)).as(hex).isEmpty();
    }
    for (String hex : List.of("9fff", "9a7fffffff", "9bffffffffffffffff", "81", "80ff")) {
      assertThat(Cbor.decode(Bytes.ofHex(hex), CborReader::array)).as(hex).isEmpty();
    }
    for (String hex : List.of("f6", "f816", "f97e00", "f5f5")) {
      assertThat(Cbor.decode(Bytes.ofHex(hex), CborReader::bool)).as(hex).isEmpty();
    }
  }

  @Test
  void refuses_header_keys_out_of_order_or_twice() {
    assertThat(Cbor.decode(Bytes.ofHex("a2010304414b"), CoseHeaders::read)).isPresent();
    assertThat(Cbor.decode(Bytes.ofHex("a204414b0103"), CoseHeaders::read)).isEmpty();
    assertThat(Cbor.decode(Bytes.ofHex("a201030103"), CoseHeaders::read)).isEmpty();
    assertThat(Cbor.decode(Bytes.ofHex("a2010302810a"), CoseHeaders::read)).isEmpty();
  }

  @Test
  void a_value_that_the_shape_refuses_is_malformed() {
    Bytes text = new CborWriter(8).text("not a tenant!").toBytes();
    assertThat(Cbor.decode(text, in -> new io.telltale.kernel.TenantId(in.text()))).isEmpty();
  }

  @Test
  void another_library_reads_what_we_write() {
    var random = new Random(7);
    var mapper = new CBORMapper();
    for (int i = 0; i < 500; i++) {
      long number = random.nextLong() >> random.nextInt(64);
      byte[] bytes = new byte[random.nextInt(300)];
      random.nextBytes(bytes);
      String text = "é".repeat(random.nextInt(200));
      byte[] written =
          new CborWriter(16)
              .map(3)
              .integer(1)
              .integer(number)
              .integer(2)
              .bytes(bytes)
              .integer(300)
              .array(3)
              .text(text)
              .bool(true)
              .nothing()
              .toArray();
      JsonNode read = mapper.readTree(written);
      assertThat(read.get("1").asLong()).isEqualTo(number);
      assertThat(read.get("2").binaryValue()).isEqualTo(bytes);
      assertThat(read.get("300").get(0).asString()).isEqualTo(text);
      assertThat(read.get("300").get(1).asBoolean()).isTrue();
      assertThat(read.get("300").get(2).isNull()).isTrue();
    }
  }

  @Test
  void another_encoder_writes_the_same_bytes() throws IOException {
    var random = new Random(13);
    for (int i = 0; i < 500; i++) {
      long number = random.nextLong() >> random.nextInt(64);
      byte[] bytes = new byte[random.nextInt(70_000)];
      String text = "aé€😀".repeat(random.nextInt(100));
      var other = new ByteArrayOutputStream();
      var encoder = new CBOREncoder(other);
      encoder.writeTag(bytes.length);
      encoder.writeArrayHeader(bytes.length);
      encoder.writeMapHeader(i);
      encoder.writeInteger(number);
      encoder.writeByteString(bytes);
      encoder.writeTextString(text);
      encoder.writeBoolean(i % 2 == 0);
      encoder.writeNull();
      var ours = new CborWriter(16).tag(bytes.length).array(bytes.length).map(i).integer(number);
      ours.bytes(bytes).text(text).bool(i % 2 == 0).nothing();
      assertThat(ours.toArray()).isEqualTo(other.toByteArray());
    }
  }

  @Test
  void writes_the_shortest_head_at_every_boundary() throws IOException {
    for (long number : List.of(23L, 24L, 255L, 256L, 65_535L, 65_536L, 1L << 32, Long.MAX_VALUE)) {
      for (long one : List.of(number, number - 1, -number, -number - 1)) {
        var other = new ByteArrayOutputStream();
        new CBOREncoder(other).writeInteger(one);
        assertThat(new CborWriter(1).integer(one).toArray()).isEqualTo(other.toByteArray());
      }
    }
  }

  @Test
  void reads_each_kind_and_keeps_to_the_bounds_that_were_asked_for() {
    assertThat(Cbor.decode(Bytes.ofHex("f5"), CborReader::bool)).contains(true);
    assertThat(Cbor.decode(Bytes.ofHex("f4"), CborReader::bool)).contains(false);
    assertThat(Cbor.decode(Bytes.ofHex("62c3a9"), CborReader::text)).contains("é");
    assertThat(Cbor.decode(Bytes.ofHex("03"), in -> in.integer(3, 3))).contains(3L);
    assertThat(Cbor.decode(Bytes.ofHex("02"), in -> in.integer(3, 4))).isEmpty();
    assertThat(Cbor.decode(Bytes.ofHex("05"), in -> in.integer(3, 4))).isEmpty();
    assertThat(Cbor.decode(Bytes.ofHex("80"), in -> two(in::array, in))).isEmpty();
    assertThat(Cbor.decode(Bytes.ofHex("820102"), in -> two(in::array, in))).contains(3L);
    assertThat(Cbor.decode(Bytes.ofHex("a0"), in -> two(in::map, in))).isEmpty();
    assertThat(Cbor.decode(Bytes.ofHex("f6"), CborReader::nothing)).contains(true);
    assertThat(Cbor.decode(Bytes.ofHex("00"), CborReader::nothing)).isEmpty();
  }

  private static long two(IntConsumer collection, CborReader in) {
    collection.accept(2);
    return in.integer() + in.integer();
  }

  @Test
  void refuses_a_collection_beyond_any_of_ours() {
    byte[] zeros = new byte[70_000];
    for (int count : List.of(65_536, 65_537)) {
      Bytes array = new CborWriter(80_000).array(count).raw(zeros).toBytes();
      assertThat(
              Cbor.decode(
                  array,
                  in -> {
                    int found = in.array();
                    for (int i = 0; i < zeros.length; i++) {
                      in.integer();
                    }
                    return found;
                  }))
          .isEqualTo(count == 65_536 ? Optional.of(count) : Optional.empty());
    }
  }

  @Test
  void a_decoded_value_encodes_to_the_same_bytes() {
    var random = new Random(11);
    int accepted = 0;
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = new byte[1 + random.nextInt(6)];
      random.nextBytes(bytes);
      bytes[0] = (byte) (bytes[0] & 0x3f);
      Bytes input = Bytes.adopt(bytes);
      Optional<Long> number = Cbor.decode(input, CborReader::integer);
      if (number.isPresent()) {
        assertThat(new CborWriter(8).integer(number.get()).toBytes()).isEqualTo(input);
        accepted++;
      }
    }
    assertThat(accepted).isPositive();
  }
}
