package io.telltale.pipeline;

import io.telltale.kernel.Bytes;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads a payload as strict JSON once more: a door that was taken over may have admitted anything.
 * Every byte is hostile; never throws for them.
 */
final class PayloadReader {
  private static final int BYTES_MAX = 256 * 1024;
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(8)
                          .maxNumberLength(64)
                          .maxNameLength(256)
                          .maxStringLength(BYTES_MAX)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private PayloadReader() {}

  /** One JSON object in UTF-8 without duplicate names, with finite numbers only; else empty. */
  static Optional<JsonNode> read(Bytes payload) {
    byte[] bytes = payload.borrow();
    // The first two bytes rule out the other encodings that the parser would detect by itself.
    if (bytes.length < 2 || bytes.length > BYTES_MAX || bytes[0] != '{' || bytes[1] == 0) {
      return Optional.empty();
    }
    try {
      JsonNode document = JSON.readTree(bytes);
      return document.isObject() && isFinite(document) ? Optional.of(document) : Optional.empty();
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  // 1e999 parses to infinity.
  private static boolean isFinite(JsonNode node) {
    if (node.isContainer()) {
      for (JsonNode child : node.values()) {
        if (!isFinite(child)) {
          return false;
        }
      }
      return true;
    }
    return !node.isFloatingPointNumber() || Double.isFinite(node.doubleValue());
  }
}
