package io.telltale.device;

import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * One simulated machine: a load cycle drives power, power heats it, and a developing fault adds
 * vibration and heat. The same seed gives the same life.
 */
public final class Machine {
  private static final double AMBIENT_CELSIUS = 21.0;
  private static final double COOLING_PER_SECOND = 0.01;
  private static final double HEATING_PER_LOAD_SECOND = 0.45;
  private static final double FAULT_GROWTH_PER_SECOND = 0.01;

  private final RandomGenerator random;
  private final double ratedKilowatts;
  private final double cycleSeconds;
  private final double rest;
  private final boolean faulty;
  private double seconds;
  private double celsius;
  private double fault;

  /**
   * @param seed of this machine's randomness
   * @param faulty whether a bearing fault develops from the start
   */
  public Machine(long seed, boolean faulty) {
    this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    this.ratedKilowatts = 8 + 30 * random.nextDouble();
    this.cycleSeconds = 40 + 80 * random.nextDouble();
    this.rest = 0.2 + 0.3 * random.nextDouble();
    this.seconds = random.nextDouble() * cycleSeconds;
    this.celsius = AMBIENT_CELSIUS + 20 + 10 * random.nextDouble();
    this.faulty = faulty;
  }

  /** Lets {@code elapsedSeconds} pass and reads every sensor: degC, mm/s, kPa and kW. */
  public Map<String, Double> step(double elapsedSeconds) {
    seconds += elapsedSeconds;
    if (faulty) {
      fault = Math.min(1, fault + FAULT_GROWTH_PER_SECOND * elapsedSeconds);
    }
    double load = load();
    celsius +=
        elapsedSeconds
            * (HEATING_PER_LOAD_SECOND * load * (1 + fault)
                - COOLING_PER_SECOND * (celsius - AMBIENT_CELSIUS));
    var values = new TreeMap<String, Double>();
    values.put("temperature", rounded(celsius + noise(0.15)));
    values.put("vibration", rounded(0.6 + 2.2 * load + 6 * fault * fault + Math.abs(noise(0.1))));
    values.put("pressure", rounded(180 + 420 * load * (1 - 0.3 * fault) + noise(4)));
    values.put("power", rounded(ratedKilowatts * (0.08 + 0.9 * load * (1 + 0.2 * fault))));
    return values;
  }

  /** Between 0 and 1: works for a part of its cycle, rests for the other. */
  private double load() {
    double phase = seconds / cycleSeconds % 1;
    if (phase < rest) {
      return 0.05;
    }
    return 0.55 + 0.4 * Math.sin(Math.PI * (phase - rest) / (1 - rest)) + noise(0.02);
  }

  private double noise(double deviation) {
    return random.nextGaussian() * deviation;
  }

  private static double rounded(double value) {
    return Math.round(Math.max(0, value) * 1000) / 1000.0;
  }
}
