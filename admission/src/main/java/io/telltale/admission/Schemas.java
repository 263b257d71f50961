package io.telltale.admission;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.telltale.registry.PlainShape;

/** Compiles message schemas (JSON Schema 2020-12); never fetches anything from anywhere. */
final class Schemas {
  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder ->
              builder.schemaLoader(loader -> loader.block(iri -> iri.toString().contains("://"))));

  /** Throws {@link IllegalStateException} when {@code json} is no schema: policies are checked. */
  Shape compile(String name, String json) {
    try {
      Schema schema = registry.getSchema(json);
      schema.initializeValidators();
      // Anything but a plain object has the validator alone.
      return new Shape(
          schema, PlainShape.of(json).orElse(null) instanceof PlainShape.Members it ? it : null);
    } catch (RuntimeException e) {
      throw new IllegalStateException("the schema of message type " + name, e);
    }
  }
}
