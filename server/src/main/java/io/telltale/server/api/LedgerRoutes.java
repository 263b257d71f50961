package io.telltale.server.api;

import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.TenantId;
import io.telltale.roster.Role;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The audit trail (AU-2, AU-5). */
final class LedgerRoutes {
  private static final int FILTER_MAX = 512;
  // Of four readers of the index two are left to status, proofs and what else asks the ledger; of
  // the calls that are served at a time an eighth may wait.
  private static final SearchSlots.Bounds SEARCHES =
      new SearchSlots.Bounds(2, 8, 2, Duration.ofSeconds(2));
  private static final Set<String> FILTERS =
      Set.of("type", "subject", "actor", "since", "until", "before", "limit");
  private static final Set<Role> ANY = EnumSet.allOf(Role.class);
  private static final Set<Role> READERS = EnumSet.of(Role.AUDITOR, Role.OPERATOR);

  private final LedgerPages ledger;
  private final InstantSource clock;
  private final Semaphore verifying = new Semaphore(1);
  private final SearchSlots searches = new SearchSlots(SEARCHES);

  LedgerRoutes(ApiParts parts) {
    this.ledger = parts.ledger();
    this.clock = parts.clock();
  }

  List<Route<Operation>> routes() {
    return List.of(
        Operation.get("/v1/ledger/checkpoint", ANY, call -> checkpoint()),
        Operation.get(
            "/v1/ledger/consistency", ANY, Set.of("first", "second")::contains, this::consistency),
        Operation.get("/v1/ledger/search", READERS, FILTERS::contains, this::search),
        Operation.get("/v1/ledger/events/{index}/proof", READERS, this::proof),
        Operation.post("/v1/ledger/verify", READERS, call -> call.withBody(this::verify)));
  }

  private Response checkpoint() {
    return Answers.raw(200, "text/plain; charset=utf-8", Bytes.utf8(ledger.checkpoint()));
  }

  /** That the first {@code first} of {@code second} events are what they were (AU-2). */
  private Response consistency(Call call) {
    var mistakes = new ArrayList<String>();
    long published = ledger.published();
    long second =
        Numbers.bounded(call.query("second"), published, 0, published, "second", mistakes);
    long first = Numbers.bounded(call.query("first"), 0, 1, second, "first", mistakes);
    if (first == 0) {
      mistakes.add("give first: how many events the checkpoint has that you kept");
    }
    if (!mistakes.isEmpty()) {
      return Answers.invalid(mistakes);
    }
    ObjectNode body = Answers.object().put("first", first).put("second", second);
    ArrayNode path = body.putArray("path");
    ledger.consistency(first, second).forEach(hash -> path.add(Base64Text.of(hash.value())));
    return Answers.json(200, body);
  }

  private Response verify(Caller caller, JsonBody body) {
    Optional<Response> problem = body.problem();
    if (problem.isPresent()) {
      return problem.get();
    }
    if (!verifying.tryAcquire()) {
      return Answers.error(503, "busy", "the ledger is being verified: try again");
    }
    try {
      LedgerPages.Verdict verdict = ledger.verify();
      return Answers.json(
          200,
          Answers.object()
              .put("sound", verdict.problem().isEmpty())
              .put("size", verdict.size())
              .put("root", verdict.root())
              .put("problem", verdict.problem()));
    } finally {
      verifying.release();
    }
  }

  private Response search(Call call) {
    var mistakes = new ArrayList<String>();
    int limit = Numbers.bounded(call.query("limit"), 100, 1, 1_000, "limit", mistakes).intValue();
    long before =
        Numbers.bounded(
            call.query("before"), Long.MAX_VALUE, 0, Long.MAX_VALUE, "before", mistakes);
    String type = call.query("type");
    String subject = call.query("subject");
    String actor = call.query("actor");
    if (Math.max(type.length(), Math.max(subject.length(), actor.length())) > FILTER_MAX) {
      mistakes.add("type, subject and actor must have at most " + FILTER_MAX + " characters");
    }
    Instant now = clock.instant();
    Optional<Instant> since = Moments.read(call.query("since"), now, "since", mistakes);
    Optional<Instant> until = Moments.read(call.query("until"), now, "until", mistakes);
    if (since.isPresent() && until.isPresent() && !since.get().isBefore(until.get())) {
      mistakes.add("until (%s) must be after since (%s)".formatted(until.get(), since.get()));
    }
    if (!mistakes.isEmpty()) {
      return Answers.invalid(mistakes);
    }
    return search(
        call.caller().tenant(),
        new LedgerPages.Search(type, subject, actor, since, until, before, limit));
  }

  private Response search(TenantId tenant, LedgerPages.Search wanted) {
    return searches
        .search(tenant, () -> ledger.search(tenant, wanted))
        .map(found -> page(wanted, found))
        .orElseGet(
            () -> Answers.error(503, "busy", "the ledger is being searched by others: try again"));
  }

  private static Response page(LedgerPages.Search wanted, LedgerPages.Page found) {
    ObjectNode body = Answers.object();
    ArrayNode events = body.putArray("events");
    found.entries().forEach(entry -> events.add(json(entry)));
    body.put("next", found.next().orElse(null));
    // The next page is of the same times, whatever the clock says by then.
    body.put("since", wanted.since().map(Instant::toString).orElse(null));
    body.put("until", wanted.until().map(Instant::toString).orElse(null));
    return Answers.json(200, body);
  }

  private static ObjectNode json(LedgerPages.Entry entry) {
    Event event = entry.event();
    ObjectNode node =
        Answers.object()
            .put("index", entry.index())
            .put("type", event.type())
            .put("time", event.time().toString())
            .put("actor", event.actor())
            .put("subject", event.subject());
    ObjectNode details = node.putObject("details");
    event.details().forEach(details::put);
    return node;
  }

  private Response proof(Call call) {
    String index = call.placeholder("index");
    if (!Numbers.whole(index)) {
      return Answers.notFound("event");
    }
    return ledger
        .proof(call.caller().tenant(), Long.parseLong(index))
        .map(file -> Answers.raw(200, "application/json", file))
        .orElse(Answers.notFound("event"));
  }
}
