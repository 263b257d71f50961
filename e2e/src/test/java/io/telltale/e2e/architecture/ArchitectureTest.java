package io.telltale.e2e.architecture;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import io.telltale.testkit.Checkout;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the product's classes to the rules, and proves on fixtures that each rule can fail. */
final class ArchitectureTest {
  private static final Set<String> RECORDS_OWN =
      Set.of("machine", "wanted", "shares", "toString", "hashCode");
  private static final String FIXTURES = "io.telltale.e2e.fixture";
  private static final Map<String, ArchRule> RULES = new Rules("io.telltale").all();
  private static final Map<String, ArchRule> OVER_FIXTURES = new Rules(FIXTURES).all();
  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(
              location -> !location.contains("testkit") && !location.contains("fakes"))
          .importPackages("io.telltale");
  private static final JavaClasses BREAKING = new ClassFileImporter().importPackages(FIXTURES);

  static Iterable<String> rules() {
    return RULES.keySet();
  }

  @Test
  void looks_at_every_module() {
    assertThat(Modules.ARROWS.keySet())
        .allMatch(module -> PRODUCT.stream().anyMatch(type -> isIn(module, type.getPackageName())));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void holds(String rule) {
    requireNonNull(RULES.get(rule)).allowEmptyShould(true).check(PRODUCT);
  }

  @Test
  void poms_have_the_arrows_that_the_rules_have() throws IOException {
    for (var arrows : Modules.ARROWS.entrySet()) {
      assertThat(Poms.arrowsOf(Checkout.root().resolve(arrows.getKey())))
          .as("arrows of %s: change its pom and Modules together, by ADR", arrows.getKey())
          .isEqualTo(new TreeSet<>(arrows.getValue()));
    }
  }

  @Test
  void each_rule_can_fail() {
    assertBroken("arrows of kernel", "kernel.PointsUpwards");
    assertBroken("features are internal", "cli.ReachesInside");
    assertBroken("features are internal", "cli.NamesInside");
    assertBroken("no cycles", "Cycle detected");
    assertBroken("words alone", "pipeline.room.KnowsMaker");
    assertBroken("words alone", "pipeline.room.KnowsPort");
    assertBroken("drivers", "ledger.NamesDriver");
    assertBroken("sockets", "ledger.OpensSockets");
    assertBroken("SQL", "kernel.SpeaksSql");
    assertBroken("statements", "ledger.MakesStatements");
    assertBroken("clock", "kernel.ReadsClock");
    assertBroken("clock", "server.ReadsClock");
    assertBroken("randomness", "kernel.MakesRandomness");
    assertBroken("randomness", "kernel.Shuffles");
    assertBroken("environment", "kernel.ReadsEnvironment");
    assertBroken("sleep", "kernel.Sleeps");
    assertBroken("stack traces", "kernel.PrintsStackTrace");
    assertBroken("durable files", "ledger.MovesFiles");
    assertBroken("one JSON profile", "ledger.ReadsJson");
    assertBroken("one base64", "ledger.DecodesBase64");
    assertBroken("one provider", "ledger.NamesProvider");
    assertBroken("silent keys", "ledger.Logs");
    assertBroken("silent keys", "ledger.Prints");
    assertBroken("serialization", "kernel.IsSerializable");
  }

  // Firm ground 17
  @Test
  void each_share_of_the_budget_is_given_to_somebody() {
    assertThat(
            PRODUCT.get("io.telltale.server.Budget").getMethods().stream()
                .filter(method -> method.getRawParameterTypes().isEmpty())
                .filter(method -> !method.getModifiers().contains(JavaModifier.PRIVATE))
                .filter(method -> !RECORDS_OWN.contains(method.getName()))
                .filter(ArchitectureTest::isCalledByNobodyElse)
                .map(JavaMethod::getName))
        .isEmpty();
  }

  private static boolean isCalledByNobodyElse(JavaMethod method) {
    return method.getCallsOfSelf().stream()
        .allMatch(call -> call.getOriginOwner().equals(method.getOwner()));
  }

  @Test
  void engines_run_in_workers_but_for_the_one_that_writes() {
    assertThat(
            PRODUCT.get("io.telltale.engine.DuckSession").getMethods().stream()
                .filter(method -> Set.of("open", "streaming").contains(method.getName()))
                .flatMap(method -> method.getCallsOfSelf().stream())
                .map(call -> call.getOriginOwner().getSimpleName())
                .filter(name -> !name.equals("DuckSession"))
                .distinct())
        .containsExactlyInAnyOrder("WritingEngine", "WorkerSession");
  }

  @Test
  void whoever_may_read_the_clock_is_there_and_does() {
    assertThat(Rules.readingClocks("io.telltale", PRODUCT))
        .containsExactlyInAnyOrderElementsOf(Rules.READING_CLOCKS);
  }

  @Test
  void composition_roots_may_read_clock_and_environment() {
    assertThat(report("clock")).doesNotContain("server.Foundation");
    assertThat(report("environment")).doesNotContain("server.Foundation");
  }

  private static void assertBroken(String rule, String by) {
    assertThat(report(rule)).as(rule).contains(by);
  }

  private static String report(String rule) {
    EvaluationResult result = requireNonNull(OVER_FIXTURES.get(rule)).evaluate(BREAKING);
    return String.join("\n", result.getFailureReport().getDetails());
  }

  private static boolean isIn(String module, String packageName) {
    return (packageName + ".").startsWith("io.telltale." + Modules.packageOf(module) + ".");
  }
}
