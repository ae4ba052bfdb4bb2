package io.github.enrollproject.play;

import static io.github.enrollproject.play.Play.insist;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.github.enrollproject.Refusal;
import io.github.enrollproject.model.Reason;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The matchers of test/scenarios.md. */
final class Match {
  private Match() {}

  /** Refuses members that this player does not understand. */
  static void only(JsonNode tree, String... names) {
    tree.fieldNames().forEachRemaining(name -> insist(Set.of(names).contains(name), "unknown: " + name));
  }

  static void all(JsonNode want, JsonNode got) {
    want.properties().forEach(e -> one(e.getKey(), e.getValue(), got.path(e.getKey())));
  }

  static void one(String name, JsonNode want, JsonNode got) {
    if (!want.isObject()) {
      insist(equal(want, got), name + " is " + got + ", want " + want);
      return;
    }
    want.properties().forEach(rule ->
        insist(holds(rule.getKey(), rule.getValue(), got), name + " is " + got + ", want " + rule));
  }

  private static boolean holds(String rule, JsonNode operand, JsonNode got) {
    return switch (rule) {
      case "$not" -> !none(got) && !equal(operand, got);
      case "$type" -> switch (operand.textValue()) {
        case "integer" -> got.isIntegralNumber();
        case "string" -> got.isTextual();
        default -> throw new IllegalStateException("unknown type " + operand);
      };
      case "$min" -> got.isIntegralNumber() && got.longValue() >= operand.longValue();
      case "$max" -> got.isIntegralNumber() && got.longValue() <= operand.longValue();
      case "$min_items" -> got.isArray() && got.size() >= operand.intValue();
      default -> throw new IllegalStateException("unknown matcher " + rule);
    };
  }

  private static boolean none(JsonNode node) {
    return node.isNull() || node instanceof MissingNode;
  }

  /** A long and an int of one value are equal here; a fraction equals neither. */
  private static boolean equal(JsonNode a, JsonNode b) {
    if (a.isIntegralNumber() && b.isIntegralNumber()) {
      return a.longValue() == b.longValue();
    }
    return none(a) && none(b) || a.equals(b);
  }

  static void refusal(JsonNode want, Refusal no) {
    only(want, "status", "code", "reason", "msg", "request_id", "retry_after", "errors", "field_msg", "known");
    var got = Play.JSON.createObjectNode();
    got.put("status", no.status()).put("code", no.code()).put("reason", no.reasonText()).put("msg", no.msg());
    got.put("request_id", no.requestId()).put("retry_after", no.retryAfter().map(d -> d.toSeconds()).orElse(null));
    got.fieldNames().forEachRemaining(name -> {
      if (want.has(name)) {
        one(name, want.get(name), got.get(name));
      }
    });
    if (want.has("errors")) {
      Map<String, String> errors =
          no.errors().stream().collect(Collectors.toMap(Refusal.FieldError::field, Refusal.FieldError::reasonText));
      insist(Play.JSON.valueToTree(errors).equals(want.get("errors")), "errors are " + no.errors() + ", want " + want.get("errors"));
    }
    want.path("field_msg").properties().forEach(e ->
        insist(no.field(e.getKey()).filter(f -> f.msg().equals(e.getValue().textValue())).isPresent(), "field " + e + ": " + no.errors()));
    boolean known = want.path("known").asBoolean(true);
    insist((no.reason() != Reason.UNKNOWN_DEFAULT_OPEN_API) == known, "reason " + no.reasonText() + " is known: " + !known);
    insist(!known || !no.requestId().isEmpty(), "there is no request_id");
  }
}
