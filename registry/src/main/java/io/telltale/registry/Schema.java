package io.telltale.registry;

import java.util.List;

/** The registry's tables: how many of these were applied is the schema's version. */
final class Schema {
  static final List<String> MIGRATIONS =
      List.of(
          Resources.bytes("schema-1.sql").asUtf8(),
          Resources.bytes("schema-2.sql").asUtf8(),
          Resources.bytes("schema-3.sql").asUtf8(),
          Resources.bytes("schema-4.sql").asUtf8());

  private Schema() {}
}
