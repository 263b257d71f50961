package io.telltale.server.demo;

import io.telltale.device.ReadingFormat;
import io.telltale.server.Config;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a person asked the demo for.
 *
 * @param devices how many machines
 * @param seconds how long to publish before the story is told; a replayed file is spread over it
 * @param once whether to end after the story
 * @param replay real readings instead of simulated ones
 * @param seed of the simulation
 */
record DemoSettings(
    Config config, int devices, int seconds, boolean once, Optional<Replay> replay, long seed) {

  /** A file of readings and how to read it. */
  record Replay(Path file, ReadingFormat format, String unit) {}
}
