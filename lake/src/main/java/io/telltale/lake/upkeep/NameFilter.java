package io.telltale.lake.upkeep;

/**
 * Knows all names that were added, and takes few others for one of them: in the same memory however
 * many they are. A Bloom filter; those that it mistakes are others under another salt.
 */
final class NameFilter {
  /** 8 MiB: of ten million names added, one in 25 others is mistaken; of a million, none. */
  static final int BITS_LOG_2 = 26;

  private static final int PROBES = 4;
  private static final long FNV_PRIME = 0x100000001b3L;
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private final long[] words;
  private final int shift;
  private final long salt;

  /**
   * @param bitsLog2 how much memory, 6 to 36
   */
  NameFilter(int bitsLog2, long salt) {
    this.words = new long[1 << (bitsLog2 - 6)];
    this.shift = Long.SIZE - bitsLog2;
    this.salt = salt;
  }

  void add(String name) {
    long hash = hash(name);
    for (int probe = 0; probe < PROBES; probe++) {
      long bit = bit(hash, probe);
      words[(int) (bit >>> 6)] |= 1L << bit;
    }
  }

  /** True for each that was added. */
  boolean mayHold(String name) {
    long hash = hash(name);
    for (int probe = 0; probe < PROBES; probe++) {
      long bit = bit(hash, probe);
      if ((words[(int) (bit >>> 6)] & (1L << bit)) == 0) {
        return false;
      }
    }
    return true;
  }

  private long bit(long hash, int probe) {
    return mixed(hash + probe * GOLDEN) >>> shift;
  }

  private long hash(String name) {
    long hash = salt;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * FNV_PRIME;
    }
    return hash;
  }

  // The finalizer of SplitMix64.
  private static long mixed(long hash) {
    long mixed = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return mixed ^ (mixed >>> 31);
  }
}
