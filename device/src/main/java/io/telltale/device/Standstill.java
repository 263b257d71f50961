package io.telltale.device;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that waits to be sent, where only another policy of the server's can let it go.
 *
 * @param readings how many
 * @param types their message types, each with the server's reason
 */
public record Standstill(int readings, SortedMap<String, String> types) {
  public Standstill {
    types = Collections.unmodifiableSortedMap(new TreeMap<>(types));
  }
}
