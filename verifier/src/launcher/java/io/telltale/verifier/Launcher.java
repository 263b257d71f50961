package io.telltale.verifier;

/**
 * What the jar starts. Compiled for Java 8, so that an older Java than ours says that it is too
 * old: by itself it would end with the code of a rejected proof.
 */
public final class Launcher {
  private static final int NEEDED = 25;
  // Of sysexits.h, as VerifyCommand has it.
  private static final int SOFTWARE = 70;

  private Launcher() {}

  public static void main(String[] arguments) {
    String version = System.getProperty("java.specification.version", "");
    if (!isEnough(version)) {
      System.err.println(
          "telltale: no verdict: this needs Java "
              + NEEDED
              + " or later, and this is Java "
              + version
              + ": name another by its path, /path/to/java -jar telltale-verifier.jar");
      System.exit(SOFTWARE);
    }
    Main.main(arguments);
  }

  // Java 8 calls itself 1.8.
  private static boolean isEnough(String version) {
    return version.matches("[0-9]{2,9}") && Integer.parseInt(version) >= NEEDED;
  }
}
