package io.telltale.proof;

import io.telltale.kernel.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which entries of the log a {@code batch.stored} event speaks of, in the order of its leaves:
 * {@code docs/format/lake-batches.md}.
 *
 * @param leaves how many
 * @param late whether older batches name them, too
 */
public record BatchedOffsets(List<Span> spans, long leaves, boolean late) {
  private static final int PARTITION_MAX = 0xffff;
  private static final long LEAVES_MAX = 1L << 31;
  private static final Pattern SPAN =
      Pattern.compile("(0|[1-9][0-9]{0,4}):(0|[1-9][0-9]{0,17})-(0|[1-9][0-9]{0,17})");
  private static final Pattern SUBJECT = Pattern.compile("partition/([0-9]{1,5})");

  /** Consecutive entries of one partition; the first one's leaf is number {@code leaf}. */
  public record Span(int partition, long first, long last, long leaf) {
    // With something between, or it would be one span.
    private boolean isBefore(int otherPartition, long otherFirst) {
      return partition < otherPartition || (partition == otherPartition && last + 1 < otherFirst);
    }
  }

  /** Empty when the event is no batch, or names its entries in another way than it may. */
  public static Optional<BatchedOffsets> of(Event event) {
    if (!event.type().equals("batch.stored")) {
      return Optional.empty();
    }
    String offsets = event.details().getOrDefault("offsets", "");
    Matcher subject = SUBJECT.matcher(event.subject());
    // Version 1 had a batch for each partition.
    boolean late = event.details().containsKey("late");
    return offsets.isEmpty() && subject.matches()
        ? parse(
            "%d:%s-%s"
                .formatted(
                    Integer.parseInt(subject.group(1)),
                    event.details().getOrDefault("first", ""),
                    event.details().getOrDefault("last", "")),
            late)
        : parse(offsets, late);
  }

  private static Optional<BatchedOffsets> parse(String text, boolean late) {
    var spans = new ArrayList<Span>();
    long leaves = 0;
    for (String part : text.split(";", -1)) {
      Matcher numbers = SPAN.matcher(part);
      if (!numbers.matches()) {
        return Optional.empty();
      }
      int partition = Integer.parseInt(numbers.group(1));
      long first = Long.parseLong(numbers.group(2));
      long last = Long.parseLong(numbers.group(3));
      boolean follows = spans.isEmpty() || spans.getLast().isBefore(partition, first);
      if (!follows || partition > PARTITION_MAX || last < first || last - first >= LEAVES_MAX) {
        return Optional.empty();
      }
      spans.add(new Span(partition, first, last, leaves));
      leaves += last - first + 1;
    }
    return Optional.of(new BatchedOffsets(List.copyOf(spans), leaves, late));
  }

  /** Whether a span begins with the entry. */
  public boolean begins(int partition, long offset) {
    return spans.stream().anyMatch(span -> span.partition() == partition && span.first() == offset);
  }

  /** Where in the batch's tree the entry is; empty when it is not in the batch. */
  public OptionalLong leafOf(int partition, long offset) {
    int low = 0;
    int high = spans.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Span span = spans.get(middle);
      if (span.partition() > partition
          || (span.partition() == partition && span.first() > offset)) {
        high = middle - 1;
      } else if (span.partition() < partition || span.last() < offset) {
        low = middle + 1;
      } else {
        return OptionalLong.of(span.leaf() + offset - span.first());
      }
    }
    return OptionalLong.empty();
  }
}
