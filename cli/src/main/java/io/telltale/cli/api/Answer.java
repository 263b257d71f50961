package io.telltale.cli.api;

import io.telltale.kernel.Bytes;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the server said, or why it said nothing. */
public sealed interface Answer {
  /** It was done; the body as it came. */
  record Ok(Bytes body) implements Answer {
    public JsonNode json() {
      try {
        return JsonMapper.shared().readTree(body.borrow());
      } catch (JacksonException e) {
        throw new IllegalStateException("the server's answer is not JSON", e);
      }
    }
  }

  /**
   * The server will not.
   *
   * @param message what to do
   * @param line of what was sent that is wrong, from 1; 0 where no line is
   */
  record Refused(int status, String code, String message, long line) implements Answer {
    public Refused(int status, String code, String message) {
      this(status, code, message, 0);
    }
  }

  /** Nobody there, not who we expect, or no answer in time. */
  record Unreachable(String why) implements Answer {}
}
