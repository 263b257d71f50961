package io.telltale.engine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** What a process can give up for good (setrlimit(2), prctl(2)). */
final class LinuxProcess {
  private static final int PR_SET_DUMPABLE = 4;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final Optional<LinuxProcess> INSTANCE = link();

  private final MethodHandle setrlimit;
  private final MethodHandle prctl;

  /** Resources with the numbers that Linux gives them on x86-64 and arm64. */
  enum Limit {
    CPU_SECONDS(0),
    FILE_BYTES(1),
    PRIVATE_BYTES(2),
    CORE_BYTES(4),
    DESCRIPTORS(7);

    private final int number;

    Limit(int number) {
      this.number = number;
    }
  }

  @SuppressWarnings("restricted") // native access is granted to the program by its launcher
  private LinuxProcess(Linker linker, SymbolLookup symbols) {
    setrlimit =
        linker.downcallHandle(
            symbols.findOrThrow("setrlimit"), FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
    prctl =
        linker.downcallHandle(
            symbols.findOrThrow("prctl"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
  }

  /** Empty on any other system. */
  static Optional<LinuxProcess> available() {
    return INSTANCE;
  }

  private static Optional<LinuxProcess> link() {
    Linker linker = Linker.nativeLinker();
    SymbolLookup symbols = linker.defaultLookup();
    return symbols.find("prctl").map(_ -> new LinuxProcess(linker, symbols));
  }

  /** Nobody without privilege can look into this process's memory, descriptors or environment. */
  void hide() {
    control(PR_SET_DUMPABLE, 0);
  }

  /** No program that this process starts gets more rights than it has. */
  void neverGainPrivileges() {
    control(PR_SET_NO_NEW_PRIVS, 1);
  }

  private void control(int option, long value) {
    try {
      int result = (int) prctl.invokeExact(option, value, 0L, 0L, 0L);
      if (result != 0) {
        throw new IllegalStateException("prctl " + option + " failed");
      }
    } catch (Throwable e) {
      throw LinuxMemory.rethrow(e);
    }
  }

  /** Lowers the limit for good. */
  void limit(Limit limit, long max) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment soft = arena.allocateFrom(JAVA_LONG, max, max);
      int result = (int) setrlimit.invokeExact(limit.number, soft);
      if (result != 0) {
        throw new IllegalStateException("setrlimit " + limit + " failed");
      }
    } catch (Throwable e) {
      throw LinuxMemory.rethrow(e);
    }
  }
}
