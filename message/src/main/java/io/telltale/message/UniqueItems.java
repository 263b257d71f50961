package io.telltale.message;

import com.networknt.schema.ExecutionContext;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaContext;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.keyword.AbstractKeyword;
import com.networknt.schema.keyword.BaseKeywordValidator;
import com.networknt.schema.keyword.KeywordType;
import com.networknt.schema.keyword.KeywordValidator;
import com.networknt.schema.path.NodePath;
import tools.jackson.databind.JsonNode;

/**
 * The keyword {@code uniqueItems}, bounded. The library puts what it has seen into a hash set, and
 * whoever sends the elements can choose them to have one hash: then each is compared with each, and
 * one message takes as long as its sender likes.
 */
final class UniqueItems extends AbstractKeyword {
  /** Of an array whose elements have to differ. */
  static final int ELEMENTS_MAX = 256;

  UniqueItems() {
    super(KeywordType.UNIQUE_ITEMS.getValue());
  }

  @Override
  public KeywordValidator newValidator(
      SchemaLocation location, JsonNode value, Schema parent, SchemaContext context)
      throws Exception {
    KeywordValidator theirs =
        KeywordType.UNIQUE_ITEMS.newValidator(location, value, parent, context);
    boolean wanted = value.isBoolean() && value.booleanValue();
    return wanted ? new Bounded(location, value, parent, context, theirs) : theirs;
  }

  /** An array that is too long to be looked at; whoever asked has no answer. */
  static final class TooLongException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooLongException() {
      super("uniqueItems is not checked of more than " + ELEMENTS_MAX, null, false, false);
    }
  }

  private static final class Bounded extends BaseKeywordValidator {
    private final KeywordValidator theirs;

    Bounded(
        SchemaLocation location,
        JsonNode value,
        Schema parent,
        SchemaContext context,
        KeywordValidator theirs) {
      super(KeywordType.UNIQUE_ITEMS, value, location, parent, context);
      this.theirs = theirs;
    }

    @Override
    public void validate(ExecutionContext run, JsonNode node, JsonNode root, NodePath path) {
      if (node.isArray() && node.size() > ELEMENTS_MAX) {
        throw new TooLongException();
      }
      theirs.validate(run, node, root, path);
    }
  }
}
