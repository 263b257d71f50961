package io.telltale.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.EcdsaP256;
import io.telltale.kernel.Bytes;
import java.security.KeyPair;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** Near misses: what a bit, a byte, a cut or a splice away from a good encoding does. */
@NullMarked
class MutationsTest {
  private static final int TRIES = 30_000;
  private static final long SEED = 20_261_123;

  @Test
  void an_origin_has_one_encoding() {
    Bytes good = OriginCodec.encode(Samples.origin());
    int accepted = tryAll(good, bytes -> OriginCodec.decode(bytes).map(OriginCodec::encode));
    System.out.println("mutated origins that are origins still: " + accepted + " of " + TRIES);
  }

  @Test
  void an_announcement_has_one_encoding() {
    Bytes good = LeaseCodec.encode(Samples.announcement());
    int accepted = tryAll(good, bytes -> LeaseCodec.announcement(bytes).map(LeaseCodec::encode));
    System.out.println("mutated announcements that are some still: " + accepted + " of " + TRIES);
  }

  @Test
  void an_epoch_key_has_one_encoding() {
    Bytes good = EpochCodec.encode(Samples.epochKey());
    int accepted = tryAll(good, bytes -> EpochCodec.key(bytes).map(EpochCodec::encode));
    System.out.println("mutated epoch keys that are some still: " + accepted + " of " + TRIES);
  }

  @Test
  void no_epoch_key_but_the_signed_one_verifies() {
    KeyPair pair = EcdsaP256.generate();
    Bytes good =
        EpochCodec.sign(Samples.epochKey(), bytes -> EcdsaP256.sign(pair.getPrivate(), bytes));
    var random = new Random(SEED);
    for (int i = 0; i < TRIES / 10; i++) {
      Bytes mutant = mutant(good, random);
      boolean verified =
          EpochCodec.decode(mutant).filter(s -> s.verify(pair.getPublic())).isPresent();
      assertThat(verified).isEqualTo(mutant.equals(good));
    }
  }

  @Test
  void nothing_but_the_signed_bytes_verifies() {
    KeyPair pair = EcdsaP256.generate();
    Bytes good =
        LeaseCodec.sign(Samples.announcement(), bytes -> EcdsaP256.sign(pair.getPrivate(), bytes));
    var random = new Random(SEED);
    for (int i = 0; i < TRIES / 10; i++) {
      Bytes mutant = mutant(good, random);
      boolean verified =
          LeaseCodec.decode(mutant).filter(s -> s.verify(pair.getPublic())).isPresent();
      assertThat(verified).isEqualTo(mutant.equals(good));
    }
  }

  private static int tryAll(Bytes good, Function<Bytes, Optional<Bytes>> codec) {
    var random = new Random(SEED);
    int accepted = 0;
    for (int i = 0; i < TRIES; i++) {
      Bytes mutant = mutant(good, random);
      Optional<Bytes> again = codec.apply(mutant);
      if (again.isPresent()) {
        assertThat(again.get()).as("seed " + SEED + ", try " + i).isEqualTo(mutant);
        accepted++;
      }
    }
    return accepted;
  }

  private static Bytes mutant(Bytes good, Random random) {
    byte[] bytes = good.toArray();
    int at = random.nextInt(bytes.length);
    switch (random.nextInt(5)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[at] = (byte) random.nextInt(256);
      case 2 -> bytes = Arrays.copyOf(bytes, at);
      case 3 -> bytes = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(4));
      default -> {
        int from = random.nextInt(bytes.length);
        int size = Math.min(bytes.length - Math.max(at, from), 1 + random.nextInt(16));
        System.arraycopy(bytes, from, bytes, at, size);
      }
    }
    return Bytes.adopt(bytes);
  }
}
