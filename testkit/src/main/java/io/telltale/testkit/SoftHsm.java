package io.telltale.testkit;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * SoftHSM, a PKCS #11 library that keeps its tokens in files, with a folder of its own. The library
 * finds that folder by the process's environment: one of them is used at a time.
 */
public final class SoftHsm {
  public static final String VARIABLE = "SOFTHSM2_CONF";
  public static final String SO_PIN = "87654321";

  private static final List<Path> LIBRARIES =
      List.of(
          Path.of("/usr/lib/softhsm/libsofthsm2.so"),
          Path.of("/usr/lib64/pkcs11/libsofthsm2.so"),
          Path.of("/opt/homebrew/lib/softhsm/libsofthsm2.so"));

  private final Path util;
  private final Path library;
  private final Path folder;

  private SoftHsm(Path util, Path library, Path folder) {
    this.util = util;
    this.library = library;
    this.folder = folder;
  }

  /** Finds it as {@link Peers#require} does; its tokens will be in {@code folder}. */
  public static SoftHsm require(Path folder) throws IOException {
    Path util = Peers.require("softhsm2-util");
    Path library =
        LIBRARIES.stream()
            .filter(Files::isReadable)
            .findFirst()
            .orElseThrow(() -> Peers.missing("libsofthsm2.so", System.getenv()));
    var hsm = new SoftHsm(util, library, folder);
    Files.createDirectories(hsm.tokens());
    Files.writeString(
        hsm.configuration(),
        "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n"
            .formatted(hsm.tokens()));
    return hsm;
  }

  public Path library() {
    return library;
  }

  /** For {@link #VARIABLE} of other processes. */
  public Path configuration() {
    return folder.resolve("softhsm2.conf");
  }

  /** Move it away, and the tokens are as if pulled out. */
  public Path tokens() {
    return folder.resolve("tokens");
  }

  /** From now on the library in this process finds this one's tokens. */
  @SuppressWarnings("restricted") // Only C sets a variable of a process that runs.
  public void use() {
    try (Arena arena = Arena.ofConfined()) {
      var setenv =
          Linker.nativeLinker()
              .downcallHandle(
                  Linker.nativeLinker().defaultLookup().findOrThrow("setenv"),
                  FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
      Object done =
          setenv.invokeWithArguments(
              arena.allocateFrom(VARIABLE), arena.allocateFrom(configuration().toString()), 1);
      if (!done.equals(0)) {
        throw new AssertionError("setenv answered " + done);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Makes a token. */
  public void token(String label, String pin) throws IOException, InterruptedException {
    run("--init-token", "--free", "--label", label, "--so-pin", SO_PIN, "--pin", pin);
  }

  /** What its own tool does. */
  public String run(String... arguments) throws IOException, InterruptedException {
    var program = new ProcessBuilder(util.toString());
    program.command().addAll(List.of(arguments));
    program.environment().put(VARIABLE, configuration().toString());
    Ran ran = Ran.of(program, "");
    if (ran.exitCode() != 0) {
      throw new AssertionError("softhsm2-util: " + ran.output());
    }
    return ran.output();
  }
}
