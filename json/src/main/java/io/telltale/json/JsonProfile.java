package io.telltale.json;

import io.telltale.kernel.Bytes;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON from outside as strict as it gets (RFC 8259 within RFC 7493): well-formed UTF-8, one value
 * and nothing after it, no name twice in an object, finite numbers, and bounds for everything. A
 * byte order mark before the value is skipped (RFC 8259 section 8.1). Every byte is hostile.
 */
public final class JsonProfile {
  private static final int DECODED_AT_ONCE = 4_096;

  private static final Pattern SOURCE =
      Pattern.compile(" ?\\(start marker at \\[[^]]*]\\)| ?\\[Source: [^]]*]");

  private final Bounds bounds;
  private final JsonFactory factory;
  private final JsonMapper mapper;
  // Finds names that are there twice by itself, token by token, and says where.
  private final JsonMapper telling;

  /**
   * What is taken.
   *
   * @param bytesMax of the whole document
   * @param textCharsMax of one text
   * @param depthMax of objects and arrays in one another
   * @param numberCharsMax of one number as it is written
   * @param nameCharsMax of one member's name
   */
  public record Bounds(
      int bytesMax, int textCharsMax, int depthMax, int numberCharsMax, int nameCharsMax) {
    /** For numbers that a double or a long holds, and names that people write. */
    public static Bounds of(int bytesMax, int depthMax) {
      return new Bounds(bytesMax, bytesMax, depthMax, 64, 256);
    }

    public StreamReadConstraints constraints() {
      return StreamReadConstraints.builder()
          .maxNestingDepth(depthMax)
          .maxNumberLength(numberCharsMax)
          .maxNameLength(nameCharsMax)
          .maxStringLength(textCharsMax)
          .build();
    }
  }

  public JsonProfile(Bounds bounds) {
    this.bounds = bounds;
    this.factory = JsonFactory.builder().streamReadConstraints(bounds.constraints()).build();
    this.mapper =
        JsonMapper.builder(factory)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    this.telling =
        JsonMapper.builder(
                JsonFactory.builder()
                    .streamReadConstraints(bounds.constraints())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
  }

  /** The value, or empty for what is none. Never throws for what is in {@code document}. */
  public Optional<JsonNode> read(Bytes document) {
    if (document.size() == 0 || document.size() > bounds.bytesMax() || !isUtf8(document)) {
      return Optional.empty();
    }
    try {
      return Optional.of(mapper.readTree(document.borrow()))
          .filter(node -> !node.isMissingNode() && isFinite(node));
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  /** The value; throws a {@link JacksonException} that says where for what is none. */
  public JsonNode parse(Bytes document) {
    JsonNode node = parseUnbounded(document);
    if (!isFinite(node)) {
      throw refused("a number that is too large");
    }
    return node;
  }

  /** As {@link #parse}, for who bounds each number himself and says which one is too large. */
  public JsonNode parseUnbounded(Bytes document) {
    if (document.size() > bounds.bytesMax()) {
      throw refused("larger than %d bytes".formatted(bounds.bytesMax()));
    }
    if (!isUtf8(document)) {
      throw refused("not UTF-8");
    }
    JsonNode node = telling.readTree(document.borrow());
    if (node.isMissingNode()) {
      throw refused("empty");
    }
    return node;
  }

  /** What is wrong, without the parser's words of where it read it from. */
  public static String reason(JacksonException e) {
    return SOURCE.matcher(String.valueOf(e.getOriginalMessage())).replaceAll("").strip();
  }

  private static JacksonException refused(String what) {
    return new StreamReadException(null, what);
  }

  /**
   * Token by token within the same bounds, for who looks himself for what only the whole shows:
   * encoding, names that are there twice, numbers that are too large.
   */
  public JsonParser unchecked(byte[] document) {
    // A mapper would make what it needs to build trees, for each document.
    return factory.createParser(ObjectReadContext.empty(), document);
  }

  /** Whether no number in it is infinite: 1e999 is read as one. */
  public static boolean isFinite(JsonNode node) {
    if (node.isContainer()) {
      for (JsonNode child : node.values()) {
        if (!isFinite(child)) {
          return false;
        }
      }
      return true;
    }
    return !node.isNumber() || Double.isFinite(node.doubleValue());
  }

  /**
   * Whether it is well-formed UTF-8, and has no zero among its first four bytes, by which a parser
   * would find out UTF-16 and UTF-32 by itself.
   */
  static boolean isUtf8(Bytes document) {
    byte[] bytes = document.borrow();
    for (int i = 0; i < Math.min(4, bytes.length); i++) {
      if (bytes[i] == 0) {
        return false;
      }
    }
    int first = 0;
    while (first < bytes.length && bytes[first] >= 0) {
      first++;
    }
    if (first == bytes.length) {
      return true;
    }
    // A fresh decoder reports what is malformed; a little at a time, for a document may be large.
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes, first, bytes.length - first);
    CharBuffer out = CharBuffer.allocate(Math.min(in.remaining(), DECODED_AT_ONCE));
    CoderResult result = CoderResult.OVERFLOW;
    while (result.isOverflow()) {
      out.clear();
      result = decoder.decode(in, out, true);
    }
    return !result.isError();
  }
}
