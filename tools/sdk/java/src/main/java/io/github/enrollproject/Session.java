package io.github.enrollproject;

import io.github.enrollproject.model.*;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * Calls the operations of a user who is logged in. In the last hour of a token, or the last quarter of
 * a shorter life, the service sends a new one, which Session then uses. It may be used by several
 * threads, and it throws what an {@link EnrollClient} throws.
 */
public final class Session {
  private final EnrollClient client;
  private volatile String token;

  Session(EnrollClient client, String token) {
    this.client = client;
    this.token = token;
  }

  /** The newest token. Store it after each call, to make a Session with it later. */
  public String token() {
    return token;
  }

  /**
   * Has a code sent by mail, to the user's own address if the request names none. A code to register,
   * to log in or to set a new password needs no token: use a session with an empty one.
   */
  public EmailCodeEnvelope sendEmailCode(EmailCodeRequest request) throws IOException, InterruptedException {
    return ask("POST", "/api/verify/email", Map.of(), EnrollClient.given(request, "request"), EmailCodeEnvelope.class);
  }

  /** Has a code sent by SMS that only this user may use, for a change of the account. */
  public PhoneCodeEnvelope sendPhoneCode(PhoneCodeRequest request) throws IOException, InterruptedException {
    return ask("POST", "/api/verify/phone", Map.of(), EnrollClient.given(request, "request"), PhoneCodeEnvelope.class);
  }

  /** Redeems the code of a mail that was sent to the user's own address. */
  public UserEnvelope verifyEmail(String code) throws IOException, InterruptedException {
    return verifyEmail(code, null);
  }

  /** Redeems the code of a mail that was sent to that address, or to the user's own if it is null. */
  public UserEnvelope verifyEmail(String code, String email) throws IOException, InterruptedException {
    Map<String, String> query = new TreeMap<>(Map.of("code", EnrollClient.given(code, "code")));
    if (email != null) {
      query.put("email", email);
    }
    return ask("GET", "/api/verify/email", query, null, UserEnvelope.class);
  }

  /** Makes an avatar of a picture, of 1 MiB at most, and sets it. */
  public AvatarEnvelope uploadAvatar(byte[] picture) throws IOException, InterruptedException {
    return ask("POST", "/api/user/avatar", Map.of(), Form.of("file", EnrollClient.given(picture, "picture")), AvatarEnvelope.class);
  }

  /** Ends one session of the user, by the id of listSessions. */
  public DoneEnvelope endSession(String id) throws IOException, InterruptedException {
    String escaped = URLEncoder.encode(EnrollClient.given(id, "id"), StandardCharsets.UTF_8);
    return ask("DELETE", "/api/user/sessions/" + escaped, Map.of(), null, DoneEnvelope.class);
  }

  // generated: session

  private <T> T ask(String method, String path, Map<String, String> query, Object body, Class<T> answer)
      throws IOException, InterruptedException {
    Map<String, String> headers = token.isEmpty() ? Map.of() : Map.of("Token", token);
    var response = client.send(method, path, query, headers, body);
    if (response.statusCode() == 200) { // only a success renews the token: another answer may be a proxy's
      response.headers().firstValue("Update-Token").ifPresent(fresh -> token = fresh);
    }
    return Answers.read(response, answer);
  }
}
