package io.telltale.leases;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.kernel.Bytes;
import io.telltale.keys.House;
import java.nio.file.Files;
import java.util.Optional;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** No bytes make the opener, its state's decoder or the seal throw. */
@NullMarked
class DecodersFuzzTest {
  // Of version 1, read for good.
  private static final Bytes WITHOUT_LEASES = Bytes.ofHex("820180");

  private static House house;
  private static RecordOpener opener;
  private static StateSeal seal;

  @BeforeAll
  static void open() throws Exception {
    house = new House(Files.createTempDirectory("fuzz"));
    opener = house.opener(0);
    seal = house.authority.stateSeal(House.PIPELINE);
    var tape = new Tape(0);
    try (RecordSealer sealer = house.sealer()) {
      tape.seal(sealer, 0, 1);
    }
    tape.openAll(opener);
  }

  @AfterAll
  static void close() {
    opener.close();
    house.close();
  }

  @FuzzTest
  void the_opener_never_throws(byte[] input) {
    RecordOpener.Opened opened = opener.open(Bytes.copyOf(input));
    if (!(opened instanceof RecordOpener.Opened.Rejected)) {
      throw new AssertionError("opened what nobody sealed");
    }
  }

  @FuzzTest
  void the_states_decoder_never_throws(byte[] input) {
    Bytes bytes = Bytes.copyOf(input);
    same(
        bytes,
        OpenerState.decode(bytes)
            .filter(state -> state.leases().isEmpty() && !bytes.equals(WITHOUT_LEASES))
            .map(state -> OpenerState.encode(state.records())));
    same(bytes, OpenerState.decodeLease(bytes).map(OpenerState::encodeLease));
  }

  private static void same(Bytes input, Optional<Bytes> again) {
    if (again.isPresent() && !again.get().equals(input)) {
      throw new AssertionError("two encodings of one state");
    }
  }

  @FuzzTest
  void the_state_seal_never_throws(byte[] input) {
    if (seal.open("context", Bytes.copyOf(input)).isPresent()) {
      throw new AssertionError("opened what nobody sealed");
    }
  }
}
