package io.telltale.server.operations;

import io.telltale.server.Foundation;
import io.telltale.server.Listeners;
import io.telltale.server.api.ApiParts;
import io.telltale.server.api.LedgerPages;
import io.telltale.server.api.ServerFacts;
import java.util.Base64;

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
        new DeadLetterOperations(parts.dataPath().letters(), parts.dataPath().log(), foundation),
        new LogRehearsals(parts.dataPath().log(), foundation),
        facts,
        () ->
            Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(foundation.entropy().array(TOKEN_SIZE)),
        foundation.clock(),
        parts.metrics());
  }
}
