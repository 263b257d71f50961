package io.telltale.pipeline;

import com.networknt.schema.OutputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.telltale.registry.Field;
import io.telltale.registry.MessageType;
import io.telltale.registry.PlainShape;
import io.telltale.registry.Policy;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The message types of the policy in force, compiled once. Not thread-safe. */
final class MessageShapes {
  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder ->
              builder.schemaLoader(loader -> loader.block(iri -> iri.toString().contains("://"))));
  private final Map<String, MessageShape> byName = new HashMap<>();
  private final Map<String, MessageShape> bySchema = new HashMap<>();
  private final Map<String, Set<String>> allowed = new HashMap<>();
  private @Nullable Policy policy;

  /** One version of one message type. */
  record MessageShape(
      String schema,
      Schema validator,
      Optional<PlainShape> plain,
      Map<String, Field> fields,
      String steps) {
    boolean fits(JsonNode document) {
      try {
        return (plain.isPresent() && plain.get().accepts(document))
            || validator.validate(document, OutputFormat.BOOLEAN);
      } catch (SchemaException e) {
        // The validator's own bounds on steps and depth: what exceeds them is no reading of ours.
        return false;
      }
    }
  }

  /** Takes in the policy when it has changed; versions seen before stay known. */
  void follow(Policy current) {
    if (policy != null && policy.version() == current.version()) {
      return;
    }
    for (MessageType type : current.messageTypes()) {
      String name = type.name() + "@" + type.version();
      MessageShape shape = bySchema.computeIfAbsent(name, schema -> compile(schema, type));
      byName.put(type.name(), shape);
    }
    allowed.clear();
    current
        .deviceTypes()
        .forEach(type -> allowed.put(type.name(), new HashSet<>(type.messageTypes())));
    policy = current;
  }

  private MessageShape compile(String name, MessageType type) {
    Schema schema = registry.getSchema(type.schema());
    schema.initializeValidators();
    var fields = new HashMap<String, Field>();
    type.fields().forEach(field -> fields.put(field.name(), field));
    String steps = "open@1 validate@" + name + " normalise@1 enrich@1";
    return new MessageShape(name, schema, PlainShape.of(type.schema()), Map.copyOf(fields), steps);
  }

  /**
   * The shape that a record was admitted under, or the newest of its type when the policy has moved
   * on since: the record's steps then name the newer one.
   */
  Optional<MessageShape> of(String schema, String messageType) {
    MessageShape exact = bySchema.get(schema);
    return Optional.ofNullable(exact != null ? exact : byName.get(messageType));
  }

  boolean allows(String deviceType, String messageType) {
    return allowed.getOrDefault(deviceType, Set.of()).contains(messageType);
  }
}
