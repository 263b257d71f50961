package io.telltale.cli.device;

import io.telltale.cli.ExitCode;
import io.telltale.cli.api.Paths;
import io.telltale.cli.api.ServerOptions;
import io.telltale.cli.print.Fields;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code telltale device set}. */
@Command(
    name = "set",
    description = {
      "Change what is known of a device; what is not named stays.",
      "Sessions go on, and what the device sends from now on is stored with the new record; rows"
          + " that are stored keep theirs. Another environment, region or product line is another"
          + " key scope."
    },
    footer = {
      "",
      "Example: ./telltale device set press-07 --site south-hall --label line=3 \\",
      "  --reason moved",
      ExitCode.HELP
    })
final class DeviceSetCommand implements Callable<Integer> {
  @Mixin private final ServerOptions options = new ServerOptions();

  @Parameters(paramLabel = "ID", description = "Which device.")
  private String id = "";

  @Option(names = "--type", paramLabel = "NAME", description = "A type the policy knows.")
  private @Nullable String type;

  @Option(names = "--environment", paramLabel = "NAME", description = "Part of its key scope.")
  private @Nullable String environment;

  @Option(names = "--region", paramLabel = "NAME", description = "Part of its key scope.")
  private @Nullable String region;

  @Option(names = "--product-line", paramLabel = "NAME", description = "Part of its key scope.")
  private @Nullable String productLine;

  @Option(names = "--owner-team", paramLabel = "TEXT", description = "Who looks after it.")
  private @Nullable String ownerTeam;

  @Option(names = "--site", paramLabel = "TEXT", description = "Where it stands.")
  private @Nullable String site;

  @Option(
      names = "--label",
      paramLabel = "KEY=VALUE",
      description = "A label to set; may be given repeatedly.")
  private Map<String, String> labels = Map.of();

  @Option(
      names = "--no-label",
      paramLabel = "KEY",
      description = "A label to remove; may be given repeatedly.")
  private List<String> withoutLabels = List.of();

  @Option(
      names = "--if-revision",
      paramLabel = "N",
      description = "Only if its record is at this revision, which 'device show' tells.")
  private @Nullable Integer ifRevision;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Why; recorded.")
  private String reason = "";

  @Override
  public Integer call() {
    Map<String, Object> body = body();
    if (body.isEmpty()) {
      throw options.mistake("say what to change, such as --site or --label");
    }
    if (ifRevision != null) {
      options.bound("--if-revision", ifRevision, 0, Integer.MAX_VALUE);
      body.put("ifRevision", ifRevision);
    }
    if (!reason.isEmpty()) {
      body.put("reason", reason);
    }
    return options.run(
        connection -> connection.post("/v1/devices/" + Paths.segment(id) + "/set", body),
        ok -> {
          JsonNode answer = ok.json();
          options
              .out()
              .println(
                  (answer.path("changed").asBoolean(false)
                          ? "changed: revision "
                          : "nothing changed: revision ")
                      + Fields.scalar(answer.path("revision")));
          return ExitCode.OK;
        });
  }

  private Map<String, Object> body() {
    var body = new LinkedHashMap<String, Object>();
    put(body, "type", type);
    put(body, "environment", environment);
    put(body, "region", region);
    put(body, "productLine", productLine);
    put(body, "ownerTeam", ownerTeam);
    put(body, "site", site);
    var changed = new HashMap<String, @Nullable String>(labels);
    withoutLabels.forEach(label -> changed.put(label, null));
    if (!changed.isEmpty()) {
      body.put("labels", changed);
    }
    return body;
  }

  private static void put(Map<String, Object> into, String name, @Nullable String value) {
    if (value != null) {
      into.put(name, value);
    }
  }
}
