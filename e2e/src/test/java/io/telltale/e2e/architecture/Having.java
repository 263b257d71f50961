package io.telltale.e2e.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.function.Predicate;

/** A condition about a class as a whole. */
final class Having extends ArchCondition<JavaClass> {
  private final Predicate<JavaClass> predicate;

  Having(String description, Predicate<JavaClass> predicate) {
    super(description);
    this.predicate = predicate;
  }

  @Override
  public void check(JavaClass type, ConditionEvents events) {
    events.add(new SimpleConditionEvent(type, predicate.test(type), type.getName() + " " + this));
  }
}
