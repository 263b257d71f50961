package io.telltale.json;

import java.nio.charset.StandardCharsets;

/**
 * Reads plain JSON (RFC 8259) token by token and makes no object for it: objects, one value each,
 * in printable ASCII without escapes, numbers that a long or a double holds. Meant for what comes
 * thousands of times a second and is usual; of whatever else it only says that it is {@link
 * Token#ODD}, and {@link JsonProfile} judges. Every byte is hostile; never throws for them. Not
 * thread-safe.
 */
public final class PlainJson {
  private static final int WHOLE_DIGITS_MAX = 18;
  private static final int NUMBER_CHARS_MAX = 40;
  private static final int NAME_CHARS_MAX = 128;

  /** Up to here a double holds each whole number, and each power of ten. */
  private static final long EXACT_MAX = 1L << 53;

  private static final double[] POWERS = new double[23];

  static {
    double power = 1;
    for (int i = 0; i < POWERS.length; i++) {
      POWERS[i] = power;
      power *= 10;
    }
  }

  /** What stands there. */
  public enum Token {
    /** An object begins; its members come by {@link #nextMember}. */
    OBJECT,
    TEXT,
    WHOLE,
    DECIMAL,
    TRUE,
    FALSE,
    NULL,
    /** Something that is not plain, or no JSON at all: nothing more is read. */
    ODD
  }

  private final byte[] bytes;
  private final int depthMax;
  private int at;
  private int depth;
  private boolean begun;
  private Token token = Token.ODD;
  // Of the name or text that was read last.
  private int start;
  private int length;
  private long whole;
  private double decimal;

  /** To be read by {@link #next}; borrowed. */
  public PlainJson(byte[] document, int depthMax) {
    this(document, 0, depthMax);
  }

  /** To be read from {@code at} on: the {@link #position} of a value. */
  public PlainJson(byte[] document, int at, int depthMax) {
    this.bytes = document;
    this.at = at;
    this.depthMax = depthMax;
  }

  /** How far it was read. */
  public int position() {
    return at;
  }

  /** The value that was read last; of an object {@link Token#OBJECT} at its end, too. */
  public Token token() {
    return token;
  }

  public boolean isOdd() {
    return token == Token.ODD;
  }

  /** Reads a value; of an object its beginning. */
  public Token next() {
    int first = pastBlank();
    token =
        switch (first) {
          case '{' -> enter();
          case '"' -> passText() ? Token.TEXT : Token.ODD;
          case 't' -> passWord("true", Token.TRUE);
          case 'f' -> passWord("false", Token.FALSE);
          case 'n' -> passWord("null", Token.NULL);
          case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> passNumber();
          default -> Token.ODD;
        };
    return token;
  }

  /**
   * Within an object: reads the name of the next member, whose value {@link #next} reads then.
   * False at the object's end, and for what is odd.
   */
  public boolean nextMember() {
    if (isOdd()) {
      return false;
    }
    int next = pastBlank();
    if (next == '}') {
      at++;
      depth--;
      begun = true;
      token = Token.OBJECT;
      return false;
    }
    if (begun) {
      if (next != ',') {
        return odd();
      }
      at++;
      next = pastBlank();
    }
    if (next != '"' || !passText() || length > NAME_CHARS_MAX || pastBlank() != ':') {
      return odd();
    }
    at++;
    begun = true;
    return true;
  }

  /** Whether nothing follows but blanks. */
  public boolean isAtEnd() {
    pastBlank();
    return depth == 0 && at == bytes.length;
  }

  /** Whether the name or text that was read last is {@code text}. */
  public boolean is(String text) {
    if (text.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (bytes[start + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Reads to the end of what {@link #next} has just begun to read: an object, once. */
  public void skip() {
    if (token == Token.OBJECT) {
      while (nextMember()) {
        next();
        skip();
      }
    }
  }

  /** The name or text that was read last. */
  public String text() {
    return new String(bytes, start, length, StandardCharsets.US_ASCII);
  }

  /** Of the number that was read last, if it is whole. */
  public long whole() {
    return whole;
  }

  /** The number that was read last, as {@link Double#parseDouble} has it; may be infinite. */
  public double number() {
    return token == Token.WHOLE ? whole : decimal;
  }

  private boolean odd() {
    token = Token.ODD;
    return false;
  }

  /** The byte behind blanks, not read yet; -1 at the end only. */
  private int pastBlank() {
    while (at < bytes.length) {
      byte one = bytes[at];
      if (one != ' ' && one != '\n' && one != '\r' && one != '\t') {
        return one & 0xff;
      }
      at++;
    }
    return -1;
  }

  private Token enter() {
    at++;
    depth++;
    begun = false;
    return depth <= depthMax ? Token.OBJECT : Token.ODD;
  }

  /** A text without escapes, in printable ASCII. */
  private boolean passText() {
    start = ++at;
    while (at < bytes.length) {
      byte one = bytes[at];
      if (one == '"') {
        length = at - start;
        at++;
        return true;
      }
      if (one < ' ' || one > '~' || one == '\\') {
        return false;
      }
      at++;
    }
    return false;
  }

  private Token passWord(String word, Token meant) {
    int end = at + word.length();
    if (end > bytes.length) {
      return Token.ODD;
    }
    for (int i = 0; i < word.length(); i++) {
      if (bytes[at + i] != word.charAt(i)) {
        return Token.ODD;
      }
    }
    at = end;
    return isValueEnd() ? meant : Token.ODD;
  }

  /** Whether a value that ends here does not go on as something else. */
  private boolean isValueEnd() {
    int next = pastBlank();
    return next == ',' || next == '}' || at == bytes.length;
  }

  private boolean isDigit() {
    return at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9';
  }

  /** How many digits stand there; they are added to {@link #whole}. */
  private int digits() {
    int from = at;
    while (isDigit()) {
      // Whatever comes of too many is not used.
      whole = whole * 10 + (bytes[at] - '0');
      at++;
    }
    return at - from;
  }

  private Token passNumber() {
    int from = at;
    boolean negative = bytes[at] == '-';
    at += negative ? 1 : 0;
    whole = 0;
    boolean zero = at < bytes.length && bytes[at] == '0';
    int count = digits();
    if (count == 0 || (zero && count > 1)) {
      return Token.ODD;
    }
    int fraction = 0;
    int exponent = 0;
    boolean isWhole = true;
    if (at < bytes.length && bytes[at] == '.') {
      at++;
      fraction = digits();
      isWhole = false;
      if (fraction == 0) {
        return Token.ODD;
      }
    }
    if (at < bytes.length && (bytes[at] | 0x20) == 'e') {
      isWhole = false;
      exponent = exponent();
      if (exponent == Integer.MIN_VALUE) {
        return Token.ODD;
      }
    }
    int end = at;
    if (end - from > NUMBER_CHARS_MAX || !isValueEnd()) {
      return Token.ODD;
    }
    boolean exact = count + fraction <= WHOLE_DIGITS_MAX;
    if (isWhole) {
      whole = negative ? -whole : whole;
      return exact ? Token.WHOLE : Token.ODD;
    }
    int power = exponent - fraction;
    if (exact && whole <= EXACT_MAX && Math.abs(power) < POWERS.length) {
      // Both are exact, so that the one rounding is the right one.
      double value = power < 0 ? whole / POWERS[-power] : whole * POWERS[power];
      decimal = negative ? -value : value;
    } else {
      decimal = Double.parseDouble(new String(bytes, from, end - from, StandardCharsets.US_ASCII));
    }
    return Token.DECIMAL;
  }

  /** {@link Integer#MIN_VALUE} for what is none. */
  private int exponent() {
    at++;
    boolean negative = at < bytes.length && bytes[at] == '-';
    at += negative || (at < bytes.length && bytes[at] == '+') ? 1 : 0;
    int from = at;
    int value = 0;
    while (isDigit()) {
      value = Math.min(10_000, value * 10 + (bytes[at] - '0'));
      at++;
    }
    return at == from ? Integer.MIN_VALUE : (negative ? -value : value);
  }
}
