package io.github.enrollproject;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.enrollproject.EventException.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Verifies the requests to a receiver of events, by Standard Webhooks. It may be used by several threads. */
public final class EventVerifier {
  /** Bounds the body of an event, in bytes: the largest of this version has 1 KiB. */
  private static final int MAX_BODY = 1 << 20;

  private final List<byte[]> keys;
  private final Duration tolerance;
  private final Clock clock;

  private EventVerifier(List<byte[]> keys, Duration tolerance, Clock clock) {
    this.keys = keys;
    this.tolerance = tolerance;
    this.clock = clock;
  }

  /**
   * Returns a verifier that takes requests of up to five minutes before or after its own clock. The
   * secrets are those of ENROLL_EVENTS_SECRET for this receiver, each whsec_ and the base64 of 24 to
   * 64 bytes: while one is replaced, give the old and the new one.
   *
   * @throws IllegalArgumentException if a secret has another form, or there is none. The message has
   *     nothing of a secret.
   */
  public static EventVerifier of(String... secrets) {
    if (secrets.length == 0) {
      throw new IllegalArgumentException("there is no secret of events");
    }
    List<byte[]> keys = new ArrayList<>();
    for (String secret : secrets) {
      keys.add(key(EnrollClient.given(secret, "secret")));
    }
    return new EventVerifier(keys, Duration.ofMinutes(5), Clock.systemUTC());
  }

  /** Returns a verifier with another tolerance, which must not be negative. */
  public EventVerifier tolerance(Duration tolerance) {
    if (EnrollClient.given(tolerance, "tolerance").isNegative()) {
      throw new IllegalArgumentException("the tolerance is negative");
    }
    return new EventVerifier(keys, tolerance, clock);
  }

  /** Returns a verifier with another clock, for tests. */
  public EventVerifier clock(Clock clock) {
    return new EventVerifier(keys, tolerance, EnrollClient.given(clock, "clock"));
  }

  /**
   * Returns the event of a request. A request that was recorded is refused after the tolerance: until
   * then, drop an event whose webhookId you have seen.
   *
   * @param header returns the value of a header by its name in lower case, or null: {@code
   *     exchange.getRequestHeaders()::getFirst} or {@code request::getHeader}
   * @param body what has arrived, byte for byte
   * @throws EventException if the request is not the service's
   */
  public Event verify(UnaryOperator<String> header, byte[] body) throws EventException {
    EnrollClient.given(body, "body");
    String id = EnrollClient.given(header, "header").apply("webhook-id");
    String sent = header.apply("webhook-timestamp");
    String signatures = header.apply("webhook-signature");
    if (empty(id) || empty(sent) || empty(signatures)) {
      throw new EventException(Problem.HEADER_MISSING);
    }
    if (!sent.matches("[0-9]{1,12}") || !id.matches("[!-~]+")) {
      throw new EventException(Problem.HEADER_INVALID);
    }
    Duration age = Duration.between(Instant.ofEpochSecond(Long.parseLong(sent)), clock.instant());
    if (age.compareTo(tolerance) > 0) {
      throw new EventException(Problem.TIMESTAMP_TOO_OLD);
    }
    if (age.negated().compareTo(tolerance) > 0) {
      throw new EventException(Problem.TIMESTAMP_TOO_NEW);
    }
    if (body.length > MAX_BODY) {
      throw new EventException(Problem.BODY_TOO_LARGE);
    }
    if (!signed(id + "." + sent + ".", signatures, body)) {
      throw new EventException(Problem.SIGNATURE_INVALID);
    }
    return read(id, body);
  }

  private static boolean empty(String header) {
    return header == null || header.isEmpty();
  }

  private static byte[] key(String secret) {
    try {
      byte[] key = Base64.getDecoder().decode(secret.startsWith("whsec_") ? secret.substring(6) : "");
      // The decoder takes other spellings of the same key.
      if (key.length >= 24 && key.length <= 64 && Base64.getEncoder().encodeToString(key).equals(secret.substring(6))) {
        return key;
      }
    } catch (IllegalArgumentException e) {
      // Not the cause of the error below: it may quote the secret.
    }
    throw new IllegalArgumentException("a secret of events is whsec_ and the base64 of 24 to 64 bytes");
  }

  /** Whether one of the signatures is by one of the keys. Versions other than v1 are passed over. */
  private boolean signed(String prefix, String signatures, byte[] body) {
    boolean right = false;
    for (byte[] key : keys) {
      byte[] want = ("v1," + Base64.getEncoder().encodeToString(mac(key, prefix, body))).getBytes(StandardCharsets.US_ASCII);
      for (String one : signatures.split(" ")) {
        // Its time tells nothing about the right signature.
        right |= MessageDigest.isEqual(one.getBytes(StandardCharsets.UTF_8), want);
      }
    }
    return right;
  }

  private static byte[] mac(byte[] key, String prefix, byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      mac.update(prefix.getBytes(StandardCharsets.US_ASCII));
      return mac.doFinal(body);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // every Java platform has HmacSHA256
    }
  }

  private static Event read(String webhookId, byte[] body) throws EventException {
    try {
      // This decoder refuses bytes that are not UTF-8, where String replaces them.
      JsonNode said = Answers.JSON.readTree(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString());
      JsonNode data = said.path("data");
      List<String> fields = new ArrayList<>();
      boolean whole = said.path("type").isTextual() && !said.get("type").textValue().isEmpty()
          && said.path("timestamp").isTextual() && data.path("fields").isArray() && data.path("seq").isInt()
          && Arrays.stream(new String[] {"id", "site_id", "user_id"})
              .allMatch(name -> data.path(name).isIntegralNumber() && data.get(name).canConvertToLong());
      for (JsonNode field : data.path("fields")) {
        whole &= field.isTextual();
        fields.add(field.textValue());
      }
      if (whole) {
        return new Event(webhookId, said.get("type").textValue(), Instant.parse(said.get("timestamp").textValue()),
            data.get("id").longValue(), data.get("site_id").longValue(), data.get("user_id").longValue(),
            data.get("seq").intValue(), List.copyOf(fields), said);
      }
    } catch (CharacterCodingException | JsonProcessingException | DateTimeException e) {
      // It is the error below.
    }
    throw new EventException(Problem.BODY_INVALID);
  }
}
