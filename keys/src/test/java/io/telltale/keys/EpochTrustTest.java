package io.telltale.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.Hpke;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.leases.KeyService;
import io.telltale.leases.Line;
import io.telltale.leases.PinnedKeys;
import io.telltale.leases.RecordOpener;
import io.telltale.leases.RecordSealer;
import io.telltale.leases.Sealers;
import io.telltale.leases.Tape;
import io.telltale.record.Epoch;
import io.telltale.record.EpochCodec;
import io.telltale.record.EpochPublicKey;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PublicKey;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sealer seals to nobody's key but one that the pinned signer vouches for. */
@NullMarked
class EpochTrustTest {
  private static final LocalDate TODAY = LocalDate.ofInstant(House.NOON, ZoneOffset.UTC);
  private static final RecordSealer.Sealed NOT_VOUCHED_FOR =
      new RecordSealer.Sealed.Unavailable("epoch-key-not-vouched-for");

  @TempDir Path folder;
  private House house;

  @BeforeEach
  void open() {
    house = new House(folder);
  }

  @AfterEach
  void close() {
    house.close();
  }

  private Bytes statement(Scope scope, LocalDate day) {
    var answer = house.authority.epochPublic(scope, day, House.DOOR);
    assertThat(answer).isInstanceOf(KeyService.EpochKey.Public.class);
    return ((KeyService.EpochKey.Public) answer).signed();
  }

  private RecordSealer.Sealed sealWith(UnaryOperator<Bytes> line, List<PublicKey> pinned) {
    var keys = new PinnedKeys(new Line(house.authority, line), pinned);
    try (RecordSealer sealer = Sealers.create(house.door, keys, Entropy.system(), house.clock)) {
      return sealer.seal(0, House.origin(1), House.payload(1));
    }
  }

  private RecordSealer.Sealed sealWith(UnaryOperator<Bytes> line) {
    return sealWith(line, house.authority.epochSigners());
  }

  // KM-3
  @Test
  void takes_the_key_services_own_statement_before_and_after_a_restart() {
    Bytes before = statement(House.SCOPE, TODAY);
    List<PublicKey> pinned = house.authority.epochSigners();
    house.restart();
    assertThat(statement(House.SCOPE, TODAY)).isEqualTo(before);
    assertThat(house.authority.epochSigners()).isEqualTo(pinned);
    assertThat(EpochCodec.decode(before).orElseThrow().verify(pinned.getFirst())).isTrue();
    assertThat(sealWith(statement -> statement)).isInstanceOf(RecordSealer.Sealed.Ready.class);
  }

  @Test
  void states_keys_for_two_weeks_ahead() {
    for (int days = 0; days < 14; days++) {
      var key = EpochCodec.decode(statement(House.SCOPE, TODAY.plusDays(days))).orElseThrow().key();
      assertThat(key.epoch()).isEqualTo(new Epoch(House.SCOPE, TODAY.plusDays(days), 1));
    }
  }

  @Test
  void refuses_a_key_that_somebody_else_signed() {
    KeyPair thief = EcdsaP256.generate();
    var key = new EpochPublicKey(new Epoch(House.SCOPE, TODAY, 1), Hpke.generate().publicKey());
    Bytes forged = EpochCodec.sign(key, message -> EcdsaP256.sign(thief.getPrivate(), message));
    assertThat(sealWith(_ -> forged)).isEqualTo(NOT_VOUCHED_FOR);
    assertThat(sealWith(statement -> statement, List.of(thief.getPublic())))
        .isEqualTo(NOT_VOUCHED_FOR);
    assertThat(sealWith(statement -> statement, List.of())).isEqualTo(NOT_VOUCHED_FOR);
    // While a signer is replaced both are pinned.
    assertThat(
            sealWith(
                statement -> statement,
                List.of(thief.getPublic(), house.authority.epochSigners().getFirst())))
        .isInstanceOf(RecordSealer.Sealed.Ready.class);
  }

  @Test
  void refuses_the_statement_of_another_scope_or_day() {
    Bytes elsewhere = statement(House.scope("plant-2", Sensitivity.INTERNAL), TODAY);
    Bytes tomorrow = statement(House.SCOPE, TODAY.plusDays(1));
    assertThat(sealWith(_ -> elsewhere)).isEqualTo(NOT_VOUCHED_FOR);
    assertThat(sealWith(_ -> tomorrow)).isEqualTo(NOT_VOUCHED_FOR);
  }

  @Test
  void refuses_a_statement_with_any_bit_turned() {
    Bytes good = statement(House.SCOPE, TODAY);
    for (int at = 0; at < good.size(); at += 1 + at % 13) {
      byte[] altered = good.toArray();
      altered[at] ^= (byte) (1 << at % 8);
      assertThat(sealWith(_ -> Bytes.adopt(altered))).as("byte " + at).isEqualTo(NOT_VOUCHED_FOR);
    }
    assertThat(sealWith(_ -> Bytes.EMPTY)).isEqualTo(NOT_VOUCHED_FOR);
  }

  @Tag("sqlite")
  @Test
  void replaces_pairs_without_statement_and_still_opens_what_they_sealed() throws Exception {
    var tape = new Tape(0);
    try (RecordSealer sealer = house.sealer()) {
      tape.seal(sealer, 0, 3);
    }
    house.close();
    String database = "jdbc:sqlite:" + folder.resolve("shred").resolve("shred.db");
    try (Connection connection = DriverManager.getConnection(database);
        Statement update = connection.createStatement()) {
      update.executeUpdate("UPDATE epochs SET signed = NULL");
      // Nor had its rows seals then.
      for (String table : List.of("seal_head", "seal_row", "seal_bucket", "seal_change")) {
        update.executeUpdate("DROP TABLE " + table);
      }
    }
    house.restart();
    var fresh = EpochCodec.decode(statement(House.SCOPE, TODAY)).orElseThrow().key();
    assertThat(fresh.epoch().version()).isEqualTo(2);
    try (RecordSealer sealer = house.sealer();
        RecordOpener opener = house.opener(0)) {
      tape.seal(sealer, 3, 5);
      assertThat(tape.openAll(opener)).hasSize(5);
    }
  }
}
