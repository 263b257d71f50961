package io.telltale.server.command;

import io.telltale.device.ReadingFormat;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A file of readings of the past.
 *
 * @param type the message type that they are sent as
 * @param metric what its readings are called
 * @param unit of them, where it is not the message type's
 * @param anew whether to send what was sent before, too
 */
record History(
    Path path,
    ReadingFormat format,
    String type,
    String metric,
    Optional<String> unit,
    boolean anew) {
  /** What {@code file} is known by when it is sent like this: as another type it is another. */
  Hash named(Hash file) {
    return Hash.sha256(Bytes.utf8(String.join("\n", file.hex(), type, metric, unit.orElse(""))));
  }
}
