package io.github.enrollproject;

import io.github.enrollproject.model.*;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Calls the operations that need no token. It is immutable and may be used by several threads.
 *
 * <p>Every method throws a {@link Refusal} if the service refuses the request, with any HTTP status;
 * an {@link UnexpectedAnswer} if the answer is not the service's; another IOException if no complete
 * answer came. After an IOException of either kind the request may have been carried out: repeat a
 * registration under its idempotency key. For a null argument a method throws a NullPointerException
 * that names the argument.
 */
public final class EnrollClient {
  /** How long a call may take by default, from the connection to the end of the answer. */
  public static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final String url;
  private final Integer site;
  private final String language;
  private final Duration timeout;
  private final HttpClient http;

  private EnrollClient(String url, Integer site, String language, Duration timeout, HttpClient http) {
    this.url = url;
    this.site = site;
    this.language = language;
    this.timeout = timeout;
    this.http = http;
  }

  /** A client of the service at that address, such as https://accounts.example.com. */
  public static EnrollClient of(String url) {
    HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    return new EnrollClient(given(url, "url").replaceAll("/+$", ""), null, null, TIMEOUT, http);
  }

  /** The same client for a site of a deployment with several; the service's default is 1. */
  public EnrollClient site(int site) {
    return new EnrollClient(url, site, language, timeout, http);
  }

  /** The same client with messages in that language, as in Accept-Language. */
  public EnrollClient language(String language) {
    return new EnrollClient(url, site, given(language, "language"), timeout, http);
  }

  /** The same client with another time for a call, instead of {@link #TIMEOUT}. */
  public EnrollClient timeout(Duration timeout) {
    if (given(timeout, "timeout").isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("timeout is " + timeout + ": it must be positive");
    }
    return new EnrollClient(url, site, language, timeout, http);
  }

  /**
   * The same client over other connections, with a proxy for example. The given client must not follow
   * redirects, which would take the token to another host.
   */
  public EnrollClient http(HttpClient http) {
    if (given(http, "http").followRedirects() != HttpClient.Redirect.NEVER) {
      throw new IllegalArgumentException("http follows redirects: build it with HttpClient.Redirect.NEVER");
    }
    return new EnrollClient(url, site, language, timeout, http);
  }

  /** The calls of the holder of a token. With an empty text, the calls send no token. */
  public Session session(String token) {
    return new Session(this, given(token, "token"));
  }

  static <T> T given(T argument, String name) {
    return Objects.requireNonNull(argument, () -> name + " is null");
  }

  /** Makes a random key of 128 bits for one registration. A changed registration needs a new key. */
  public static String newIdempotencyKey() {
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  /** Creates an account and logs its holder in, unless the answer has approvalPending: then the token is empty. */
  public RegisterEnvelope register(RegisterRequest request) throws IOException, InterruptedException {
    return ask("POST", "/api/register", Map.of(), Map.of(), given(request, "request"), RegisterEnvelope.class);
  }

  /**
   * Creates an account under an idempotency key: repeating it with the same key and request is safe
   * for 24 hours and gives the same user. {@link #newIdempotencyKey()} makes a key. A key of your own
   * must be random and stay secret: 128 random bits, or a version 4 UUID.
   */
  public RegisterEnvelope register(RegisterRequest request, String key) throws IOException, InterruptedException {
    return ask("POST", "/api/register", Map.of(), Map.of("Idempotency-Key", given(key, "key")), given(request, "request"), RegisterEnvelope.class);
  }

  /** Has a code sent by SMS, to register, to log in or to set a new password with. */
  public PhoneCodeEnvelope sendPhoneCode(PhoneCodeRequest request) throws IOException, InterruptedException {
    return ask("POST", "/api/verify/phone", Map.of(), Map.of(), given(request, "request"), PhoneCodeEnvelope.class);
  }

  /** Gets a captcha, or the answer that none is needed. */
  public CaptchaEnvelope getCaptcha() throws IOException, InterruptedException {
    return ask("GET", "/api/captcha", Map.of(), Map.of(), null, CaptchaEnvelope.class);
  }

  /** Gets a captcha for that operation only, or the answer that none is needed. */
  public CaptchaEnvelope getCaptcha(String operation) throws IOException, InterruptedException {
    return ask("GET", "/api/captcha", Map.of("operation", given(operation, "operation")), Map.of(), null, CaptchaEnvelope.class);
  }

  /**
   * Speaks the digits of an image captcha. The proof is what {@link Work#solve} has for its
   * audio_salt, audio_bits and audio_puzzles.
   */
  public CaptchaAudioEnvelope getCaptchaAudio(String captchaId, String proof) throws IOException, InterruptedException {
    Map<String, String> query = Map.of("captcha_id", given(captchaId, "captchaId"), "proof", given(proof, "proof"));
    return ask("GET", "/api/captcha/audio", query, Map.of(), null, CaptchaAudioEnvelope.class);
  }

  /** Reads one of the groups. */
  public GroupEnvelope getUserGroup(long id) throws IOException, InterruptedException {
    return ask("GET", "/api/user/group/detail", Map.of("id", Long.toString(id)), Map.of(), null, GroupEnvelope.class);
  }

  /** Reads the public keys that verify tokens. */
  public JwkSet getJwks() throws IOException, InterruptedException {
    return ask("GET", "/.well-known/jwks.json", Map.of(), Map.of(), null, JwkSet.class);
  }

  // generated: client

  private <T> T ask(
      String method, String path, Map<String, String> query, Map<String, String> headers, Object body, Class<T> answer)
      throws IOException, InterruptedException {
    return Answers.read(send(method, path, query, headers, body), answer);
  }

  HttpResponse<byte[]> send(
      String method, String path, Map<String, String> query, Map<String, String> headers, Object body)
      throws IOException, InterruptedException {
    String parameters =
        query.entrySet().stream()
            .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    var request =
        HttpRequest.newBuilder(URI.create(url + path + (parameters.isEmpty() ? "" : "?" + parameters))).timeout(timeout);
    headers.forEach(request::setHeader);
    if (site != null) {
      request.setHeader("Site-Id", site.toString());
    }
    if (language != null) {
      request.setHeader("Accept-Language", language);
    }
    if (body == null) {
      request.method(method, BodyPublishers.noBody());
    } else if (body instanceof Form form) {
      request.setHeader("Content-Type", form.type());
      request.method(method, BodyPublishers.ofByteArray(form.body()));
    } else {
      request.setHeader("Content-Type", "application/json");
      request.method(method, BodyPublishers.ofByteArray(Answers.JSON.writeValueAsBytes(body)));
    }
    return Exchange.send(http, request.build(), timeout);
  }
}
