package io.telltale.roster;

import io.telltale.json.JsonProfile;
import io.telltale.kernel.Bytes;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A policy and what the registry keeps, as JSON. */
public final class Json {
  /** Writes, and reads again what it wrote. */
  public static final JsonMapper MAPPER = JsonMapper.builder().build();

  private static final JsonProfile PROFILE =
      new JsonProfile(JsonProfile.Bounds.of(PolicyReader.DOCUMENT_BYTES_MAX, 32));

  private Json() {}

  /**
   * Throws a {@link tools.jackson.core.JacksonException} for anything but one JSON value. Numbers
   * are bounded by who reads them.
   */
  public static JsonNode strict(Bytes document) {
    return PROFILE.parseUnbounded(document);
  }

  /** Over what {@link #strict} has read. */
  static JsonParser parser(Bytes document) {
    return PROFILE.unchecked(document.borrow());
  }
}
