package io.telltale.registry;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Hash;

/** A token to be made for a device, by its hash. */
public record NewToken(DeviceId device, Hash token) {}
