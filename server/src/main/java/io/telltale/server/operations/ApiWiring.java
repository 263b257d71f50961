package io.telltale.server.operations;

import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.server.Foundation;
import io.telltale.server.Listeners;
import io.telltale.server.api.ApiParts;
import io.telltale.server.api.LedgerPages;
import io.telltale.server.api.ServerFacts;

/** What the API answers from. */
public final class ApiWiring {
  private static final int TOKEN_SIZE = 32;

  private ApiWiring() {}

  public static ApiParts parts(Listeners.Parts parts, LedgerPages ledger, ServerFacts facts) {
    Foundation foundation = parts.foundation();
    return new ApiParts(
        foundation.registry(),
        parts.dataPath().lake().query(),
        parts.dataPath().lake().trace(),
        new LedgerProofs(foundation, parts.dataPath()),
        ledger,
        new ScopeKeyOperations(foundation.keys()),
        new CaOperations(foundation, parts.upkeep()),
        new DeadLetterOperations(parts.dataPath().letters(), parts.dataPath().log(), foundation),
        new LogRehearsals(parts.dataPath().log(), foundation),
        facts,
        () -> Base64Text.forUrl(Bytes.adopt(foundation.entropy().array(TOKEN_SIZE))),
        foundation.clock(),
        parts.metrics());
  }
}
