package io.telltale.crypto;

import java.util.Arrays;

/** Hands out each byte of a block once and wipes it from the block. */
final class BufferedEntropy implements Entropy {
  private final Entropy source;
  private final byte[] block;
  private int used;

  BufferedEntropy(Entropy source, int blockBytes) {
    this.source = source;
    this.block = new byte[blockBytes];
    this.used = blockBytes;
  }

  @Override
  public void fill(byte[] target) {
    if (target.length > block.length) {
      source.fill(target);
      return;
    }
    if (block.length - used < target.length) {
      source.fill(block);
      used = 0;
    }
    System.arraycopy(block, used, target, 0, target.length);
    Arrays.fill(block, used, used + target.length, (byte) 0);
    used += target.length;
  }
}
