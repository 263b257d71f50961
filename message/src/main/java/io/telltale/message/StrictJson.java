package io.telltale.message;

import io.telltale.kernel.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A payload that is ours, as door and pipeline read it: one JSON object in UTF-8, no name twice,
 * depth at most {@value #DEPTH_MAX}, finite numbers, nothing after it. Every byte is hostile; never
 * throws for them.
 */
public final class StrictJson {
  /** Of any payload, ours or not. */
  public static final int BYTES_MAX = 256 * 1024;

  private static final int DEPTH_MAX = 8;
  private static final int NUMBER_CHARS_MAX = 64;
  private static final int NAME_CHARS_MAX = 256;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH_MAX)
                          .maxNumberLength(NUMBER_CHARS_MAX)
                          .maxNameLength(NAME_CHARS_MAX)
                          .maxStringLength(BYTES_MAX)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private StrictJson() {}

  /** The object, or empty for anything else. */
  public static Optional<JsonNode> read(Bytes payload) {
    byte[] bytes = payload.borrow();
    // The first two bytes rule out the other encodings that the parser would detect by itself.
    if (bytes.length < 2 || bytes.length > BYTES_MAX || bytes[0] != '{' || bytes[1] == 0) {
      return Optional.empty();
    }
    if (!isUtf8(bytes)) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readTree(bytes)).filter(StrictJson::isFinite);
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  /** The same strictness token by token, but for UTF-8, duplicate names and infinite numbers. */
  public static JsonParser parser(byte[] payload) {
    return JSON.createParser(payload);
  }

  // 1e999 parses to infinity.
  static boolean isFinite(JsonNode node) {
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

  private static boolean isUtf8(byte[] bytes) {
    int first = 0;
    while (first < bytes.length && bytes[first] >= 0) {
      first++;
    }
    if (first == bytes.length) {
      return true;
    }
    try {
      // A fresh decoder reports what is malformed.
      StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, first, bytes.length - first));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
