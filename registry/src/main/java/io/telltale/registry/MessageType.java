package io.telltale.registry;

import io.telltale.kernel.Sensitivity;
import java.util.List;

/**
 * One kind of message.
 *
 * @param version of the schema
 * @param sensitivity that of its most sensitive field: with the asset it gives the scope
 * @param schema a JSON Schema 2020-12 of the whole payload, as JSON text
 * @param fields the members of the payload's {@code values}
 */
public record MessageType(
    String name, int version, Sensitivity sensitivity, String schema, List<Field> fields) {
  public MessageType {
    fields = List.copyOf(fields);
  }
}
