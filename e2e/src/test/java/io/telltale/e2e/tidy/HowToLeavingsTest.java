package io.telltale.e2e.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Keys, copies and tokens that a page leaves beside the sources are no part of a commit. */
final class HowToLeavingsTest {
  private static final Path PAGES = Checkout.root().resolve("docs/how-to");
  private static final Pattern COMMAND =
      Pattern.compile("(?m)^(?!>).*(?:telltale|printf|reading|mkdir|cp -a|pg_dump).*$");
  private static final Pattern LEFT =
      Pattern.compile(
          "(?: > | --(?:out|out-dir|output|device-data|file)[ =]| mkdir (?:-p )?(?:-m 700 )?"
              + "| cp -a .* (?=\\S+$))(?<name>[^\\s`|&;)]+)");

  @ParameterizedTest
  @MethodSource("pages")
  void what_a_page_leaves_is_not_tracked(Path page) throws IOException {
    List<String> names =
        COMMAND
            .matcher(Files.readString(page))
            .results()
            .flatMap(line -> LEFT.matcher(" " + line.group()).results())
            .map(left -> left.group("name").replace("\"", ""))
            .filter(name -> !name.startsWith("~") && !name.startsWith("$") && !name.equals("FILE"))
            .map(name -> name.replaceFirst("/.*", ""))
            .toList();
    assertThat(names)
        .as(page.toString())
        .isNotEmpty()
        .allMatch(Checkout::ignores, "is in .gitignore");
  }

  private static Stream<Path> pages() throws IOException {
    try (Stream<Path> all = Files.list(PAGES)) {
      return all
          .filter(page -> page.toString().endsWith(".md"))
          // It goes to a folder of its own; RecipesTest looks at what it leaves.
          .filter(page -> !page.endsWith("est-by-curl.md"))
          .toList()
          .stream();
    }
  }
}
