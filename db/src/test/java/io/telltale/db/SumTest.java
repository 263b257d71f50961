package io.telltale.db;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SumTest {
  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(256);

  @Test
  void adds_and_subtracts_modulo_2_to_the_256() {
    var random = new Random(1);
    List<BigInteger> edges =
        List.of(
            BigInteger.ZERO,
            BigInteger.ONE,
            BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE),
            BigInteger.ONE.shiftLeft(192).subtract(BigInteger.ONE),
            MODULUS.subtract(BigInteger.ONE));
    for (int i = 0; i < 10_000; i++) {
      BigInteger a = i % 3 == 0 ? edges.get(i % 5) : new BigInteger(256, random);
      BigInteger b = i % 7 == 0 ? edges.get(i / 7 % 5) : new BigInteger(256, random);
      assertThat(number(sum(a).plus(sum(b)))).isEqualTo(a.add(b).mod(MODULUS));
      assertThat(number(sum(a).minus(sum(b)))).isEqualTo(a.subtract(b).mod(MODULUS));
    }
  }

  private static Sum sum(BigInteger value) {
    return Sum.of(Bytes.adopt(value.toByteArray()));
  }

  private static BigInteger number(Sum sum) {
    return new BigInteger(1, sum.bytes().borrow());
  }
}
