package io.telltale.roster;

import java.util.Optional;
import java.util.Set;

/** For which callers a rule holds. */
public sealed interface Condition {
  /** What a condition says of a caller. */
  enum Answer {
    YES,
    NO,
    /** It could not be evaluated: whoever asks has to take the stricter side. */
    UNKNOWN
  }

  Answer holdsFor(Identity caller);

  /**
   * Membership of an attribute's value in a list; an attribute without a value is in no list.
   *
   * @param attribute {@code asset.environment}, {@code asset.region}, {@code asset.productLine},
   *     {@code asset.ownerTeam}, {@code asset.site}, {@code asset.labels.<key>}, {@code
   *     device.type} or {@code firmware}
   */
  record OneOf(String attribute, Set<String> oneOf) implements Condition {
    private static final String LABEL = "asset.labels.";

    public OneOf {
      oneOf = Set.copyOf(oneOf);
    }

    @Override
    public Answer holdsFor(Identity caller) {
      return value(caller).filter(oneOf::contains).isPresent() ? Answer.YES : Answer.NO;
    }

    private Optional<String> value(Identity caller) {
      AssetRecord asset = caller.asset();
      return switch (attribute) {
        case "asset.environment" -> Optional.of(asset.environment());
        case "asset.region" -> Optional.of(asset.region());
        case "asset.productLine" -> Optional.of(asset.productLine());
        case "asset.ownerTeam" -> Optional.of(asset.ownerTeam());
        case "asset.site" -> Optional.of(asset.site());
        case "device.type" -> Optional.of(asset.type());
        case "firmware" -> Optional.of(caller.firmwareClaimed());
        default ->
            attribute.startsWith(LABEL)
                ? Optional.ofNullable(asset.labels().get(attribute.substring(LABEL.length())))
                : Optional.empty();
      };
    }
  }

  /** An expression in CEL, compiled; equal when its text is. */
  final class Expression implements Condition {
    private final CelExpression compiled;

    Expression(CelExpression compiled) {
      this.compiled = compiled;
    }

    /** As it was written. */
    public String text() {
      return compiled.text();
    }

    @Override
    public Answer holdsFor(Identity caller) {
      return compiled.ask(caller);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Expression it && it.text().equals(text());
    }

    @Override
    public int hashCode() {
      return text().hashCode();
    }
  }
}
