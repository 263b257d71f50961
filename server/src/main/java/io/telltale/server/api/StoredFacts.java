package io.telltale.server.api;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * What the status has from stores. A store whose host vanished answers nobody for minutes, and who
 * looks for what is wrong must not wait for it: each is asked apart, and for a bounded time.
 */
final class StoredFacts {
  private static final Duration ANSWER_MAX = Duration.ofSeconds(5);
  private static final int ASKED_MAX = 16;
  private static final System.Logger LOG = System.getLogger(StoredFacts.class.getName());

  private final ApiParts parts;
  // Each that no store answers keeps one of the store's connections.
  private final Semaphore asked = new Semaphore(ASKED_MAX);

  StoredFacts(ApiParts parts) {
    this.parts = parts;
  }

  /**
   * @param values what answered, by its name in the status
   * @param unavailable what did not, as far as the caller may know of it
   */
  record Found(Map<String, Object> values, Set<String> unavailable) {}

  Found of(Caller caller) {
    TenantId tenant = caller.tenant();
    var wanted = new LetterOperations.Wanted(tenant, Optional.empty(), "", OptionalLong.empty());
    var questions = new LinkedHashMap<String, CompletableFuture<?>>();
    questions.put("ledger", ask(() -> parts.facts().ledger()));
    questions.put("devices", ask(() -> parts.registry().countByState(tenant)));
    questions.put(
        "policyVersion", ask(() -> parts.registry().policies().inForce(tenant).version()));
    questions.put("deadLetters", ask(() -> parts.letters().count(wanted)));

    waitFor(questions.values());

    var found = new LinkedHashMap<String, Object>();
    var unavailable = new LinkedHashSet<String>();
    questions.forEach(
        (name, answer) -> {
          switch (answer.state()) {
            case SUCCESS -> found.put(name, answer.resultNow());
            case RUNNING ->
                unavailable.add(
                    "%s did not answer within %d s".formatted(name, ANSWER_MAX.toSeconds()));
            case FAILED, CANCELLED ->
                failed(caller, answer.exceptionNow()).ifPresent(unavailable::add);
          }
        });
    return new Found(found, unavailable);
  }

  private static void waitFor(Collection<CompletableFuture<?>> answers) {
    try {
      CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
          .get(ANSWER_MAX.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.log(System.Logger.Level.DEBUG, "api.status_incomplete", e);
    }
  }

  private <T> CompletableFuture<T> ask(Supplier<T> question) {
    var answer = new CompletableFuture<T>();
    Thread.ofVirtual()
        .name("stored-facts")
        .start(
            () -> {
              try {
                if (asked.tryAcquire(ANSWER_MAX.toSeconds(), TimeUnit.SECONDS)) {
                  answer(question, answer);
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    return answer;
  }

  private <T> void answer(Supplier<T> question, CompletableFuture<T> answer) {
    try {
      answer.complete(question.get());
    } catch (RuntimeException | Error e) {
      answer.completeExceptionally(e);
    } finally {
      asked.release();
    }
  }

  // What a damaged store would say is left out: the rest says which it is and what to do. Of one
  // that does not answer nothing else may speak.
  private static Optional<String> failed(Caller caller, Throwable why) {
    return switch (why) {
      case UnavailableException e -> Optional.of(caller.told(e));
      case CorruptException e -> {
        LOG.log(System.Logger.Level.DEBUG, "api.status_incomplete", e);
        yield Optional.empty();
      }
      case Error e -> throw e;
      default -> throw new IllegalStateException("asking a store for the status", why);
    };
  }
}
