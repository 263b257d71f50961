package io.telltale.roster;

import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.CelVarDecl;
import dev.cel.common.types.CelType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/**
 * A condition in Google's Common Expression Language over what is known of a caller: compiled once,
 * bounded in size, nesting, iterations and expressions, without time, functions of ours or effects.
 * Safe for many threads.
 */
final class CelExpression {
  private static final int CHARS_MAX = 1_024;
  private static final CelOptions LIMITS =
      CelOptions.current()
          // The planning runtime knows no other comparisons.
          .enableHeterogeneousNumericComparisons(true)
          .maxExpressionCodePointSize(CHARS_MAX)
          .maxParseRecursionDepth(32)
          .maxParseExpressionNodeCount(500)
          .maxParseErrorRecoveryLimit(3)
          .maxRegexProgramSize(2_000)
          .comprehensionMaxIterations(1_000)
          .build();
  private static final SequencedMap<String, CelType> NAMES = names();
  private static final CelCompiler COMPILER =
      CelCompilerFactory.standardCelCompilerBuilder()
          .setOptions(LIMITS)
          .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
          .setResultType(SimpleType.BOOL)
          .addVarDeclarations(NAMES.entrySet().stream().map(CelExpression::variable).toList())
          .build();
  private static final CelRuntime RUNTIME =
      CelRuntimeFactory.plannerRuntimeBuilder().setOptions(LIMITS).build();

  private final String text;
  private final CelRuntime.Program program;

  private CelExpression(String text, CelRuntime.Program program) {
    this.text = text;
    this.program = program;
  }

  /** A compiled expression, or what is wrong with it. */
  sealed interface Compiled {
    record Good(CelExpression expression) implements Compiled {}

    record Bad(String why) implements Compiled {}
  }

  static Compiled compile(String text) {
    if (text.length() > CHARS_MAX) {
      return new Compiled.Bad("is longer than " + CHARS_MAX + " characters");
    }
    try {
      CelValidationResult checked = COMPILER.compile(text);
      if (checked.hasError()) {
        return new Compiled.Bad(
            "is no condition: " + CelMistakes.told(text, checked.getErrors(), NAMES.keySet()));
      }
      return new Compiled.Good(new CelExpression(text, RUNTIME.createProgram(checked.getAst())));
    } catch (CelValidationException | CelEvaluationException | RuntimeException e) {
      return new Compiled.Bad(
          "is no condition: " + CelMistakes.inOneLine(String.valueOf(e.getMessage())));
    }
  }

  private static SequencedMap<String, CelType> names() {
    var names = new LinkedHashMap<String, CelType>();
    for (String text :
        List.of(
            "device.id",
            "device.type",
            "device.state",
            "firmware",
            "asset.environment",
            "asset.region",
            "asset.productLine",
            "asset.ownerTeam",
            "asset.site")) {
      names.put(text, SimpleType.STRING);
    }
    names.put("asset.labels", MapType.create(SimpleType.STRING, SimpleType.STRING));
    names.put("certificate.fingerprint", SimpleType.STRING);
    names.put("certificate.issuer", SimpleType.STRING);
    names.put("certificate.state", SimpleType.STRING);
    names.put("certificate.notAfter", SimpleType.TIMESTAMP);
    names.put("attestation.state", SimpleType.STRING);
    return names;
  }

  private static CelVarDecl variable(Map.Entry<String, CelType> name) {
    return CelVarDecl.newVarDeclaration(name.getKey(), name.getValue());
  }

  String text() {
    return text;
  }

  /** Asked once for each change of a caller or a policy, never for a message. */
  Condition.Answer ask(Identity caller) {
    try {
      return Boolean.TRUE.equals(program.eval(facts(caller)))
          ? Condition.Answer.YES
          : Condition.Answer.NO;
    } catch (CelEvaluationException | RuntimeException e) {
      // A label that is not there, too many iterations, an expression too large.
      return Condition.Answer.UNKNOWN;
    }
  }

  private static Map<String, Object> facts(Identity caller) {
    AssetRecord asset = caller.asset();
    var facts = new HashMap<String, Object>();
    facts.put("device.id", caller.id().name());
    facts.put("device.type", asset.type());
    facts.put("device.state", caller.state().text());
    facts.put("firmware", caller.firmwareClaimed());
    facts.put("asset.environment", asset.environment());
    facts.put("asset.region", asset.region());
    facts.put("asset.productLine", asset.productLine());
    facts.put("asset.ownerTeam", asset.ownerTeam());
    facts.put("asset.site", asset.site());
    facts.put("asset.labels", asset.labels());
    facts.put("certificate.fingerprint", caller.credential().hex());
    facts.put("certificate.issuer", caller.issuer().hex());
    facts.put("certificate.state", caller.credentialState().name().toLowerCase(Locale.ROOT));
    facts.put("certificate.notAfter", caller.notAfter());
    // Nothing appraises evidence yet, so nothing is attested.
    facts.put("attestation.state", "unattested");
    return facts;
  }
}
