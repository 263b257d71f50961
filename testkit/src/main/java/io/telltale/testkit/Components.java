package io.telltale.testkit;

import static java.util.Objects.requireNonNull;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The components of a record, each changed once: what forgets one of them is found. */
public final class Components {
  private Components() {}

  /**
   * Gives {@code each} the name of each component, and the record with that one as {@code others}
   * has it. A component that they do not have, or have equal, is an error of the test.
   */
  public static <R extends Record> void eachChanged(
      R one, Map<String, Object> others, BiConsumer<String, R> each) {
    Set<String> names = names(one);
    if (!names.equals(others.keySet())) {
      throw new AssertionError("changes of " + others.keySet() + " for components " + names);
    }
    for (String name : names) {
      R changed = with(one, name, requireNonNull(others.get(name)));
      if (changed.equals(one)) {
        throw new AssertionError(name + " was to be changed and is the same");
      }
      each.accept(name, changed);
    }
  }

  private static RecordComponent[] components(Record one) {
    return requireNonNull(one.getClass().getRecordComponents());
  }

  private static Set<String> names(Record one) {
    var names = new LinkedHashSet<String>();
    Arrays.stream(components(one)).map(RecordComponent::getName).forEach(names::add);
    return names;
  }

  private static <R extends Record> R with(R one, String name, Object value) {
    RecordComponent[] components = components(one);
    var types = new Class<?>[components.length];
    var values = new @Nullable Object[components.length];
    try {
      for (int i = 0; i < components.length; i++) {
        types[i] = components[i].getType();
        values[i] =
            components[i].getName().equals(name) ? value : components[i].getAccessor().invoke(one);
      }
      return type(one).getDeclaredConstructor(types).newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("making a record with another " + name, e);
    }
  }

  @SuppressWarnings("unchecked") // a record's class has no other below it
  private static <R extends Record> Class<R> type(R one) {
    return (Class<R>) one.getClass();
  }
}
