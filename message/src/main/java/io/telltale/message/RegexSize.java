package io.telltale.message;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many steps a regular expression unfolds to, never too few: counted repeats multiply what they
 * repeat. Looked at before it is compiled, since compiling already takes that much memory.
 */
final class RegexSize {
  static final long ENDLESS = Integer.MAX_VALUE;
  private static final Pattern COUNTS = Pattern.compile("\\{([0-9]{1,9})(,([0-9]{0,9}))?}");
  private static final int CHARS_MAX = 1_024;

  private RegexSize() {}

  static long of(String pattern) {
    if (pattern.length() > CHARS_MAX) {
      return ENDLESS;
    }
    Deque<Long> outer = new ArrayDeque<>();
    Matcher counts = COUNTS.matcher(pattern);
    long total = 0;
    long last = 0;
    int at = 0;
    while (at < pattern.length()) {
      char one = pattern.charAt(at);
      if (one == '{' && counts.region(at, pattern.length()).lookingAt()) {
        long repeated = Math.min(ENDLESS, last * times(counts));
        total = Math.min(ENDLESS, total - last + repeated);
        last = repeated;
        at = counts.end();
      } else if (one == '(') {
        outer.push(total);
        total = 0;
        last = 0;
        at++;
      } else if (one == ')' && !outer.isEmpty()) {
        last = total + 1;
        total = Math.min(ENDLESS, outer.pop() + last);
        at++;
      } else {
        int end = one == '[' ? classEnd(pattern, at) : at + (one == '\\' ? 2 : 1);
        last = 1;
        total++;
        at = end;
      }
    }
    return outer.isEmpty() ? total : ENDLESS;
  }

  private static long times(Matcher counts) {
    long least = Long.parseLong(counts.group(1));
    String most = counts.group(3);
    return Math.max(1, most == null || most.isEmpty() ? least + 1 : Long.parseLong(most));
  }

  private static int classEnd(String pattern, int start) {
    int at = start + 1;
    if (at < pattern.length() && pattern.charAt(at) == '^') {
      at++;
    }
    boolean first = true;
    while (at < pattern.length() && (first || pattern.charAt(at) != ']')) {
      first = false;
      at += pattern.charAt(at) == '\\' ? 2 : 1;
    }
    return at + 1;
  }
}
