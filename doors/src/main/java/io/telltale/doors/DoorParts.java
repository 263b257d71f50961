package io.telltale.doors;

import io.telltale.admission.Admission;
import io.telltale.admission.DeviceContexts;
import io.telltale.admission.Incidents;
import io.telltale.kernel.Counters;
import io.telltale.roster.Identity;
import io.telltale.roster.IdentityView;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What a door of devices works with.
 *
 * @param admissions makes the admission of one event loop; the executor is the loop
 * @param opened hears of each session that was opened, and by which credential; must not block
 * @param door SPIFFE id of the door, for events
 */
public record DoorParts(
    Function<Executor, Admission> admissions,
    DeviceContexts contexts,
    IdentityView view,
    Sessions sessions,
    Incidents incidents,
    Counters counters,
    InstantSource clock,
    Consumer<Identity> opened,
    String door) {}
