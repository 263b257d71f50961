package io.telltale.e2e;

import io.telltale.server.command.Main;
import io.telltale.testkit.JavaProgram;
import java.util.ArrayList;
import java.util.List;

/** {@code telltale} in a process of its own, with the JVM options that the launcher gives it. */
final class Product {
  private static final List<String> JVM =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "--add-opens=java.base/java.nio=ALL-UNNAMED");

  private Product() {}

  /** The words that start it; {@code options} are the JVM's, beyond the usual ones. */
  static List<String> command(List<String> options, String... arguments) {
    var all = new ArrayList<>(options);
    all.addAll(JVM);
    return JavaProgram.command(all, Main.class, arguments);
  }

  /** What runs {@code command} so that a server in it listens on free ports. */
  static ProcessBuilder onFreePorts(List<String> command) {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    for (String listener : List.of("MQTT", "ENROLL", "API", "METRICS")) {
      builder.environment().put("TELLTALE_LISTEN_" + listener, "0");
    }
    return builder;
  }
}
