package io.telltale.doors;

/**
 * Where to listen.
 *
 * @param host a literal address or a name; {@code 0.0.0.0} for all
 * @param port 0 for any free one
 * @param setting what a person changes to move it, for the message about a busy port
 */
public record Address(String host, int port, String setting) {}
