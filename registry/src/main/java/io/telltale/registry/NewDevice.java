package io.telltale.registry;

import io.telltale.kernel.DeviceId;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.DeviceType;
import io.telltale.roster.Policy;
import io.telltale.roster.Texts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A device to be registered. */
public record NewDevice(DeviceId id, AssetRecord asset) {
  private static final int TEXT_MAX = 128;
  private static final int LABELS_MAX = 32;
  private static final int LABEL_VALUE_MAX = 256;

  public List<String> mistakes(Policy policy) {
    var mistakes = new ArrayList<String>();
    requireName(mistakes, "environment", asset.environment());
    requireName(mistakes, "region", asset.region());
    requireName(mistakes, "productLine", asset.productLine());
    if (policy.deviceType(asset.type()).isEmpty()) {
      mistakes.add(
          "type must be one that the policy knows: "
              + policy.deviceTypes().stream().map(DeviceType::name).toList());
    }
    requirePrintable(mistakes, "ownerTeam", asset.ownerTeam());
    requirePrintable(mistakes, "site", asset.site());
    if (asset.labels().size() > LABELS_MAX) {
      mistakes.add("labels must be at most " + LABELS_MAX);
    }
    for (Map.Entry<String, String> label : asset.labels().entrySet()) {
      if (!DeviceId.valid(label.getKey())) {
        mistakes.add("the name of a label " + DeviceId.NAME_FORM);
        break;
      }
      if (!Texts.printable(label.getValue(), LABEL_VALUE_MAX)) {
        mistakes.add(
            "the value of the label %s must be at most %d printable characters"
                .formatted(label.getKey(), LABEL_VALUE_MAX));
        break;
      }
    }
    return mistakes;
  }

  private static void requireName(List<String> mistakes, String what, String value) {
    if (!DeviceId.valid(value)) {
      mistakes.add(what + " " + DeviceId.NAME_FORM);
    }
  }

  private static void requirePrintable(List<String> mistakes, String what, String value) {
    if (!Texts.printable(value, TEXT_MAX)) {
      mistakes.add(what + " must be at most " + TEXT_MAX + " printable characters");
    }
  }
}
