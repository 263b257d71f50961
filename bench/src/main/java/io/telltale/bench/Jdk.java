package io.telltale.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The JDK that runs the bench, which runs the servers, too. */
final class Jdk {
  private static final List<String> USUAL =
      List.of(
          "-XX:+UseSerialGC",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-Dio.netty.leakDetection.level=disabled");

  private Jdk() {}

  /** The path of one of its programs. */
  static String program(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }

  /** The words that start {@code main} on the bench's class path. */
  static List<String> java(List<String> options, Class<?> main, String... arguments) {
    var command = new ArrayList<String>();
    command.add(program("java"));
    command.addAll(USUAL);
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    return command;
  }
}
