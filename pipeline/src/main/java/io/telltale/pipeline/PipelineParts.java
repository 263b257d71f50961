package io.telltale.pipeline;

import io.telltale.crypto.Entropy;
import io.telltale.db.Database;
import io.telltale.kernel.Counters;
import io.telltale.kernel.Halts;
import io.telltale.kernel.SpiffeId;
import io.telltale.lake.LakeWriter;
import io.telltale.leases.FileKeys;
import io.telltale.leases.StateSeal;
import io.telltale.log.RecordLog;
import io.telltale.objects.ObjectStore;
import io.telltale.roster.DeviceBook;
import io.telltale.roster.IdentityView;
import io.telltale.roster.PolicyBook;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * What the pipeline stands on.
 *
 * @param database {@code lake/pipeline.db}, opened with {@link Pipeline#database}
 * @param writer the lake's one writer, on the same database
 * @param objects where leaf arrays go, below {@code leaves/}
 * @param openers on the pipeline's own grants
 * @param doors what they have stated of what they acknowledged
 * @param policies what each record is judged by: the version that its door admitted it under
 * @param devices what the registry knows and is told of devices
 * @param letterKeys the keys of dead letters, on the pipeline's own grants
 * @param seal of the pipeline's own state
 * @param nanoTime of a clock that only goes forward, for waits and shares of time
 * @param halts told what stands still
 * @param self the pipeline's service id
 */
public record PipelineParts(
    PipelineSettings settings,
    RecordLog log,
    Database database,
    LakeWriter writer,
    ObjectStore objects,
    OpenerFactory openers,
    DoorStatements doors,
    IdentityView identities,
    DeviceBook devices,
    PolicyBook policies,
    ScopeGate scopes,
    StateSeal seal,
    FileKeys letterKeys,
    Entropy entropy,
    SpiffeId self,
    InstantSource clock,
    LongSupplier nanoTime,
    Counters counters,
    Halts halts) {}
