package io.telltale.doors.session;

import io.telltale.kernel.TenantId;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes all sessions of a door keep of one kind: a share of the heap, however many there
 * are. One tenant has half of it at most, so that the others have the rest. Thread-safe.
 */
public final class HoldRoom {
  // What a message takes beside its bytes.
  private static final long OVERHEAD_BYTES = 256;

  private final long bytesMax;
  private final AtomicLong taken = new AtomicLong();
  // Tenants are few, and none goes.
  private final ConcurrentHashMap<TenantId, AtomicLong> byTenant = new ConcurrentHashMap<>();

  public HoldRoom(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** False when there is no room for a message of {@code bytes}; then nothing is taken. */
  public boolean take(TenantId tenant, int bytes) {
    long all = OVERHEAD_BYTES + bytes;
    AtomicLong own = byTenant.computeIfAbsent(tenant, _ -> new AtomicLong());
    boolean fits = own.addAndGet(all) <= bytesMax / 2;
    if (taken.addAndGet(all) <= bytesMax && fits) {
      return true;
    }
    giveBack(tenant, bytes);
    return false;
  }

  public void giveBack(TenantId tenant, int bytes) {
    long all = OVERHEAD_BYTES + bytes;
    taken.addAndGet(-all);
    byTenant.computeIfAbsent(tenant, _ -> new AtomicLong()).addAndGet(-all);
  }

  public long taken() {
    return taken.get();
  }
}
