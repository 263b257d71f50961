package io.telltale.roster;

import io.telltale.kernel.Sensitivity;
import io.telltale.message.Field;
import io.telltale.message.Mapping;
import io.telltale.message.ReadingForm;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * One kind of message.
 *
 * @param version of the schema
 * @param sensitivity that of its most sensitive field: with the asset it gives the scope
 * @param schema a JSON Schema 2020-12 of the whole payload, or of the reading that the mapping
 *     makes of it, as JSON text
 * @param fields the members of the payload's {@code values}
 * @param topic a template with {@code {device}}; empty for {@code t/{tenant}/d/{device}/<name>}
 * @param mapping how a payload that is not ours is read; empty for ours
 * @param ageDaysMax how old {@code time} may be when the message comes, 1 to {@value
 *     #AGE_DAYS_CEILING}
 */
public record MessageType(
    String name,
    int version,
    Sensitivity sensitivity,
    String schema,
    List<Field> fields,
    String topic,
    Optional<Mapping> mapping,
    int ageDaysMax) {
  /** Of a type that says nothing: what a device kept while it was offline. */
  public static final int AGE_DAYS = 7;

  /** A hundred years: what a paper archive may hold. */
  public static final int AGE_DAYS_CEILING = 36_500;

  public MessageType {
    fields = List.copyOf(fields);
  }

  /** The name of its schema: what the door writes into an origin, and the pipeline looks up. */
  public String schemaId() {
    return name + "@" + version;
  }

  /** What its payloads are read and judged by: compiled at each call, so to be kept. */
  public ReadingForm compile() {
    return new ReadingForm(
        schema, fields, mapping.orElse(null), TimeUnit.DAYS.toMillis(ageDaysMax));
  }

  /** The template of its topics. */
  public String topicTemplate() {
    return topic.isEmpty() ? "t/{tenant}/d/{device}/" + name : topic;
  }
}
