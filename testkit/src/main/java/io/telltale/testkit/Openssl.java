package io.telltale.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The {@code openssl} program, as it makes keys and requests and judges what we made. */
public final class Openssl {
  private final Path program;

  private Openssl(Path program) {
    this.program = program;
  }

  /** Finds it as {@link Peers#require} does. */
  public static Openssl require() {
    return new Openssl(Peers.require("openssl"));
  }

  /** Runs it; what it says is the caller's to judge. */
  public Ran run(String... arguments) throws IOException, InterruptedException {
    return run(List.of(arguments));
  }

  /** Runs it; what it says is the caller's to judge. */
  public Ran run(List<String> arguments) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(program.toString());
    command.addAll(arguments);
    return Ran.of(command);
  }

  /**
   * Makes a P-256 key in {@code key} (PEM) and a request (PKCS#10, DER) over it for the common name
   * {@code name}; {@code more} are further arguments.
   */
  public void request(String name, Path key, Path request, String... more)
      throws IOException, InterruptedException {
    var arguments = new ArrayList<String>();
    arguments.addAll(List.of("req", "-new", "-newkey", "ec", "-pkeyopt"));
    arguments.addAll(List.of("ec_paramgen_curve:P-256", "-nodes", "-keyout", key.toString()));
    arguments.addAll(List.of("-subj", "/CN=" + name, "-outform", "DER"));
    arguments.addAll(List.of("-out", request.toString()));
    arguments.addAll(List.of(more));
    Ran ran = run(arguments);
    if (ran.exitCode() != 0) {
      throw new AssertionError("openssl makes no request: " + ran.output());
    }
  }
}
