package io.telltale.e2e.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds every tracked file to the house rules; {@code -Dtidy.fix=true} rewrites the formatting. */
final class TidyTest {
  private static final Path ROOT = Checkout.root();
  private static List<SourceFile> files = List.of();

  @BeforeAll
  static void read_files() throws IOException {
    files = TrackedFiles.under(ROOT);
    assertThat(files).hasSizeGreaterThan(50);
  }

  record TextRule(String name, Function<SourceFile, List<String>> rule) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<TextRule> textRules() {
    return List.of(
        new TextRule("files have at most 500 lines", TextRules::fileLength),
        new TextRule("lines have at most 100 columns", TextRules::lineLength),
        new TextRule("no white space at the end", TextRules::whitespace),
        new TextRule("unfinished work names its issue", TextRules::unfinished),
        new TextRule("no name of somebody's machine", TextRules::machineNames),
        new TextRule("no binary above 100 kB", TextRules::largeBinary),
        new TextRule("the changelog keeps its form", TextRules::changelog),
        new TextRule("guides call the program one way", TextRules::programName),
        new TextRule("tests wait for the thing", TextRules::sleeps));
  }

  @ParameterizedTest
  @MethodSource("textRules")
  void keeps(TextRule rule) {
    assertThat(files.stream().flatMap(file -> rule.rule().apply(file).stream())).isEmpty();
  }

  @Test
  void names_say_something_methods_are_short_and_no_test_is_disabled() {
    assertThat(JavaRules.check(files)).isEmpty();
  }

  @Test
  void every_package_is_null_marked() {
    assertThat(ProjectRules.packageInfos(files)).isEmpty();
  }

  @Test
  void what_pages_name_is_there() {
    assertThat(PageRules.check(files)).isEmpty();
  }

  @Test
  void decisions_have_numbers_of_their_own() {
    assertThat(ProjectRules.decisionNumbers(files)).isEmpty();
  }

  @Test
  void decisions_say_what_confirms_them() {
    assertThat(ProjectRules.unconfirmed(files)).isEmpty();
  }

  @Test
  void java_is_formatted() throws IOException {
    List<SourceFile> unformatted =
        files.parallelStream()
            .filter(SourceFile::isJava)
            .filter(file -> !ProjectRules.formatted(file).equals(file.text()))
            .toList();
    if (Boolean.getBoolean("tidy.fix")) {
      for (SourceFile file : unformatted) {
        Files.writeString(ROOT.resolve(file.path()), ProjectRules.formatted(file));
      }
      return;
    }
    assertThat(unformatted.stream().map(SourceFile::path))
        .as("not formatted; mvn test -pl e2e -am -Dtest=TidyTest -Dtidy.fix=true does it")
        .isEmpty();
  }
}
