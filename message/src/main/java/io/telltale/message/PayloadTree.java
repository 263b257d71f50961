package io.telltale.message;

import io.telltale.kernel.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.StringNode;
import tools.jackson.dataformat.cbor.CBORFactory;
import tools.jackson.dataformat.cbor.CBORMapper;

/** A foreign payload as a tree: one value, bounded, no member twice, finite numbers. */
final class PayloadTree {
  private static final int TEXT_CHARS_MAX = 256;
  private static final StreamReadConstraints BOUNDS =
      StreamReadConstraints.builder()
          .maxNestingDepth(16)
          .maxNumberLength(64)
          .maxNameLength(256)
          .maxStringLength(StrictJson.BYTES_MAX)
          .build();
  private static final JsonMapper JSON =
      JsonMapper.builder(JsonFactory.builder().streamReadConstraints(BOUNDS).build())
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final CBORMapper CBOR =
      CBORMapper.builder(CBORFactory.builder().streamReadConstraints(BOUNDS).build())
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private PayloadTree() {}

  static String name(Mapping.Format format) {
    return switch (format) {
      case JSON -> "strict JSON";
      case CBOR -> "CBOR";
      case TEXT -> "a short text in UTF-8";
      case SENML_JSON -> "a SenML pack in JSON";
      case SENML_CBOR -> "a SenML pack in CBOR";
    };
  }

  /** Empty, or a {@link tools.jackson.core.JacksonException}, for what is none. */
  static Optional<JsonNode> read(Mapping.Format format, Bytes payload) {
    if (payload.size() == 0 || payload.size() > StrictJson.BYTES_MAX) {
      return Optional.empty();
    }
    if (format == Mapping.Format.TEXT) {
      return text(payload);
    }
    if (!format.isCbor() && !isUtf8(payload)) {
      return Optional.empty();
    }
    ObjectMapper mapper = format.isCbor() ? CBOR : JSON;
    JsonNode tree = mapper.readTree(payload.borrow());
    return !tree.isMissingNode() && StrictJson.isFinite(tree)
        ? Optional.of(tree)
        : Optional.empty();
  }

  private static Optional<JsonNode> text(Bytes payload) {
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload.borrow())).toString();
      return text.length() <= TEXT_CHARS_MAX
          ? Optional.of(StringNode.valueOf(text.strip()))
          : Optional.empty();
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  // The parser would find out UTF-16 and UTF-32 by itself, by their zeros and marks.
  private static boolean isUtf8(Bytes payload) {
    for (int i = 0; i < Math.min(4, payload.size()); i++) {
      byte one = payload.at(i);
      if (one == 0 || one == (byte) 0xfe || one == (byte) 0xff) {
        return false;
      }
    }
    return true;
  }
}
