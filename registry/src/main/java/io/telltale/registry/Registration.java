package io.telltale.registry;

import io.telltale.roster.LifecycleState;
import java.util.List;

/** What came of registering a device, a service or a person. */
public sealed interface Registration {
  /** It is new and has this number now. */
  record Registered(int number) implements Registration {}

  /** It was there already with the same content. */
  record Unchanged(int number) implements Registration {}

  /**
   * The name belongs to one with other content.
   *
   * @param state of the one that is there
   * @param differences from what is there to what was asked for; empty where only roles differ
   */
  record Conflict(int number, LifecycleState state, List<FieldChange> differences)
      implements Registration {
    public Conflict {
      differences = List.copyOf(differences);
    }
  }

  /** It cannot be registered as described. */
  record Invalid(List<String> mistakes) implements Registration {
    public Invalid {
      mistakes = List.copyOf(mistakes);
    }
  }
}
