package io.telltale.e2e.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.roster.LifecycleState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Firm ground 19: every event of {@code docs/format/events.md} is emitted by some line of the
 * product, and every event that a line emits is on the page.
 */
class EventsPageTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern TYPE = Pattern.compile("`([a-z]+(?:\\.[a-z_-]+)+)`");
  private static final Pattern LITERAL = Pattern.compile("\"([a-z]+(?:\\.[a-z_-]+)+)\"");

  /** What comes before a type that is looked for, and not told. */
  private static final Pattern READING =
      Pattern.compile("(ofType\\(|equals\\(|feed\\(\\d+, |event\\(question\\.\\w+\\(\\), )$");

  /** What comes before a type that is told, whatever its first word. */
  private static final Pattern TELLING =
      Pattern.compile(
          "(Event\\.of\\(|new Event\\(|\\bevent\\(|\\btell\\(|\\brecord\\((\\w+(\\.\\w+\\(\\))?, )?"
              + "|\\breport\\(|Signal\\(|Refused\\()$");

  /** Literals of the same form that are files, columns, conditions or words of the log. */
  private static final Set<String> OTHERS =
      Set.of(
          "device.crt.pem",
          "device.id",
          "device.key",
          "device.key.next",
          "device.state",
          "device.type",
          "door.not-stated",
          "key.pem",
          "proof.json",
          "query.worker_not_started",
          "server.json",
          "server.key",
          "server.pem",
          "server.ports_stay",
          "server.start_failed",
          "server.stop_unrecorded",
          "server.stopping",
          "store.not-anchored");

  private static Set<String> page() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/format/events.md"));
    return page.lines()
        .filter(line -> line.startsWith("| `"))
        .map(line -> line.substring(2, line.indexOf(" |", 2)))
        .flatMap(cell -> TYPE.matcher(cell).results())
        .map(found -> found.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Hears of each literal of that form in the product's code, with the text before it. */
  private static void literals(Consumer<Found> each) throws IOException {
    for (Path file : sources()) {
      String text = Files.readString(file);
      Matcher literal = LITERAL.matcher(text);
      while (literal.find()) {
        String before = text.substring(Math.max(0, literal.start() - 200), literal.start());
        each.accept(new Found(literal.group(1), before.replaceAll("\\s+", " ").replace("( ", "(")));
      }
    }
  }

  private record Found(String type, String before) {
    boolean isRead() {
      return READING.matcher(before).find();
    }

    boolean isTold() {
      return TELLING.matcher(before).find();
    }
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> modules = Files.list(ROOT)) {
      return modules
          .map(module -> module.resolve("src/main/java"))
          .filter(Files::isDirectory)
          .flatMap(EventsPageTest::below)
          .toList();
    }
  }

  private static Stream<Path> below(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  // The registry tells of a state by its name, and whom it registered by the kind.
  private static Set<String> states() {
    var states = new TreeSet<>(Set.of("service.registered", "person.registered"));
    Arrays.stream(LifecycleState.values()).forEach(state -> states.add("device." + state.text()));
    return states;
  }

  @Test
  void every_event_of_the_page_is_told_somewhere() throws IOException {
    var told = states();
    literals(
        found -> {
          if (!found.isRead()) {
            told.add(found.type());
          }
        });
    assertThat(told)
        .as("told by the code: a row of a type that nothing tells goes")
        .containsAll(page());
  }

  @Test
  void every_event_that_is_told_is_on_the_page() throws IOException {
    Set<String> page = page();
    Set<String> words =
        page.stream()
            .map(type -> type.substring(0, type.indexOf('.')))
            .collect(Collectors.toCollection(TreeSet::new));
    var missing = new TreeSet<String>(states());
    literals(
        found -> {
          String word = found.type().substring(0, found.type().indexOf('.'));
          boolean event = words.contains(word) && !OTHERS.contains(found.type());
          if (event || found.isTold()) {
            missing.add(found.type());
          }
        });
    missing.removeAll(page);
    assertThat(missing)
        .as(
            "each needs a row in docs/format/events.md, as docs/how-to/contribute/add-an-event.md"
                + " says; what is no event goes into OTHERS here")
        .isEmpty();
  }

  @Test
  void the_rules_see_what_is_told_and_what_is_only_looked_for() {
    assertThat(new Found("a.b", "change.event(").isTold()).isTrue();
    assertThat(new Found("a.b", "new Incidents.Signal(").isTold()).isTrue();
    assertThat(new Found("a.b", "change.record(principal, ").isTold()).isTrue();
    assertThat(new Found("a.b", "return Set.of(").isTold()).isFalse();
    assertThat(new Found("a.b", "LedgerQuery.newest(1).ofType(").isRead()).isTrue();
    assertThat(new Found("a.b", "ledger.record(event(").isRead()).isFalse();
  }

  @Test
  void types_of_three_words_are_seen_on_the_page_and_in_the_code() throws IOException {
    var seen = new TreeSet<String>();
    literals(found -> seen.add(found.type()));
    assertThat(seen).contains("key.destruction.scheduled", "key.destroyed");
    assertThat(page()).contains("key.destruction.scheduled", "key.destroyed");
  }
}
