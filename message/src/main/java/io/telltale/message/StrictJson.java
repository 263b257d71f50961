package io.telltale.message;

import io.telltale.json.JsonProfile;
import io.telltale.json.JsonProfile.Bounds;
import io.telltale.kernel.Bytes;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * A payload that is ours, as door and pipeline read it: one JSON object by {@link JsonProfile},
 * depth at most {@value #DEPTH_MAX}. Never throws for what is in it.
 */
public final class StrictJson {
  /** Of any payload, ours or not. */
  public static final int BYTES_MAX = 256 * 1024;

  public static final int DEPTH_MAX = 8;

  private static final JsonProfile PROFILE = new JsonProfile(Bounds.of(BYTES_MAX, DEPTH_MAX));

  private StrictJson() {}

  /** The object, or empty for anything else. */
  public static Optional<JsonNode> read(Bytes payload) {
    // An object begins with a brace: anything else, and what has a blank before it, is none of
    // ours.
    return payload.size() >= 2 && payload.at(0) == '{' ? PROFILE.read(payload) : Optional.empty();
  }
}
