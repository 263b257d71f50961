package io.telltale.device;

import java.util.HashSet;
import java.util.Set;

/**
 * What an earlier run left to be sent, and what has become of it. One thread's, but for the
 * answers.
 */
final class EarlierReadings {
  private final Set<Long> waiting = new HashSet<>();
  private volatile EarlierAnswers answers = new EarlierAnswers(0, 0);

  void add(long sequence) {
    waiting.add(sequence);
  }

  /** Takes what is of this run for none of its own. */
  void answered(long sequence, Delivery delivery) {
    if (waiting.remove(sequence)) {
      switch (delivery) {
        case Delivery.Acknowledged _ -> count(1, 0);
        case Delivery.Refused _ -> count(0, 1);
        case Delivery.TryLater _, Delivery.Unanswered _ -> waiting.add(sequence);
      }
    }
  }

  private void count(int acknowledged, int refused) {
    EarlierAnswers before = answers;
    answers = new EarlierAnswers(before.acknowledged() + acknowledged, before.refused() + refused);
  }

  EarlierAnswers answers() {
    return answers;
  }
}
