package io.telltale.logembedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Durable bytes of segments as they were read last, in blocks: all partitions lie interleaved, and
 * who reads one after the other reads each block once. What is durable never changes, and a
 * segment's number is never used again. Thread-safe.
 */
final class RecentBlocks {
  static final int BLOCK_BYTES = 256 * 1024;

  /** 4 MiB: what comes in between two rounds of a reader that keeps up. */
  static final int BLOCKS_MAX = 16;

  private final Map<Key, Block> blocks =
      new LinkedHashMap<>(BLOCKS_MAX, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Block> eldest) {
          return size() > BLOCKS_MAX;
        }
      };

  private record Key(long segment, int block) {}

  /** Bytes below {@link #filled} are never written again, so that others may be reading them. */
  private static final class Block {
    final ByteBuffer bytes = ByteBuffer.allocate(BLOCK_BYTES);
    int filled;
  }

  /** One reader's view of a segment. Not thread-safe. */
  final class View {
    private final SegmentFile file;
    private final long segment;
    private final int end;
    private int index = -1;
    private @Nullable ByteBuffer block;

    /**
     * @param end nothing at or behind this position is shown, and all before it is durable
     */
    View(SegmentFile file, long segment, int end) {
      this.file = file;
      this.segment = segment;
      this.end = end;
    }

    /** The bytes from {@code position} on: {@code wanted} of them, or fewer where they end. */
    ByteBuffer at(int position, int wanted) throws IOException {
      int count = Math.min(wanted, end - position);
      if (count <= 0) {
        return ByteBuffer.allocate(0);
      }
      int within = position % BLOCK_BYTES;
      if (within + count <= BLOCK_BYTES) {
        return part(position, count);
      }
      var joined = ByteBuffer.allocate(count);
      while (joined.hasRemaining()) {
        int from = position + joined.position();
        int some = Math.min(joined.remaining(), BLOCK_BYTES - from % BLOCK_BYTES);
        joined.put(part(from, some));
      }
      return joined.flip();
    }

    private ByteBuffer part(int position, int count) throws IOException {
      int within = position % BLOCK_BYTES;
      ByteBuffer part = block(position / BLOCK_BYTES).duplicate();
      return part.limit(Math.min(part.limit(), within + count)).position(within);
    }

    private ByteBuffer block(int wanted) throws IOException {
      ByteBuffer known = block;
      if (known == null || index != wanted) {
        known = read(file, new Key(segment, wanted), end);
        block = known;
        index = wanted;
      }
      return known;
    }
  }

  private synchronized ByteBuffer read(SegmentFile file, Key key, int end) throws IOException {
    int from = key.block() * BLOCK_BYTES;
    int size = Math.min(BLOCK_BYTES, end - from);
    Block block = blocks.computeIfAbsent(key, _ -> new Block());
    if (block.filled < size) {
      ByteBuffer into = block.bytes.duplicate().limit(size).position(block.filled);
      file.read(from + block.filled, into);
      block.filled = into.position();
    }
    return block.bytes.duplicate().limit(Math.min(size, block.filled));
  }

  /** To be called when what was read is damaged: the next look is at the file again. */
  synchronized void forget() {
    blocks.clear();
  }
}
