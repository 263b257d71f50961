package io.telltale.registry.tables;

import io.telltale.kernel.Resources;
import java.util.List;

/** The registry's tables: how many of these were applied is the schema's version. */
public final class Schema {
  public static final List<String> MIGRATIONS =
      List.of(
          Resources.bytes(Schema.class, "schema-1.sql").asUtf8(),
          Resources.bytes(Schema.class, "schema-2.sql").asUtf8(),
          Resources.bytes(Schema.class, "schema-3.sql").asUtf8(),
          Resources.bytes(Schema.class, "schema-4.sql").asUtf8(),
          Resources.bytes(Schema.class, "schema-5.sql").asUtf8(),
          Resources.bytes(Schema.class, "schema-6.sql").asUtf8(),
          Resources.bytes(Schema.class, "schema-7.sql").asUtf8());

  private Schema() {}
}
