package io.telltale.crypto.pkcs11;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;

/** What we call of a library, by its place in {@code CK_FUNCTION_LIST} (pkcs11f.h). */
enum Function {
  C_INITIALIZE(0, "P"),
  C_FINALIZE(1, "P"),
  C_GET_SLOT_LIST(4, "BPP"),
  C_GET_TOKEN_INFO(6, "LP"),
  C_OPEN_SESSION(12, "LLPPP"),
  C_CLOSE_SESSION(13, "L"),
  C_LOGIN(18, "LLPL"),
  C_DESTROY_OBJECT(22, "LL"),
  C_GET_ATTRIBUTE_VALUE(24, "LLPL"),
  C_FIND_OBJECTS_INIT(26, "LPL"),
  C_FIND_OBJECTS(27, "LPLP"),
  C_FIND_OBJECTS_FINAL(28, "L"),
  C_SIGN_INIT(42, "LPL"),
  C_SIGN(43, "LPLPP"),
  C_GENERATE_KEY_PAIR(59, "LPPLPLPP");

  private final int index;
  private final String parameters;

  /**
   * @param parameters one letter each: a pointer, a {@code CK_ULONG}, a byte
   */
  Function(int index, String parameters) {
    this.index = index;
    this.parameters = parameters;
  }

  int index() {
    return index;
  }

  FunctionDescriptor descriptor() {
    return FunctionDescriptor.of(
        JAVA_LONG, parameters.chars().mapToObj(Function::layout).toArray(MemoryLayout[]::new));
  }

  private static MemoryLayout layout(int letter) {
    return switch (letter) {
      case 'P' -> ADDRESS;
      case 'L' -> JAVA_LONG;
      default -> JAVA_BYTE;
    };
  }
}
