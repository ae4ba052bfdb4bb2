package io.github.enrollproject;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** A form with one file (RFC 7578), which no class of the JDK writes. */
record Form(String type, byte[] body) {
  static Form of(String name, byte[] file) {
    // A random boundary stands in no file.
    String boundary = UUID.randomUUID().toString();
    String head =
        "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"" + name + "\"\r\n"
            + "Content-Type: application/octet-stream\r\n\r\n";
    var out = new ByteArrayOutputStream();
    out.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(file);
    out.writeBytes(("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII));
    return new Form("multipart/form-data; boundary=" + boundary, out.toByteArray());
  }
}
