package io.telltale.crypto.pkcs11;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;

/** A library of which some functions answer what the real ones of a soft token never do. */
@SuppressWarnings("restricted") // A library in C is what this is about.
final class StrangeLibrary {
  /** More than any version up to 2.40 has. */
  private static final int FUNCTIONS_MAX = 68;

  private static final long TOKEN_INFO_BYTES = 208;
  private static final long FLAGS_AT = 96;

  private final Arena arena = Arena.global();
  private final MemorySegment list;
  private final MethodHandle tokenInfo;
  private long flags;

  StrangeLibrary(Path real) throws Throwable {
    MemorySegment get = SymbolLookup.libraryLookup(real, arena).findOrThrow("C_GetFunctionList");
    MemorySegment place = arena.allocate(ADDRESS);
    Object ok =
        Linker.nativeLinker()
            .downcallHandle(get, FunctionDescriptor.of(JAVA_LONG, ADDRESS))
            .invokeWithArguments(place);
    if (!ok.equals(0L)) {
      throw new AssertionError("C_GetFunctionList answered " + ok);
    }
    long bytes = 8 + 8L * FUNCTIONS_MAX;
    list = arena.allocate(bytes, 8);
    list.copyFrom(place.get(ADDRESS, 0).reinterpret(bytes));
    tokenInfo =
        Linker.nativeLinker()
            .downcallHandle(
                list.get(ADDRESS, at(Function.C_GET_TOKEN_INFO)),
                Function.C_GET_TOKEN_INFO.descriptor());
  }

  private static long at(Function function) {
    return 8 + 8L * function.index();
  }

  /** Every token says those flags of itself, too. */
  StrangeLibrary withFlags(long more) throws Throwable {
    flags = more;
    var type = MethodType.methodType(long.class, long.class, MemorySegment.class);
    MethodHandle ours = MethodHandles.lookup().bind(this, "tokenInfo", type);
    put(Function.C_GET_TOKEN_INFO, ours);
    return this;
  }

  // Called from C.
  @SuppressWarnings("unused")
  private long tokenInfo(long slot, MemorySegment info) throws Throwable {
    long code = (long) tokenInfo.invokeExact(slot, info);
    MemorySegment whole = info.reinterpret(TOKEN_INFO_BYTES);
    whole.set(JAVA_LONG, FLAGS_AT, whole.get(JAVA_LONG, FLAGS_AT) | flags);
    return code;
  }

  /** From now on {@code function} does nothing and answers that. */
  StrangeLibrary answering(Function function, long code) {
    MethodHandle constant = MethodHandles.constant(long.class, code);
    put(
        function,
        MethodHandles.dropArguments(
            constant, 0, function.descriptor().toMethodType().parameterList()));
    return this;
  }

  private void put(Function function, MethodHandle handle) {
    list.set(
        ADDRESS,
        at(function),
        Linker.nativeLinker().upcallStub(handle, function.descriptor(), arena));
  }

  Cryptoki cryptoki() throws Throwable {
    MethodHandle get =
        MethodHandles.lookup()
            .bind(this, "functionList", MethodType.methodType(long.class, MemorySegment.class));
    return Cryptoki.of(
        Linker.nativeLinker().upcallStub(get, FunctionDescriptor.of(JAVA_LONG, ADDRESS), arena));
  }

  // Called from C.
  @SuppressWarnings("unused")
  private long functionList(MemorySegment place) {
    place.reinterpret(ADDRESS.byteSize()).set(ADDRESS, 0, list);
    return 0;
  }
}
