package io.telltale.verifier;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Counted;
import io.telltale.kernel.Inert;
import io.telltale.proof.ProofVerdict;
import io.telltale.proof.ProofVerifier;
import io.telltale.proof.TrustBundle;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** {@code telltale verify}: needs no server, no network and no clock. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = VerifyCommand.PURPOSE,
    footer = {
      "",
      "Exit codes: 0 verified, 1 rejected, 2 wrong usage or an unreadable file.",
      "Any other: no verdict.",
      "Example: ${COMMAND-FULL-NAME} proof.json --trust trust-bundle.json"
    })
public final class VerifyCommand implements Callable<Integer> {
  public static final String PURPOSE =
      "Verify a proof offline, from the proof file and a trust bundle alone.";

  private static final int OK = 0;
  private static final int REFUSED = 1;
  private static final int USAGE = 2;
  private static final int FILE_BYTES_MAX = 64 * 1024 * 1024;

  /** Of sysexits.h: neither a verdict nor wrong usage. */
  public static final int SOFTWARE = 70;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      paramLabel = "PROOF",
      description = "A proof file, as './telltale proof export' writes.")
  private Path proof = Path.of("");

  @Option(
      names = "--trust",
      required = true,
      paramLabel = "BUNDLE",
      description = "The trust bundle that you were given; get it by a way that you trust.")
  private Path trust = Path.of("");

  @Option(names = "--json", description = "Print the verdict as JSON.")
  private boolean json;

  @Override
  public Integer call() {
    try {
      return judged();
    } catch (RuntimeException | Error e) {
      // A crash must not be taken for a verdict, whoever runs this command.
      if (spec != null) {
        spec.commandLine().getErr().println("telltale: no verdict: the verifier failed: " + e);
      }
      return SOFTWARE;
    }
  }

  private int judged() {
    if (spec == null) {
      throw new IllegalStateException("picocli sets the command");
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Path asked = trust;
    try {
      TrustBundle.Parsed parsed = TrustBundle.parse(read(asked));
      asked = proof;
      return switch (parsed) {
        case TrustBundle.Parsed.Malformed(String why) -> {
          err.println("telltale: %s is no trust bundle: %s".formatted(trust, Inert.text(why)));
          yield USAGE;
        }
        case TrustBundle.Parsed.Ok(TrustBundle bundle) -> {
          Bytes file = read(proof);
          ProofVerdict verdict = ProofVerifier.verify(file, bundle);
          if (isNoProof(verdict) && TrustBundle.parse(file) instanceof TrustBundle.Parsed.Ok) {
            err.println(
                "telltale: %s is a trust bundle, not a proof: name the file that './telltale proof"
                        .formatted(proof)
                    + " export' wrote");
            yield USAGE;
          }
          yield tell(verdict, out);
        }
      };
    } catch (IOException e) {
      err.println("telltale: " + Inert.text(Unreadable.why(asked, e)));
      return USAGE;
    }
  }

  private static Bytes read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(FILE_BYTES_MAX + 1);
      if (bytes.length > FILE_BYTES_MAX) {
        throw new IOException("it has more than 64 MB");
      }
      return Bytes.adopt(bytes);
    }
  }

  private static boolean isNoProof(ProofVerdict verdict) {
    return verdict instanceof ProofVerdict.Rejected(_, ProofVerdict.Step step, _)
        && step == ProofVerdict.Step.FORMAT;
  }

  private int tell(ProofVerdict verdict, PrintWriter out) {
    if (json) {
      out.println(JsonMapper.shared().writeValueAsString(toMap(verdict)));
    } else {
      verdict.checks().forEach(check -> line(out, "ok", check.step(), check.about()));
      switch (verdict) {
        case ProofVerdict.Rejected(var checks, ProofVerdict.Step step, String why) -> {
          line(out, "FAILED", step, why);
          out.println("REJECTED: this proof shows nothing.");
          hint(step).ifPresent(out::println);
        }
        case ProofVerdict.Verified(var checks, ProofVerdict.Summary summary) -> say(summary, out);
      }
    }
    return verdict instanceof ProofVerdict.Verified ? OK : REFUSED;
  }

  // What happens without anybody's ill will; the verdict stands.
  private static Optional<String> hint(ProofVerdict.Step step) {
    return switch (step) {
      case FORMAT -> Optional.of("Is it the file that './telltale proof export' wrote, whole?");
      case CHECKPOINT, CERTIFICATES ->
          Optional.of(
              "Is the bundle that server's? Where its CA was made anew since, what is older needs"
                  + " the trust bundle of before, which its operator keeps.");
      default -> Optional.empty();
    };
  }

  private static void line(PrintWriter out, String mark, ProofVerdict.Step step, String about) {
    out.println("  %-6s  %s: %s".formatted(mark, step.claim(), Inert.text(about)));
  }

  private static void say(ProofVerdict.Summary summary, PrintWriter out) {
    out.println("VERIFIED");
    if (!summary.sql().isEmpty()) {
      out.println("  question   " + Inert.text(summary.sql()));
      out.println("  result     SHA-256 " + summary.result());
      out.println("  asked by   " + Inert.text(summary.asker()));
      out.println("  exported   by " + Inert.text(summary.exporter()));
    }
    if (!summary.sql().isEmpty()) {
      out.println(
          "  records    %s of %s"
              .formatted(
                  Counted.of(summary.records(), "record"),
                  Counted.of(summary.devices().size(), "device")));
    }
    if (summary.from().isPresent() && summary.until().isPresent()) {
      out.println("  received   %s to %s".formatted(summary.from().get(), summary.until().get()));
      out.println("  devices    " + counts(summary.devices()));
      out.println("  firmware   " + counts(summary.firmware()) + " (self-reported)");
      out.println("  assurance  " + counts(summary.assurance()));
    }
    out.println("  events     " + Inert.text(String.join(", ", summary.events())));
    if (summary.sql().isEmpty()) {
      return;
    }
    out.println(
        summary.numberRecomputed()
            ? "  The number was computed again from the opened records."
            : "  The number was not computed again: the proof does not open the records.");
  }

  private static String counts(SortedMap<String, Long> counts) {
    int shown = 10;
    String listed =
        counts.entrySet().stream()
            .limit(shown)
            .map(one -> "%s (%d)".formatted(Inert.text(one.getKey()), one.getValue()))
            .collect(Collectors.joining(", "));
    return counts.size() > shown
        ? listed + " and %d more".formatted(counts.size() - shown)
        : listed;
  }

  private static Map<String, Object> toMap(ProofVerdict verdict) {
    var map = new LinkedHashMap<String, Object>();
    map.put("verified", verdict instanceof ProofVerdict.Verified);
    map.put(
        "checks",
        verdict.checks().stream()
            .map(check -> Map.of("step", name(check.step()), "about", check.about()))
            .toList());
    switch (verdict) {
      case ProofVerdict.Rejected(var checks, ProofVerdict.Step step, String why) -> {
        map.put("failed", name(step));
        map.put("why", why);
      }
      case ProofVerdict.Verified(var checks, ProofVerdict.Summary summary) -> {
        map.put("origin", summary.checkpoint().origin());
        map.put("size", summary.checkpoint().size());
        map.put("sql", summary.sql());
        map.put("result", summary.result());
        map.put("asker", summary.asker());
        map.put("exporter", summary.exporter());
        map.put("records", summary.records());
        map.put("devices", summary.devices());
        map.put("firmwareClaimed", summary.firmware());
        map.put("assurance", summary.assurance());
        map.put("from", summary.from().map(Object::toString).orElse(""));
        map.put("until", summary.until().map(Object::toString).orElse(""));
        map.put("events", summary.events());
        map.put("numberRecomputed", summary.numberRecomputed());
      }
    }
    return map;
  }

  private static String name(ProofVerdict.Step step) {
    return step.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
