package io.telltale.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How a server process is started.
 *
 * @param jvm arguments beyond the usual ones
 * @param mounted a folder that is a small file system of the process's own; the data folder itself
 *     means none
 * @param mountMib how large; 0 for none
 */
record Launch(
    Path data, Map<String, String> settings, List<String> jvm, Path mounted, int mountMib) {
  private static final String MOUNT =
      "mkdir -p \"$1\" && mount -t tmpfs -o mode=700,size=\"$0\"m tmpfs \"$1\" && shift && exec"
          + " \"$@\"";

  static Launch in(Path data) {
    return new Launch(data, Map.of(), List.of(), data, 0);
  }

  Launch withSettings(Map<String, String> more) {
    var all = new HashMap<>(settings);
    all.putAll(more);
    return new Launch(data, Map.copyOf(all), jvm, mounted, mountMib);
  }

  Launch withJvm(String argument) {
    return new Launch(data, settings, List.of(argument), mounted, mountMib);
  }

  /** {@code folder} becomes a file system of {@code mib} that only this process sees. */
  Launch withSmallDisk(Path folder, int mib) {
    return new Launch(data, settings, jvm, folder, mib);
  }

  /** Whether this machine lets an ordinary process mount a file system for itself. */
  static boolean canMount(Path folder) throws IOException, InterruptedException {
    try {
      Process attempt =
          new ProcessBuilder(unshared(folder, 1, List.of("true")))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return attempt.waitFor(10, TimeUnit.SECONDS) && attempt.exitValue() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static List<String> unshared(Path folder, int mib, List<String> command) {
    var all = new ArrayList<String>();
    all.addAll(List.of("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNT));
    all.add(Integer.toString(mib));
    all.add(folder.toString());
    all.addAll(command);
    return all;
  }

  Process process() throws IOException {
    var options = new ArrayList<>(List.of("-Xmx512m"));
    options.addAll(jvm);
    List<String> java = Product.command(options, "run", "--data", data.toString());
    var builder =
        Product.onFreePorts(mountMib == 0 ? java : unshared(mounted, mountMib, java))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(console().toFile()));
    builder.environment().put("TELLTALE_LISTEN_HOST", "127.0.0.1");
    builder.environment().putAll(settings);
    return builder.start();
  }

  Path console() {
    return data.resolveSibling(data.getFileName() + ".console");
  }

  /** The data folder as this process sees it: behind the other one's mounts. */
  Path seenFrom(Process process) {
    return mountMib == 0
        ? data
        : Path.of("/proc", Long.toString(process.pid()), "root")
            .resolve(Path.of("/").relativize(data));
  }

  String consoleText() throws IOException {
    return Files.readString(console());
  }
}
