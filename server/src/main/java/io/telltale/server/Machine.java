package io.telltale.server;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * What this process may have.
 *
 * @param directBytes of buffers outside the heap
 * @param descriptors open files and connections together
 * @param memoryBytes of the machine, or of the container
 */
public record Machine(long heapBytes, long directBytes, long descriptors, long memoryBytes) {
  private static final long DESCRIPTORS_UNKNOWN = 10_240;

  public static Machine here() {
    long heap = Runtime.getRuntime().maxMemory();
    return new Machine(heap, directBytesMax(heap), descriptorsMax(), memoryBytes(heap));
  }

  private static long directBytesMax(long heap) {
    var hotspot = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    long set = Long.parseLong(hotspot.getVMOption("MaxDirectMemorySize").getValue());
    return set > 0 ? set : heap;
  }

  private static long memoryBytes(long heap) {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : 2 * heap;
  }

  private static long descriptorsMax() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getMaxFileDescriptorCount()
        : DESCRIPTORS_UNKNOWN;
  }
}
