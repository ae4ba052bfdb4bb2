package io.github.enrollproject;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;

/**
 * Something that has happened to a user. It has no value of the user: get the user for its values.
 *
 * @param webhookId an event that comes again has the same
 * @param type such as {@link #USER_REGISTERED}. A later version may send another one: accept it, and
 *     ignore the event
 * @param time when it happened, and not when it was sent
 * @param id names the event in the admin API
 * @param siteId the site of the user
 * @param userId the user
 * @param seq the number of the event among those of the user, from 1 without a gap
 * @param fields the names of the changed fields of {@link #USER_UPDATED}; empty for other types
 * @param body the whole body, with members that a later version has added
 */
public record Event(
    String webhookId, String type, Instant time, long id, long siteId, long userId, int seq, List<String> fields, JsonNode body) {
  /** The types that this version knows. */
  public static final String USER_REGISTERED = "user.registered",
      USER_VERIFIED = "user.verified",
      USER_UPDATED = "user.updated",
      USER_PASSWORD_CHANGED = "user.password_changed",
      USER_DISABLED = "user.disabled",
      USER_ENABLED = "user.enabled",
      USER_DELETED = "user.deleted";

  /** The same, for example to check a configuration. */
  public static final List<String> TYPES =
      List.of(USER_REGISTERED, USER_VERIFIED, USER_UPDATED, USER_PASSWORD_CHANGED, USER_DISABLED, USER_ENABLED, USER_DELETED);
}
