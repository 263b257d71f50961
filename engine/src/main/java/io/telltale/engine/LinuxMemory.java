package io.telltale.engine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.telltale.kernel.UnavailableException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** The three system calls behind an anonymous memory file (memfd_create(2), fcntl(2)). */
final class LinuxMemory {
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int F_ADD_SEALS = 1033;
  private static final int F_SEAL_SEAL_SHRINK_GROW_WRITE = 1 | 2 | 4 | 8;
  private static final Optional<LinuxMemory> INSTANCE = link();

  private final MethodHandle memfdCreate;
  private final MethodHandle fcntl;
  private final MethodHandle close;

  @SuppressWarnings("restricted") // native access is granted to the program by its launcher
  private LinuxMemory(Linker linker, SymbolLookup symbols) {
    memfdCreate =
        linker.downcallHandle(
            symbols.findOrThrow("memfd_create"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    fcntl =
        linker.downcallHandle(
            symbols.findOrThrow("fcntl"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    close =
        linker.downcallHandle(
            symbols.findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  }

  /** Empty where the system has no memory files. */
  static Optional<LinuxMemory> available() {
    return INSTANCE;
  }

  private static Optional<LinuxMemory> link() {
    Linker linker = Linker.nativeLinker();
    SymbolLookup symbols = linker.defaultLookup();
    return symbols.find("memfd_create").map(_ -> new LinuxMemory(linker, symbols));
  }

  /** A descriptor that child processes do not inherit. */
  int create() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom("lake");
      int descriptor = (int) memfdCreate.invokeExact(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
      if (descriptor < 0) {
        throw new UnavailableException("making a memory file: no descriptor or memory left");
      }
      return descriptor;
    } catch (Throwable e) {
      throw rethrow(e);
    }
  }

  /** From here on nobody can write, grow or shrink it, whoever holds it; for good. */
  void seal(int descriptor) {
    try {
      int result = (int) fcntl.invokeExact(descriptor, F_ADD_SEALS, F_SEAL_SEAL_SHRINK_GROW_WRITE);
      if (result != 0) {
        throw new IllegalStateException("a memory file that is still mapped for writing");
      }
    } catch (Throwable e) {
      throw rethrow(e);
    }
  }

  void close(int descriptor) {
    try {
      int result = (int) close.invokeExact(descriptor);
      if (result != 0) {
        throw new IllegalStateException("a memory file that was closed before");
      }
    } catch (Throwable e) {
      throw rethrow(e);
    }
  }

  static RuntimeException rethrow(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
  }
}
