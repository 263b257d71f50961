package io.telltale.admission;

import com.networknt.schema.OutputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import tools.jackson.databind.JsonNode;

/** Whether a document is what its message type's schema says (IN-5). */
final class Shape {
  private Shape() {}

  static boolean fits(Schema schema, JsonNode document) {
    try {
      return schema.validate(document, OutputFormat.BOOLEAN);
    } catch (SchemaException e) {
      // The validator's own bounds on steps and depth: what exceeds them is no reading of ours.
      return false;
    }
  }
}
