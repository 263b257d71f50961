package io.telltale.pipeline.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.message.PlainReading;
import io.telltale.message.ReadingForm;
import io.telltale.record.Origin;
import io.telltale.roster.PolicyBook;
import java.util.Optional;

/** Judges payloads as the pipeline does, and in the other way that must say the same. */
public final class Judging {
  private final CompiledTypes types;
  private int plainly;

  public Judging(PolicyBook policies) {
    this.types = new CompiledTypes(policies);
  }

  /** Whether it would be stored. */
  public boolean takes(String payload, Origin origin) {
    CompiledType type = types.of(origin, false).orElseThrow();
    Judgement quick = Judgement.of(type, Bytes.utf8(payload), origin);
    ReadingForm form = type.form();
    Optional<Judgement> full =
        Optional.ofNullable(form.read(Bytes.utf8(payload), origin.received().toEpochMilli()))
            .map(document -> Judgement.ofDocument(form, document, origin));
    // With or without a tree, and to the last bit.
    assertThat(Optional.of(quick))
        .as(payload)
        .isEqualTo(full.or(() -> Optional.of(new Judgement.Refused(type.unreadable()))));
    PlainReading plain = form.plainly(Bytes.utf8(payload));
    plainly += plain == null || plain.measures(form.measures()) == null ? 0 : 1;
    return quick instanceof Judgement.Good;
  }

  /** How many were read without a tree. */
  public int plainly() {
    return plainly;
  }
}
