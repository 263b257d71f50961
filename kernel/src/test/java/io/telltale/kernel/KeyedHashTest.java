package io.telltale.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KeyedHashTest {
  // The reference implementation's vectors_sip64: key 00..0f, input 00 01 02 ... of that length.
  @Test
  void agrees_with_the_published_vectors() {
    byte[] key = counting(16);
    var hash = new KeyedHash(key);
    assertThat(hash.of(Bytes.adopt(counting(0)))).isEqualTo(0x726fdb47dd0e0e31L);
    assertThat(hash.of(Bytes.adopt(counting(1)))).isEqualTo(0x74f839c593dc67fdL);
    assertThat(hash.of(Bytes.adopt(counting(8)))).isEqualTo(0x93f5f5799a932462L);
    assertThat(hash.of(Bytes.adopt(counting(15)))).isEqualTo(0xa129ca6149be45e5L);
  }

  private static byte[] counting(int size) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) i;
    }
    return bytes;
  }
}
