package io.telltale.logembedded;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A disk with a page cache, in memory: writes are lost in a power cut unless forced, in any part
 * and order, and it fails in the ways that disks fail.
 */
final class MemoryFiles implements SegmentFiles {
  private static final int BLOCK = 512;

  /** What goes wrong from now on. */
  enum Fault {
    NONE,
    /** No write gets through. */
    NO_SPACE,
    /** Half of a write gets through. */
    SHORT_WRITE,
    /** Forcing fails; the pages are lost and, as on Linux, called clean. */
    FORCE_LOST,
    /** Forcing fails, although everything got to the disk. */
    FORCE_KEPT
  }

  private Map<String, Node> cached = new HashMap<>();
  private Map<String, Node> onDisk = new HashMap<>();
  private Fault fault = Fault.NONE;
  private int forces;

  synchronized void fail(Fault next) {
    fault = next;
  }

  synchronized int forces() {
    return forces;
  }

  /** The power goes: of everything that was not forced a random part is lost. */
  synchronized void cutPower(Random random) {
    Set<String> names = new java.util.TreeSet<>(cached.keySet());
    names.addAll(onDisk.keySet());
    var after = new HashMap<String, Node>();
    for (String name : names) {
      Node synced = onDisk.get(name);
      Node recent = cached.get(name);
      Node survivor = synced == recent || random.nextBoolean() ? recent : synced;
      if (survivor != null) {
        survivor.cutPower(random);
        after.put(name, survivor);
      }
    }
    cached = after;
    onDisk = new HashMap<>(after);
    fault = Fault.NONE;
  }

  synchronized byte[] bytesOf(String name) {
    Node node = cached.get(name);
    return node == null ? new byte[0] : Arrays.copyOf(node.cache, node.size);
  }

  synchronized void put(String name, byte[] bytes) {
    var node = new Node();
    node.write(0, bytes);
    node.force();
    cached.put(name, node);
    onDisk.put(name, node);
  }

  synchronized MemoryFiles copy() {
    var copy = new MemoryFiles();
    for (String name : cached.keySet()) {
      copy.put(name, bytesOf(name));
    }
    return copy;
  }

  @Override
  public synchronized List<String> names() {
    return List.copyOf(cached.keySet());
  }

  @Override
  public synchronized SegmentFile create(String name) throws IOException {
    if (fault == Fault.NO_SPACE) {
      throw new FileNotFoundException(name + " (injected: No space left on device)");
    }
    var node = new Node();
    cached.put(name, node);
    return new OpenFile(node);
  }

  @Override
  public synchronized SegmentFile open(String name) throws IOException {
    Node node = cached.get(name);
    if (node == null) {
      throw new NoSuchFileException(name);
    }
    return new OpenFile(node);
  }

  @Override
  public synchronized void delete(String name) {
    cached.remove(name);
  }

  @Override
  public synchronized void sync() throws IOException {
    if (fault == Fault.FORCE_LOST) {
      throw new IOException("injected: the folder cannot be forced");
    }
    onDisk = new HashMap<>(cached);
  }

  @Override
  public void close() {}

  private static final class Node {
    private byte[] cache = new byte[0];
    private byte[] disk = new byte[0];
    private int size;
    private int sizeOnDisk;
    private final BitSet dirty = new BitSet();

    void write(int position, byte[] bytes) {
      int end = position + bytes.length;
      if (end > cache.length) {
        int room = Math.max(end * 2, BLOCK) / BLOCK * BLOCK + BLOCK;
        cache = Arrays.copyOf(cache, room);
        disk = Arrays.copyOf(disk, room);
      }
      System.arraycopy(bytes, 0, cache, position, bytes.length);
      size = Math.max(size, end);
      if (bytes.length > 0) {
        dirty.set(position / BLOCK, (end - 1) / BLOCK + 1);
      }
    }

    void truncate(int to) {
      if (to < size) {
        Arrays.fill(cache, to, size, (byte) 0);
        dirty.set(to / BLOCK);
        size = to;
      }
    }

    void force() {
      dirty.stream().forEach(this::persist);
      dirty.clear();
      sizeOnDisk = size;
    }

    void forceLost() {
      dirty.clear();
    }

    void cutPower(Random random) {
      dirty.stream().filter(block -> random.nextBoolean()).forEach(this::persist);
      if (random.nextBoolean()) {
        sizeOnDisk = size;
      } else if (size > sizeOnDisk) {
        sizeOnDisk += random.nextInt(size - sizeOnDisk + 1);
      }
      dirty.clear();
      cache = disk.clone();
      Arrays.fill(cache, sizeOnDisk, cache.length, (byte) 0);
      disk = cache.clone();
      size = sizeOnDisk;
    }

    private void persist(int block) {
      int from = block * BLOCK;
      if (from < cache.length) {
        System.arraycopy(cache, from, disk, from, Math.min(BLOCK, cache.length - from));
      }
    }
  }

  private final class OpenFile implements SegmentFile {
    private final Node node;

    OpenFile(Node node) {
      this.node = node;
    }

    @Override
    public long size() {
      synchronized (MemoryFiles.this) {
        return node.size;
      }
    }

    @Override
    public void write(long position, ByteBuffer bytes) throws IOException {
      synchronized (MemoryFiles.this) {
        byte[] all = new byte[bytes.remaining()];
        bytes.get(all);
        if (fault == Fault.NO_SPACE) {
          throw new IOException("injected: No space left on device");
        }
        if (fault == Fault.SHORT_WRITE) {
          node.write((int) position, Arrays.copyOf(all, all.length / 2));
          throw new IOException("injected: No space left on device, half written");
        }
        node.write((int) position, all);
      }
    }

    @Override
    public void read(long position, ByteBuffer into) {
      synchronized (MemoryFiles.this) {
        int count = Math.min(into.remaining(), node.size - (int) position);
        if (count > 0) {
          into.put(node.cache, (int) position, count);
        }
      }
    }

    @Override
    public void force() throws IOException {
      synchronized (MemoryFiles.this) {
        forces++;
        if (fault == Fault.FORCE_LOST) {
          node.forceLost();
          throw new IOException("injected: force failed, pages lost");
        }
        node.force();
        if (fault == Fault.FORCE_KEPT) {
          throw new IOException("injected: force failed, pages kept");
        }
      }
    }

    @Override
    public void truncate(long size) {
      synchronized (MemoryFiles.this) {
        node.truncate((int) size);
      }
    }

    @Override
    public void close() {}
  }
}
