package io.telltale.e2e.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.testkit.Checkout;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proves that each house rule can fail. */
final class TidyRulesTest {
  @Test
  void refuses_a_file_of_more_than_500_lines() {
    assertThat(TextRules.fileLength(java("// line\n".repeat(500)))).isEmpty();
    assertThat(TextRules.fileLength(java("// line\n".repeat(501)))).hasSize(1);
  }

  @Test
  void refuses_a_line_of_more_than_100_columns() {
    assertThat(TextRules.lineLength(java("x y ".repeat(25)))).isEmpty();
    assertThat(TextRules.lineLength(java("x y ".repeat(25) + "z")))
        .containsExactly("a/A.java:1 is longer than 100 columns");
  }

  @Test
  void refuses_white_space_at_the_end() {
    assertThat(TextRules.whitespace(java("a\n"))).isEmpty();
    assertThat(TextRules.whitespace(java("a \nb\t\nc"))).hasSize(3);
  }

  @Test
  void refuses_unfinished_work_without_an_issue() {
    assertThat(TextRules.unfinished(java("// TO" + "DO(#12) later"))).isEmpty();
    assertThat(TextRules.unfinished(java("// TO" + "DO later\n// FIX" + "ME"))).hasSize(2);
  }

  @Test
  void refuses_names_of_somebodys_machine() {
    assertThat(TextRules.machineNames(java("art/" + "work/x example.org"))).isEmpty();
    assertThat(TextRules.machineNames(java("cd /wo" + "rk/x"))).hasSize(1);
    assertThat(TextRules.machineNames(java("https://repo.maven.apache." + "org/"))).hasSize(1);
    assertThat(TextRules.machineNames(java("/ho" + "me/ann/x"))).hasSize(1);
  }

  @Test
  void refuses_a_binary_above_100_kilobytes() {
    assertThat(TextRules.largeBinary(new SourceFile("a.bin", 100_000, true, ""))).isEmpty();
    assertThat(TextRules.largeBinary(new SourceFile("a.bin", 100_001, true, ""))).hasSize(1);
  }

  @Test
  void refuses_a_changelog_of_another_form() {
    String good = "# Changelog\n\n## [Unreleased]\n\n### Added\n- x\n\n## [1.0.0] - 2026-12-31\n";
    assertThat(TextRules.changelog(SourceFile.of("CHANGELOG.md", good))).isEmpty();
    String bad = "# News\n\n## 1.0\n\n### Improved\n";
    assertThat(TextRules.changelog(SourceFile.of("CHANGELOG.md", bad))).hasSize(4);
  }

  @Test
  void refuses_a_guide_that_calls_the_program_in_another_way() {
    String text = "`telltale status`\ntelltale run\n`./telltale run`, telltale_halted\n";
    assertThat(TextRules.programName(SourceFile.of("docs/how-to/a.md", text))).hasSize(2);
    assertThat(TextRules.programName(SourceFile.of("docs/adr/0001-a.md", text))).isEmpty();
  }

  @Test
  void refuses_names_that_say_nothing() {
    assertThat(parsed("package a; class UserManager {} class MyTrustManager {}")).hasSize(1);
    assertThat(parsed("package a; class B { interface AbstractThing {} }")).hasSize(1);
    assertThat(parsed("package a.util.b; class B {}")).hasSize(1);
  }

  @Test
  void refuses_a_method_of_more_than_70_lines() {
    assertThat(parsed("class A { void a() {\n" + "a();\n".repeat(68) + "} }")).isEmpty();
    assertThat(parsed("class A { void a() {\n" + "a();\n".repeat(69) + "} }")).hasSize(1);
  }

  @Test
  void refuses_a_disabled_test() {
    assertThat(parsed("class A { @org.junit.jupiter.api.Disabled void a() {} }")).hasSize(1);
  }

  @Test
  void refuses_a_package_without_its_package_info() {
    SourceFile type = SourceFile.of("m/src/main/java/a/b/C.java", "");
    SourceFile bare = SourceFile.of("m/src/main/java/a/b/package-info.java", "package a.b;");
    SourceFile marked =
        SourceFile.of("m/src/test/java/a/b/package-info.java", "@NullMarked package a.b;");
    assertThat(ProjectRules.packageInfos(List.of(type, bare))).hasSize(1);
    assertThat(ProjectRules.packageInfos(List.of(type, bare, marked))).isEmpty();
  }

  @Test
  void refuses_two_decisions_with_one_number() {
    SourceFile first = SourceFile.of("docs/adr/0001-a.md", "");
    assertThat(ProjectRules.decisionNumbers(List.of(first))).isEmpty();
    SourceFile second = SourceFile.of("docs/adr/0001-b.md", "");
    assertThat(ProjectRules.decisionNumbers(List.of(first, second))).hasSize(1);
  }

  @Test
  void refuses_a_decision_that_does_not_say_what_confirms_it() {
    String path = "docs/adr/0001-a.md";
    SourceFile good = SourceFile.of(path, "# 0001: A\n\n## Confirmation\n`ATest`.\n");
    assertThat(ProjectRules.unconfirmed(List.of(good))).isEmpty();
    SourceFile none = SourceFile.of(path, "# 0001: A\n\n## Consequences\nNone.\n");
    SourceFile empty = SourceFile.of(path, "# 0001: A\n\n## Confirmation\n\n## More\nx\n");
    assertThat(ProjectRules.unconfirmed(List.of(none, empty))).hasSize(2);
    assertThat(ProjectRules.unconfirmed(List.of(SourceFile.of("docs/api.md", "")))).isEmpty();
  }

  @Test
  void refuses_a_test_that_sleeps() {
    String text = "Thread.sl" + "eep(5);\nTimeUnit.SECONDS.sl" + "eep(1);\nWaiting.pass(time);\n";
    assertThat(TextRules.sleeps(SourceFile.of("a/src/test/java/a/ATest.java", text))).hasSize(2);
    assertThat(TextRules.sleeps(SourceFile.of("a/src/main/java/a/A.java", text))).isEmpty();
  }

  @Test
  void refuses_a_page_that_names_what_is_not_there() {
    SourceFile there = SourceFile.of("a/src/main/java/a/SomeType.java", "class SomeType {}\n");
    String good =
        "`SomeType.of`, `a/src/main/java/a`, [this](page.md#there), `x[2](y)`, `lake/x.db`\n";
    assertThat(PageRules.check(List.of(there, SourceFile.of("docs/page.md", good)))).isEmpty();
    String bad = "`OtherType`, `a/src/test/b.json`, [that](../docs/other.md), `docs/no.md`\n";
    assertThat(PageRules.check(List.of(there, SourceFile.of("docs/page.md", bad))))
        .containsExactly(
            "docs/page.md:1 names ../docs/other.md, which is not there",
            "docs/page.md:1 names OtherType, which is not there",
            "docs/page.md:1 names a/src/test/b.json, which is not there",
            "docs/page.md:1 names docs/no.md, which is not there");
  }

  @Test
  void sees_what_is_not_formatted() {
    SourceFile file = java("class A{int a;}\n");
    assertThat(ProjectRules.formatted(file)).isEqualTo("class A {\n  int a;\n}\n");
  }

  @Test
  void finds_the_same_files_with_git_and_without() throws IOException {
    assertThat(TrackedFiles.walk(Checkout.root())).contains("pom.xml", "telltale", ".ci/run");
    List<String> tracked = TrackedFiles.askGit(Checkout.root());
    assertThat(TrackedFiles.walk(Checkout.root())).containsAll(tracked);
  }

  private static SourceFile java(String text) {
    return SourceFile.of("a/A.java", text);
  }

  private static List<String> parsed(String text) {
    return JavaRules.check(List.of(java(text)));
  }
}
