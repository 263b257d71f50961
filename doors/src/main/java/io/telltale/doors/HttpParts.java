package io.telltale.doors;

import io.telltale.http.HttpExchange;
import io.telltale.kernel.Counters;
import java.util.Optional;

/**
 * What an HTTP listener works with.
 *
 * @param name for counters and threads, for instance {@code est}
 * @param sessions where connections with an identity are indexed, so that they are cut with it
 */
public record HttpParts(
    String name, HttpExchange.Handler handler, Counters counters, Optional<Sessions> sessions) {}
