package io.github.enrollproject;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import io.github.enrollproject.model.ExportAvatar;
import io.github.enrollproject.model.JwkSet;
import io.github.enrollproject.model.Reason;
import io.github.enrollproject.model.UserGroup;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Decodes answers. */
final class Answers {
  // Unknown members are ignored, because later versions of the service may add some. A member
  // whose type is not the contract's is an error.
  static final ObjectMapper JSON =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .withCoercionConfig(LogicalType.Textual, texts -> texts
              .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
              .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
              .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
          .serializationInclusion(JsonInclude.Include.NON_NULL)
          .build();

  private Answers() {}

  /** Returns a success. Throws a Refusal for a refusal, and an UnexpectedAnswer for any other answer. */
  static <T> T read(HttpResponse<byte[]> response, Class<T> answer) throws UnexpectedAnswer {
    int status = response.statusCode();
    Duration wait = retryAfter(response);
    try {
      // The request does not allow a content coding, so a compressed answer is not the service's.
      String coding = response.headers().firstValue("Content-Encoding").orElse("identity");
      if (response.body().length > Exchange.MAX_ANSWER || !coding.equalsIgnoreCase("identity")) {
        throw new UnexpectedAnswer(status, wait, null);
      }
      JsonNode said = JSON.readTree(new String(response.body(), StandardCharsets.UTF_8));
      JsonNode code = said.path("code");
      if (code.isInt() && code.intValue() != 0) {
        throw refusal(status, wait, said);
      }
      boolean enveloped = answer != JwkSet.class;
      if (status == 200 && (code.isInt() || !enveloped) && complete(JSON.constructType(answer), said)) {
        return JSON.treeToValue(said, answer);
      }
    } catch (JsonProcessingException e) { // the body is not JSON, or not of the class's form
      throw new UnexpectedAnswer(status, wait, e);
    }
    throw new UnexpectedAnswer(status, wait, null);
  }

  /**
   * Returns the refusal that a body describes. If a required member is missing, the body is a
   * gateway's and not the service's: UnexpectedAnswer is thrown.
   */
  private static Refusal refusal(int status, Duration wait, JsonNode said) throws UnexpectedAnswer {
    JsonNode listed = said.path("errors");
    List<Refusal.FieldError> errors = new ArrayList<>();
    boolean whole = texts(said, "reason", "msg", "request_id") && !said.get("reason").textValue().isBlank();
    whole &= listed.isArray() || listed.isNull() || listed.isMissingNode();
    for (JsonNode e : listed) {
      whole &= texts(e, "field", "reason", "msg");
      String reason = e.path("reason").asText();
      errors.add(new Refusal.FieldError(e.path("field").asText(), Reason.fromValue(reason), reason, e.path("msg").asText()));
    }
    if (!whole) {
      throw new UnexpectedAnswer(status, wait, null);
    }
    return new Refusal(
        status, said.get("code").intValue(), said.get("reason").textValue(), said.get("msg").textValue(),
        said.get("request_id").textValue(), errors, wait);
  }

  private static boolean texts(JsonNode said, String... names) {
    for (String name : names) {
      if (!said.path(name).isTextual()) {
        return false;
      }
    }
    return true;
  }

  /** The types of required members that may be null. */
  private static final Set<Class<?>> MAY_BE_NULL = Set.of(Map.class, UserGroup.class, ExportAvatar.class);

  /** Whether all required members are there, and only some of them null: Jackson checks neither. */
  private static boolean complete(JavaType type, JsonNode said) {
    if (type.isCollectionLikeType()) {
      for (JsonNode element : said) {
        if (!complete(type.getContentType(), element)) {
          return false;
        }
      }
      return said.isArray();
    }
    Class<?> kind = type.getRawClass();
    if (kind.isEnum() || kind.getPackage() != JwkSet.class.getPackage()) {
      return true;
    }
    for (BeanPropertyDefinition property : JSON.getDeserializationConfig().introspect(type).findProperties()) {
      JsonNode member = said.get(property.getName());
      if (member == null || member.isNull()) {
        if (property.isRequired() && (member == null || !MAY_BE_NULL.contains(property.getRawPrimaryType()))) {
          return false;
        }
      } else if (!complete(property.getPrimaryType(), member)) {
        return false;
      }
    }
    return said.isObject();
  }

  /** The header Retry-After in seconds. The service sends no dates (RFC 9110 section 10.2.3). */
  private static Duration retryAfter(HttpResponse<?> response) {
    return response.headers().firstValue("Retry-After").filter(v -> v.matches("[0-9]{1,9}"))
        .map(v -> Duration.ofSeconds(Long.parseLong(v))).orElse(null);
  }
}
