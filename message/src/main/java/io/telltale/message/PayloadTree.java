package io.telltale.message;

import io.telltale.json.JsonProfile;
import io.telltale.json.JsonProfile.Bounds;
import io.telltale.kernel.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;
import tools.jackson.dataformat.cbor.CBORFactory;
import tools.jackson.dataformat.cbor.CBORMapper;

/** A foreign payload as a tree: one value, bounded, no member twice, finite numbers. */
final class PayloadTree {
  private static final int TEXT_CHARS_MAX = 256;
  private static final Bounds BOUNDS = Bounds.of(StrictJson.BYTES_MAX, 16);
  private static final JsonProfile JSON = new JsonProfile(BOUNDS);
  private static final CBORMapper CBOR =
      CBORMapper.builder(CBORFactory.builder().streamReadConstraints(BOUNDS.constraints()).build())
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
    if (!format.isCbor()) {
      return JSON.read(payload);
    }
    JsonNode tree = CBOR.readTree(payload.borrow());
    return !tree.isMissingNode() && JsonProfile.isFinite(tree)
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
}
