package io.github.enrollproject;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.enrollproject.model.CaptchaAudioEnvelope;
import io.github.enrollproject.model.CaptchaEnvelope;
import io.github.enrollproject.model.JwkSet;
import io.github.enrollproject.model.LoginEnvelope;
import io.github.enrollproject.model.LoginRequest;
import io.github.enrollproject.model.PhoneCodeEnvelope;
import io.github.enrollproject.model.PhoneCodeRequest;
import io.github.enrollproject.model.Reason;
import io.github.enrollproject.model.RegisterEnvelope;
import io.github.enrollproject.model.RegisterRequest;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Calls the operations that need no token. It is immutable and may be used by several threads.
 *
 * <p>Every method throws a {@link Refusal} when the service says no, whatever the HTTP status; an
 * {@link UnexpectedAnswer} when the answer is not the service's; any other IOException when there
 * is none.
 */
public final class EnrollClient {
  /** How long an answer is waited for. */
  public static final Duration TIMEOUT = Duration.ofSeconds(10);

  // Later versions may say more.
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .serializationInclusion(JsonInclude.Include.NON_NULL)
          .build();

  private final String url;
  private final Integer site;
  private final String language;
  private final HttpClient http;

  private EnrollClient(String url, Integer site, String language, HttpClient http) {
    this.url = url;
    this.site = site;
    this.language = language;
    this.http = http;
  }

  /** A client of the service at that address, such as https://accounts.example.com. */
  public static EnrollClient of(String url) {
    HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    return new EnrollClient(url.replaceAll("/+$", ""), null, null, http);
  }

  /** The same client for a site of a deployment with several; the service's default is 1. */
  public EnrollClient site(int site) {
    return new EnrollClient(url, site, language, http);
  }

  /** The same client for people who read that, as in Accept-Language. */
  public EnrollClient language(String language) {
    return new EnrollClient(url, site, Objects.requireNonNull(language), http);
  }

  /** The same client over other connections, with a proxy for example. */
  public EnrollClient http(HttpClient http) {
    return new EnrollClient(url, site, language, Objects.requireNonNull(http));
  }

  /** The client for the holder of a token; an empty one is none. */
  public Session session(String token) {
    return new Session(this, Objects.requireNonNull(token));
  }

  /** Creates an account and logs its holder in. */
  public RegisterEnvelope register(RegisterRequest request) throws IOException, InterruptedException {
    return ask("POST", "/api/register", Map.of(), Map.of(), request, RegisterEnvelope.class);
  }

  /**
   * Creates an account under an idempotency key: repeating it with the same key and request is safe
   * for 24 hours and gives the same user. A new UUID makes a good key.
   */
  public RegisterEnvelope register(RegisterRequest request, String key) throws IOException, InterruptedException {
    return ask("POST", "/api/register", Map.of(), Map.of("Idempotency-Key", key), request, RegisterEnvelope.class);
  }

  /** Gives a new token. */
  public LoginEnvelope login(LoginRequest request) throws IOException, InterruptedException {
    return ask("POST", "/api/login", Map.of(), Map.of(), request, LoginEnvelope.class);
  }

  /** Has a code sent by SMS, to register or to log in with. */
  public PhoneCodeEnvelope sendPhoneCode(PhoneCodeRequest request) throws IOException, InterruptedException {
    return ask("POST", "/api/verify/phone", Map.of(), Map.of(), request, PhoneCodeEnvelope.class);
  }

  /** Gets a captcha, or the word that none is needed. */
  public CaptchaEnvelope getCaptcha() throws IOException, InterruptedException {
    return ask("GET", "/api/captcha", Map.of(), Map.of(), null, CaptchaEnvelope.class);
  }

  /** Gets a captcha for that operation only, or the word that none is needed. */
  public CaptchaEnvelope getCaptcha(String operation) throws IOException, InterruptedException {
    return ask("GET", "/api/captcha", Map.of("operation", operation), Map.of(), null, CaptchaEnvelope.class);
  }

  /** Speaks the digits of an image captcha. */
  public CaptchaAudioEnvelope getCaptchaAudio(String captchaId) throws IOException, InterruptedException {
    return ask("GET", "/api/captcha/audio", Map.of("captcha_id", captchaId), Map.of(), null, CaptchaAudioEnvelope.class);
  }

  /** Reads the public keys that verify tokens. */
  public JwkSet getJwks() throws IOException, InterruptedException {
    return ask("GET", "/.well-known/jwks.json", Map.of(), Map.of(), null, JwkSet.class);
  }

  private <T> T ask(
      String method, String path, Map<String, String> query, Map<String, String> headers, Object body, Class<T> answer)
      throws IOException, InterruptedException {
    return read(send(method, path, query, headers, body), answer);
  }

  HttpResponse<byte[]> send(
      String method, String path, Map<String, String> query, Map<String, String> headers, Object body)
      throws IOException, InterruptedException {
    String parameters =
        query.entrySet().stream()
            .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    var request =
        HttpRequest.newBuilder(URI.create(url + path + (parameters.isEmpty() ? "" : "?" + parameters))).timeout(TIMEOUT);
    headers.forEach(request::setHeader);
    if (site != null) {
      request.setHeader("Site-Id", site.toString());
    }
    if (language != null) {
      request.setHeader("Accept-Language", language);
    }
    if (body == null) {
      request.method(method, BodyPublishers.noBody());
    } else {
      request.setHeader("Content-Type", "application/json");
      request.method(method, BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)));
    }
    return http.send(request.build(), BodyHandlers.ofByteArray());
  }

  /** Takes an answer apart: the envelope first, since neither a refusal nor a page is a T. */
  <T> T read(HttpResponse<byte[]> response, Class<T> answer) throws UnexpectedAnswer {
    int status = response.statusCode();
    Duration wait = retryAfter(response);
    try {
      JsonNode said = JSON.readTree(response.body());
      JsonNode code = said.path("code");
      if (code.isInt() && code.intValue() != 0) {
        throw refusal(status, wait, said);
      }
      boolean enveloped = answer != JwkSet.class;
      if (status == 200 && said.isObject() && enveloped == code.isInt()) {
        return JSON.treeToValue(said, answer);
      }
    } catch (IOException e) { // of bytes in memory: no JSON, or not of that form
      throw new UnexpectedAnswer(status, wait, e);
    }
    throw new UnexpectedAnswer(status, wait, null);
  }

  private static Refusal refusal(int status, Duration wait, JsonNode said) {
    List<Refusal.FieldError> errors = new ArrayList<>();
    for (JsonNode e : said.path("errors")) {
      String reason = e.path("reason").asText("");
      errors.add(new Refusal.FieldError(e.path("field").asText(""), Reason.fromValue(reason), reason, e.path("msg").asText("")));
    }
    return new Refusal(
        status, said.path("code").intValue(), said.path("reason").asText(""), said.path("msg").asText(""),
        said.path("request_id").asText(""), errors, wait);
  }

  /** The header in seconds; the service sends no dates (RFC 9110 section 10.2.3). */
  private static Duration retryAfter(HttpResponse<?> response) {
    return response.headers().firstValue("Retry-After").filter(v -> v.matches("[0-9]{1,9}"))
        .map(v -> Duration.ofSeconds(Long.parseLong(v))).orElse(null);
  }
}
