package io.telltale.server.api;

import io.telltale.kernel.Counters;
import io.telltale.lake.LakeQuery;
import io.telltale.lake.LakeTrace;
import io.telltale.registry.Registry;
import java.time.InstantSource;
import java.util.function.Supplier;

/**
 * What the API answers from.
 *
 * @param tokens makes the text of a new enrollment token: 32 random bytes, base64url
 */
public record ApiParts(
    Registry registry,
    LakeQuery query,
    LakeTrace trace,
    ProofExports proofs,
    LedgerPages ledger,
    KeyOperations keys,
    AuthorityOperations authorities,
    LetterOperations letters,
    PolicyRehearsals traffic,
    ServerFacts facts,
    Supplier<String> tokens,
    InstantSource clock,
    Counters counters) {}
