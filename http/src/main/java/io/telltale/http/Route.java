package io.telltale.http;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a listener does for one method and path.
 *
 * @param path literal segments and {@code {placeholder}} ones
 * @param bodyBytesMax how large a request's body may be; the listener knows before it reads one
 */
public record Route<A>(String method, String path, int bodyBytesMax, A action) {

  /** The placeholders' values when {@code segments} are one of this route's paths. */
  Optional<Map<String, String>> match(List<String> segments) {
    String[] own = path.split("/", -1);
    if (own.length != segments.size()) {
      return Optional.empty();
    }
    var values = new HashMap<String, String>();
    for (int i = 0; i < own.length; i++) {
      String segment = segments.get(i);
      if (own[i].startsWith("{")) {
        values.put(own[i].substring(1, own[i].length() - 1), segment);
      } else if (!own[i].equals(segment)) {
        return Optional.empty();
      }
    }
    return Optional.of(values);
  }
}
