package io.telltale.crypto.pkcs11;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A PKCS #11 library as it is, by the layout that C has on 64-bit Unix. Thread-safe as far as the
 * library is, which is asked to lock for itself; a session is for one thread at a time.
 */
@SuppressWarnings("restricted") // A library in C is what this is about.
final class Cryptoki {
  private static final long OK = 0;
  private static final long USER = 1;
  private static final long OS_LOCKING = 2;
  private static final long SERIAL_RW_SESSION = 4 | 2;

  private static final long EC_KEY_PAIR_GEN = 0x1040;
  private static final long ECDSA = 0x1041;

  private static final int SLOTS_MAX = 4096;
  private static final int FOUND_MAX = 16;
  private static final int ATTRIBUTE_BYTES_MAX = 4096;
  private static final int SIGNATURE_BYTES_MAX = 256;

  /** {@code version}, then pointers: what C puts before the first is eight bytes. */
  private static final long FUNCTIONS_AT = 8;

  private static final long ATTRIBUTE_BYTES = 24;
  private static final long MECHANISM_BYTES = 24;
  private static final long TOKEN_INFO_BYTES = 208;
  private static final int LABEL_BYTES = 32;
  private static final long FLAGS_AT = 96;

  private final Map<Function, MethodHandle> functions = new EnumMap<>(Function.class);

  /**
   * What a token says of itself.
   *
   * @param label without the blanks that fill it up
   */
  record TokenInfo(long slot, String label, long flags) {
    static final long USER_PIN_FINAL_TRY = 0x20000;
    static final long USER_PIN_LOCKED = 0x40000;

    boolean has(long flag) {
      return (flags & flag) != 0;
    }
  }

  /** The two halves, as the session knows them. */
  record Pair(long publicKey, long privateKey) {}

  private Cryptoki() {}

  /** Loads it for as long as the process lives; throws {@link UnavailableException}. */
  static Cryptoki load(Path library) {
    try {
      var lookup = SymbolLookup.libraryLookup(library.toAbsolutePath(), Arena.global());
      return of(lookup.findOrThrow("C_GetFunctionList"));
    } catch (IllegalArgumentException e) {
      throw new UnavailableException(
          "%s cannot be loaded as a PKCS #11 library: is it there, for this kind of machine, with"
                  .formatted(library)
              + " all that it needs (ldd), and may this user read it?",
          e);
    } catch (CryptokiException | java.util.NoSuchElementException e) {
      throw new UnavailableException(library + " is no PKCS #11 library", e);
    }
  }

  /** What that function of a library says. */
  static Cryptoki of(MemorySegment getFunctionList) throws CryptokiException {
    var cryptoki = new Cryptoki();
    Linker linker = Linker.nativeLinker();
    MethodHandle get =
        linker.downcallHandle(getFunctionList, FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment place = arena.allocate(ADDRESS);
      if (invoke(get, place) != OK) {
        throw new CryptokiException("it does not say where its functions are");
      }
      long bytes = FUNCTIONS_AT + ADDRESS.byteSize() * (Function.C_GENERATE_KEY_PAIR.index() + 1);
      MemorySegment list = place.get(ADDRESS, 0).reinterpret(bytes);
      for (Function function : Function.values()) {
        MemorySegment at = list.get(ADDRESS, FUNCTIONS_AT + ADDRESS.byteSize() * function.index());
        if (at.address() == 0) {
          throw new CryptokiException(function + " is not there");
        }
        cryptoki.functions.put(function, linker.downcallHandle(at, function.descriptor()));
      }
    }
    return cryptoki;
  }

  private static long invoke(MethodHandle handle, Object... arguments) {
    try {
      return (long) handle.invokeWithArguments(arguments);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a call into C throws nothing of Java's", e);
    }
  }

  private long answer(Function function, Object... arguments) {
    return invoke(java.util.Objects.requireNonNull(functions.get(function)), arguments);
  }

  private void call(Function function, Object... arguments) throws CryptokiException {
    long code = answer(function, arguments);
    if (code != OK) {
      throw new CryptokiException(function, code);
    }
  }

  /** Whether it was this call that did; somebody else of this process may have before. */
  boolean initialize() throws CryptokiException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment arguments = arena.allocate(6 * ADDRESS.byteSize(), ADDRESS.byteAlignment());
      arguments.set(JAVA_LONG, 4 * ADDRESS.byteSize(), OS_LOCKING);
      long code = answer(Function.C_INITIALIZE, arguments);
      if (code != OK && code != CryptokiException.ALREADY_INITIALIZED) {
        throw new CryptokiException(Function.C_INITIALIZE, code);
      }
      return code == OK;
    }
  }

  /** Ends every session of this process; what it answers changes nothing. */
  void end() {
    answer(Function.C_FINALIZE, MemorySegment.NULL);
  }

  /** The tokens that are there; one that says nothing of itself is left out. */
  List<TokenInfo> tokens() throws CryptokiException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(JAVA_LONG);
      call(Function.C_GET_SLOT_LIST, (byte) 1, MemorySegment.NULL, count);
      long room = Math.min(SLOTS_MAX, count.get(JAVA_LONG, 0));
      MemorySegment slots = arena.allocate(JAVA_LONG, Math.max(1, room));
      count.set(JAVA_LONG, 0, room);
      call(Function.C_GET_SLOT_LIST, (byte) 1, slots, count);
      MemorySegment info = arena.allocate(TOKEN_INFO_BYTES, Long.BYTES);
      var tokens = new ArrayList<TokenInfo>();
      for (long i = 0; i < Math.min(room, count.get(JAVA_LONG, 0)); i++) {
        long slot = slots.getAtIndex(JAVA_LONG, i);
        if (answer(Function.C_GET_TOKEN_INFO, slot, info) == OK) {
          byte[] label = info.asSlice(0, LABEL_BYTES).toArray(JAVA_BYTE);
          tokens.add(
              new TokenInfo(
                  slot,
                  new String(label, StandardCharsets.UTF_8).stripTrailing(),
                  info.get(JAVA_LONG, FLAGS_AT)));
        }
      }
      return tokens;
    }
  }

  long openSession(long slot) throws CryptokiException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment session = arena.allocate(JAVA_LONG);
      call(
          Function.C_OPEN_SESSION,
          slot,
          SERIAL_RW_SESSION,
          MemorySegment.NULL,
          MemorySegment.NULL,
          session);
      return session.get(JAVA_LONG, 0);
    }
  }

  /** What it answers changes nothing: a session that is not there is closed. */
  void closeSession(long session) {
    answer(Function.C_CLOSE_SESSION, session);
  }

  /** Logs in for all sessions of this process with that token. */
  void login(long session, byte[] pin) throws CryptokiException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(Math.max(1, pin.length));
      MemorySegment.copy(pin, 0, text, JAVA_BYTE, 0, pin.length);
      long code;
      try {
        code = answer(Function.C_LOGIN, session, USER, text, (long) pin.length);
      } finally {
        text.fill((byte) 0);
      }
      if (code != OK && code != CryptokiException.USER_ALREADY_LOGGED_IN) {
        throw new CryptokiException(Function.C_LOGIN, code);
      }
    }
  }

  List<Long> find(long session, List<Attribute> wanted) throws CryptokiException {
    try (Arena arena = Arena.ofConfined()) {
      call(Function.C_FIND_OBJECTS_INIT, session, template(arena, wanted), (long) wanted.size());
      try {
        MemorySegment objects = arena.allocate(JAVA_LONG, FOUND_MAX);
        MemorySegment count = arena.allocate(JAVA_LONG);
        call(Function.C_FIND_OBJECTS, session, objects, (long) FOUND_MAX, count);
        var found = new ArrayList<Long>();
        for (long i = 0; i < Math.min(FOUND_MAX, count.get(JAVA_LONG, 0)); i++) {
          found.add(objects.getAtIndex(JAVA_LONG, i));
        }
        return found;
      } finally {
        answer(Function.C_FIND_OBJECTS_FINAL, session);
      }
    }
  }

  Bytes attribute(long session, long object, long type) throws CryptokiException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(ATTRIBUTE_BYTES_MAX);
      MemorySegment one = arena.allocate(ATTRIBUTE_BYTES, Long.BYTES);
      put(one, 0, type, value, ATTRIBUTE_BYTES_MAX);
      call(Function.C_GET_ATTRIBUTE_VALUE, session, object, one, 1L);
      long size = one.get(JAVA_LONG, 16);
      if (size < 0 || size > ATTRIBUTE_BYTES_MAX) {
        throw new CryptokiException("an attribute of %d bytes".formatted(size));
      }
      return Bytes.adopt(value.asSlice(0, size).toArray(JAVA_BYTE));
    }
  }

  Pair generate(long session, List<Attribute> ofPublic, List<Attribute> ofPrivate)
      throws CryptokiException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment handles = arena.allocate(JAVA_LONG, 2);
      call(
          Function.C_GENERATE_KEY_PAIR,
          session,
          mechanism(arena, EC_KEY_PAIR_GEN),
          template(arena, ofPublic),
          (long) ofPublic.size(),
          template(arena, ofPrivate),
          (long) ofPrivate.size(),
          handles,
          handles.asSlice(Long.BYTES));
      return new Pair(handles.getAtIndex(JAVA_LONG, 0), handles.getAtIndex(JAVA_LONG, 1));
    }
  }

  /** Signs what was hashed already; r ‖ s. */
  Bytes sign(long session, long key, Bytes digest) throws CryptokiException {
    try (Arena arena = Arena.ofConfined()) {
      call(Function.C_SIGN_INIT, session, mechanism(arena, ECDSA), key);
      MemorySegment data = arena.allocateFrom(JAVA_BYTE, digest.toArray());
      MemorySegment signature = arena.allocate(SIGNATURE_BYTES_MAX);
      MemorySegment size = arena.allocate(JAVA_LONG);
      size.set(JAVA_LONG, 0, SIGNATURE_BYTES_MAX);
      call(Function.C_SIGN, session, data, data.byteSize(), signature, size);
      byte[] made = signature.toArray(JAVA_BYTE);
      long length = Math.clamp(size.get(JAVA_LONG, 0), 0, SIGNATURE_BYTES_MAX);
      return Bytes.adopt(Arrays.copyOf(made, (int) length));
    }
  }

  void destroy(long session, long object) throws CryptokiException {
    call(Function.C_DESTROY_OBJECT, session, object);
  }

  private static MemorySegment mechanism(Arena arena, long type) {
    MemorySegment mechanism = arena.allocate(MECHANISM_BYTES, Long.BYTES);
    mechanism.set(JAVA_LONG, 0, type);
    return mechanism;
  }

  private static MemorySegment template(Arena arena, List<Attribute> attributes) {
    MemorySegment template = arena.allocate(ATTRIBUTE_BYTES * attributes.size(), Long.BYTES);
    for (int i = 0; i < attributes.size(); i++) {
      byte[] bytes = attributes.get(i).value().toArray();
      MemorySegment value = arena.allocateFrom(JAVA_BYTE, bytes);
      put(template, i, attributes.get(i).type(), value, bytes.length);
    }
    return template;
  }

  private static void put(
      MemorySegment template, int index, long type, MemorySegment value, long size) {
    long at = ATTRIBUTE_BYTES * index;
    template.set(JAVA_LONG, at, type);
    template.set(ADDRESS, at + 8, value);
    template.set(JAVA_LONG, at + 16, size);
  }
}
