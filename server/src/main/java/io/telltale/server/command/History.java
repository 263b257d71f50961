package io.telltale.server.command;

import io.telltale.device.ReadingFormat;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A file of readings of the past.
 *
 * @param metric what its readings are called
 * @param unit of them, where it is not the message type's
 * @param anew whether to send what was sent before, too
 */
record History(
    Path path, ReadingFormat format, String metric, Optional<String> unit, boolean anew) {}
