package io.telltale.server.command;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.identity.OfflineRoot;
import io.telltale.identity.RootRequest;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import io.telltale.keys.Passphrase;
import io.telltale.verifier.Version;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code telltale root …}: a root that is kept apart from every server. Asks no server. */
@Command(
    name = "root",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    description = {
      RootCommand.PURPOSE,
      "Run it on a machine without a network; each use prints a record for paper."
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = RootCommand.CODES)
final class RootCommand {
  static final String PURPOSE = "A root that is kept apart from every server, and its ceremonies.";
  static final String CODES = "Exit codes: 0 done, 1 refused or failed, 2 wrong usage.";

  private static final int DIGITS = 16;
  private static final long REQUEST_BYTES_MAX = 256 * 1024;
  private static final int PASSPHRASE_CHARS_MIN = 12;
  private static final int DAYS_MAX = 36_525;

  @Spec private @Nullable CommandSpec spec;

  /** Where it lies, and what opens it. */
  static final class RootOptions {
    @Option(
        names = "--folder",
        paramLabel = "DIR",
        required = true,
        description = "The root's folder, for instance on a stick that lies in a safe.")
    private Path folder = Path.of("");

    @Option(
        names = "--passphrase-file",
        paramLabel = "FILE",
        description = "File with the root's passphrase (default: it is asked for).")
    private @Nullable Path passphraseFile;
  }

  @Command(
      name = "create",
      description = "Make a root, its key under a passphrase.",
      footer = {
        "",
        "Example: ./telltale root create --folder DIR --trust-domain telltale.local",
        RootCommand.CODES
      })
  int create(
      @Mixin RootOptions options,
      @Option(
              names = "--trust-domain",
              paramLabel = "NAME",
              required = true,
              description = "As the server has it (trust-domain).")
          String trustDomain,
      @Option(
              names = "--days",
              paramLabel = "N",
              defaultValue = "3653",
              description = "How long it is good (default: ${DEFAULT-VALUE}).")
          int days) {
    if (days < 1 || days > DAYS_MAX) {
      throw mistake("--days is 1 to " + DAYS_MAX);
    }
    if (!trustDomain.matches("[a-z0-9._-]{1,255}")) {
      throw mistake("--trust-domain has lower-case letters, digits, dots, - and _ only");
    }
    try (SecretBytes passphrase = passphrase(options, true)) {
      say(
          OfflineRoot.create(
              options.folder, trustDomain, Duration.ofDays(days), surroundings(passphrase)));
    }
    return 0;
  }

  @Command(
      name = "sign",
      description = {
        "Sign what a server asks for.",
        "Without --yes it shows what that is, and tells the digits that --yes takes."
      },
      footer = {
        "",
        "Example: ./telltale root sign --folder DIR --request r.json -o a.json",
        RootCommand.CODES
      })
  int sign(
      @Mixin RootOptions options,
      @Option(
              names = "--request",
              paramLabel = "FILE",
              required = true,
              description = "What authority request wrote.")
          Path request,
      @Option(
              names = {"-o", "--output"},
              paramLabel = "FILE",
              required = true,
              description = "Where the answer is written, for authority install.")
          Path output,
      @Option(
              names = "--yes",
              paramLabel = "DIGITS",
              defaultValue = "",
              description = "Sign it: the digits that were told when you looked at it.")
          String yes) {
    RootRequest.Read asked =
        RootRequest.read(Bytes.adopt(content(request)))
            .orElseThrow(
                () ->
                    new UnavailableException(
                        request + " is no request of a server, or was changed on the way"));
    try (SecretBytes passphrase = passphrase(options, false)) {
      OfflineRoot root = OfflineRoot.open(options.folder, surroundings(passphrase));
      Optional<String> mistake = root.mistake(asked.request());
      if (mistake.isPresent()) {
        throw new UnavailableException(mistake.get());
      }
      String digits = asked.hash().hex().substring(0, DIGITS);
      if (yes.isEmpty()) {
        say(root.shown(asked));
        say("nothing is signed: look at it, and give --yes %s\n".formatted(digits));
        return 1;
      }
      if (!yes.equals(digits)) {
        throw new UnavailableException(
            "--yes is not of this request: look at it again, it may be another by now");
      }
      // A use of the root whose answer cannot be kept is a use too many.
      if (!Files.isWritable(output.toAbsolutePath().resolveSibling("."))) {
        throw new UnavailableException("there is no folder to write %s in".formatted(output));
      }
      return switch (root.sign(asked)) {
        case OfflineRoot.Outcome.Signed(var answer, String record) -> {
          PrivateFiles.write(output, answer.write());
          say(record);
          yield 0;
        }
        case OfflineRoot.Outcome.Refused(String why) -> throw new UnavailableException(why);
      };
    } catch (IOException e) {
      throw new UnavailableException("writing " + output, e);
    }
  }

  private static byte[] content(Path file) {
    try {
      if (Files.size(file) > REQUEST_BYTES_MAX) {
        throw new UnavailableException(file + " is too large for a request");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UnavailableException("reading " + file, e);
    }
  }

  // NullAway's model of the JDK still has a console that is null.
  @SuppressWarnings("SystemConsoleNull")
  private SecretBytes passphrase(RootOptions options, boolean isNew) {
    if (options.passphraseFile != null) {
      return switch (Passphrase.ofFile(options.passphraseFile)) {
        case Passphrase.Given(SecretBytes secret) -> longEnough(secret, isNew);
        case Passphrase.None() -> throw new IllegalStateException("a file holds one");
      };
    }
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      throw mistake("nobody can be asked for the passphrase here: give --passphrase-file");
    }
    char[] typed = typed(console.readPassword("passphrase of %s: ", options.folder));
    try {
      if (isNew && !isSame(typed, typed(console.readPassword("the same again: ")))) {
        throw mistake("the two differ: nothing was made");
      }
      return longEnough(bytes(typed), isNew);
    } finally {
      Arrays.fill(typed, '\0');
    }
  }

  private char[] typed(char @Nullable [] typed) {
    if (typed == null) {
      throw mistake("no passphrase was typed");
    }
    return typed;
  }

  private static boolean isSame(char[] typed, char[] again) {
    try {
      return Arrays.equals(typed, again);
    } finally {
      Arrays.fill(again, '\0');
    }
  }

  private SecretBytes bytes(char[] typed) {
    ByteBuffer encoded = ByteBuffer.wrap(new byte[4 * typed.length]);
    try {
      CoderResult result =
          StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(typed), encoded, true);
      if (result.isError()) {
        throw mistake("the passphrase has a character that is none");
      }
      return SecretBytes.adopt(Arrays.copyOf(encoded.array(), encoded.position()));
    } finally {
      Arrays.fill(encoded.array(), (byte) 0);
    }
  }

  private SecretBytes longEnough(SecretBytes passphrase, boolean isNew) {
    if (isNew && passphrase.size() < PASSPHRASE_CHARS_MIN) {
      passphrase.close();
      throw mistake(
          "the passphrase has fewer than %d bytes: whoever finds the folder guesses it"
              .formatted(PASSPHRASE_CHARS_MIN));
    }
    return passphrase;
  }

  private static OfflineRoot.Surroundings surroundings(SecretBytes passphrase) {
    return new OfflineRoot.Surroundings(
        passphrase, Entropy.system(), InstantSource.system(), machine());
  }

  private static String machine() {
    String program = "telltale " + new Version().getVersion()[0];
    try {
      return InetAddress.getLocalHost().getHostName() + ", " + program;
    } catch (UnknownHostException e) {
      return "a machine without a name, " + program;
    }
  }

  private ParameterException mistake(String what) {
    return new ParameterException(command().commandLine(), what);
  }

  private void say(String text) {
    PrintWriter out = command().commandLine().getOut();
    out.print(text);
    out.flush();
  }

  private CommandSpec command() {
    if (spec == null) {
      throw new IllegalStateException("picocli sets the command");
    }
    return spec;
  }
}
