package io.telltale.admission;

import com.networknt.schema.OutputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import io.telltale.registry.PlainShape;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What a document of one message type must look like (IN-5): its schema, and its quick form. */
final class Shape {
  private final Schema schema;
  private final PlainShape.@Nullable Members quick;

  Shape(Schema schema, PlainShape.@Nullable Members quick) {
    this.schema = schema;
    this.quick = quick;
  }

  /** What accepts most documents without the validator; null when the schema is not plain. */
  PlainShape.@Nullable Members quick() {
    return quick;
  }

  boolean fits(JsonNode document) {
    try {
      return schema.validate(document, OutputFormat.BOOLEAN);
    } catch (SchemaException e) {
      // The validator's own bounds on steps and depth: what exceeds them is no reading of ours.
      return false;
    }
  }
}
