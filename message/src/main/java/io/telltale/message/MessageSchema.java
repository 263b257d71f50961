package io.telltale.message;

import com.networknt.schema.OutputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import io.telltale.json.JsonObject;
import io.telltale.json.JsonProfile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * A message type's schema (JSON Schema 2020-12), compiled. Never fetches anything from anywhere;
 * safe for many threads.
 */
public final class MessageSchema {
  private static final int FLAWS_MAX = 20;
  private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";
  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(
          Dialect.builder(Dialects.getDraft202012()).keyword(new UniqueItems()).build(),
          builder ->
              builder
                  .schemaRegistryConfig(
                      SchemaRegistryConfig.builder()
                          .regularExpressionFactory(pattern -> Regex.of(pattern)::find)
                          .build())
                  .schemaLoader(loader -> loader.block(iri -> iri.toString().contains("://"))));

  /** Whose schemas are the library's own, from its jar. */
  private static final class OfSchemas {
    static final Schema SCHEMA =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(SchemaLocation.of(DIALECT));
  }

  private final Schema schema;

  private MessageSchema(Schema schema) {
    this.schema = schema;
  }

  /**
   * Everything that keeps {@code schema} from being used: what is no schema, unknown keywords,
   * references that go out or round in circles, what costs too much to check.
   */
  public static List<Flaw> flaws(JsonNode schema) {
    var flaws = new ArrayList<Flaw>();
    addInfinite("", schema, flaws);
    for (var error : OfSchemas.SCHEMA.validate(schema)) {
      if (flaws.size() < FLAWS_MAX) {
        flaws.add(new Flaw(error.getInstanceLocation().toString(), error.getMessage()));
      }
    }
    if (flaws.isEmpty()) {
      flaws.addAll(new SchemaBounds(schema).flaws());
    }
    if (flaws.isEmpty()) {
      try {
        of(schema.toString());
      } catch (IllegalStateException e) {
        flaws.add(new Flaw("", "cannot be compiled"));
      }
    }
    return flaws;
  }

  // Written out again it would be the text "Infinity", and the schema another one.
  private static void addInfinite(String at, JsonNode node, List<Flaw> flaws) {
    if (node.isNumber() && !JsonProfile.isFinite(node) && flaws.size() < FLAWS_MAX) {
      flaws.add(new Flaw(at, "a number that is too large"));
    }
    for (Map.Entry<String, JsonNode> member : node.properties()) {
      addInfinite(JsonObject.step(at, member.getKey()), member.getValue(), flaws);
    }
    if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        addInfinite(at + "/" + i, node.get(i), flaws);
      }
    }
  }

  /** Throws {@link IllegalStateException} when {@code json} is no schema: policies are checked. */
  public static MessageSchema of(String json) {
    try {
      Schema schema = REGISTRY.getSchema(json);
      schema.initializeValidators();
      return new MessageSchema(schema);
    } catch (RuntimeException e) {
      throw new IllegalStateException("a schema that cannot be compiled", e);
    }
  }

  public boolean fits(JsonNode document) {
    try {
      return schema.validate(document, OutputFormat.BOOLEAN);
    } catch (SchemaException | Regex.TooLongException | UniqueItems.TooLongException e) {
      // Bounds on steps, depth and matched text: what exceeds them is no reading of ours.
      return false;
    }
  }

  /**
   * The place in the schema that {@code document} violates first, in the schema's own names: what
   * the document has is not repeated. Empty where nobody can tell.
   */
  public String violated(JsonNode document) {
    try {
      return schema
          .validate(document, context -> context.executionConfig(config -> config.failFast(true)))
          .stream()
          .findFirst()
          .map(error -> error.getEvaluationPath().toString())
          .orElse("");
    } catch (SchemaException | Regex.TooLongException | UniqueItems.TooLongException e) {
      return "";
    }
  }

  /** Why {@code document} does not fit, for people; empty when it does. */
  public List<Flaw> violations(JsonNode document) {
    try {
      var flaws = new ArrayList<Flaw>();
      for (var error : schema.validate(document)) {
        if (flaws.size() < FLAWS_MAX) {
          flaws.add(new Flaw(error.getInstanceLocation().toString(), error.getMessage()));
        }
      }
      return flaws;
    } catch (SchemaException | Regex.TooLongException | UniqueItems.TooLongException e) {
      return List.of(new Flaw("", "takes too long to check"));
    }
  }
}
