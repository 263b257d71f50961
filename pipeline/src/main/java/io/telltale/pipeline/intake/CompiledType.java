package io.telltale.pipeline.intake;

import io.telltale.message.ReadingForm;

/**
 * One version of one message type.
 *
 * @param steps what a record's provenance says was done to it
 */
record CompiledType(String schemaId, ReadingForm form, String steps) {
  /** Why {@link ReadingForm#read} finds nothing. */
  String unreadable() {
    return form.isMapped() ? DeadLetterReason.PAYLOAD_UNREADABLE : DeadLetterReason.NOT_JSON;
  }
}
