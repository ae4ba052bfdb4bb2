package io.github.enrollproject.play;

import static io.github.enrollproject.play.Play.insist;

import io.github.enrollproject.EnrollClient;
import io.github.enrollproject.Refusal;
import io.github.enrollproject.Session;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Arrays;

/** What no scenario can show, because it is about Java. */
final class Corners {
  private Corners() {}

  static void play() throws Exception {
    EnrollClient client = EnrollClient.of("http://127.0.0.1:1");
    for (Object target : new Object[] {client, client.session("t")}) {
      for (Method method : target.getClass().getDeclaredMethods()) {
        if (Modifier.isPublic(method.getModifiers())) {
          nulls(target, method);
        }
      }
    }
    refused("follows redirects",
        () -> client.http(HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build()));
    refused("must be positive", () -> client.timeout(Duration.ZERO));
  }

  private static void refused(String why, Runnable mistake) {
    try {
      mistake.run();
    } catch (IllegalArgumentException e) {
      insist(e.getMessage().contains(why), "the message is " + e);
      return;
    }
    insist(false, "no error: " + why);
  }

  /** Gives null for each argument in turn. The only one that may be null is the email of verifyEmail. */
  private static void nulls(Object target, Method method) throws Exception {
    Class<?>[] kinds = method.getParameterTypes();
    for (int i = 0; i < kinds.length; i++) {
      boolean optional = target instanceof Session && method.getName().equals("verifyEmail") && i == 1;
      if (kinds[i].isPrimitive() || optional) {
        continue;
      }
      Object[] arguments = Arrays.stream(kinds).map(Corners::some).toArray();
      arguments[i] = null;
      try {
        method.invoke(target, arguments);
        insist(false, method + " takes null");
      } catch (InvocationTargetException e) {
        Throwable error = e.getCause();
        insist(error instanceof NullPointerException && error.getMessage().endsWith(" is null"), method + ": " + error);
      }
    }
  }

  private static Object some(Class<?> kind) {
    if (kind == String.class) {
      return "http://127.0.0.1:1";
    }
    if (kind == HttpClient.class) {
      return HttpClient.newHttpClient();
    }
    if (kind == Duration.class) {
      return Duration.ofSeconds(1);
    }
    if (kind == byte[].class) {
      return new byte[0];
    }
    try {
      return kind.getConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** An error that is serialized and read back is the same. */
  static void survives(Refusal no) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new ObjectOutputStream(bytes)) {
      out.writeObject(no);
    }
    try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      Refusal again = (Refusal) in.readObject();
      boolean same = again.errors().equals(no.errors()) && again.reasonText().equals(no.reasonText())
          && again.requestId().equals(no.requestId()) && again.msg().equals(no.msg())
          && again.retryAfter().equals(no.retryAfter()) && again.status() == no.status() && again.code() == no.code();
      insist(same, no + " comes back as " + again);
    } catch (ClassNotFoundException e) {
      throw new IOException(e);
    }
  }
}
