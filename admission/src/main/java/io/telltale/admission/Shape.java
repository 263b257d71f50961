package io.telltale.admission;

import io.telltale.message.MessageSchema;
import io.telltale.registry.PlainShape;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What a document of one message type must look like (IN-5): its schema, and its quick form. */
final class Shape {
  private final MessageSchema schema;
  private final PlainShape.@Nullable Members quick;

  private Shape(MessageSchema schema, PlainShape.@Nullable Members quick) {
    this.schema = schema;
    this.quick = quick;
  }

  static Shape of(String schema) {
    // Anything but a plain object has the validator alone.
    return new Shape(
        MessageSchema.of(schema),
        PlainShape.of(schema).orElse(null) instanceof PlainShape.Members it ? it : null);
  }

  /** What accepts most documents without the validator; null when the schema is not plain. */
  PlainShape.@Nullable Members quick() {
    return quick;
  }

  MessageSchema schema() {
    return schema;
  }

  boolean fits(JsonNode document) {
    return schema.fits(document);
  }
}
