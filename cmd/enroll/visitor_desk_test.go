package main

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// extraSchema describes the extra data of the users of TestNothingLeaks.
const extraSchema = `{"type": "object", "properties": {"note": {"type": "string"}}}`

func extraFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "extra.json")
	if err := os.WriteFile(path, []byte(extraSchema), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// keep stores what a person may store: texts, extra data, and a picture whose file has a name and metadata.
func (v *visitor) keep() {
	v.Helper()
	note, intro := fmt.Sprintf("canary-note-of-%d", v.n), fmt.Sprintf("canary-introduction-%d", v.n)
	name, meta := fmt.Sprintf("canary-file-%d.jpg", v.n), fmt.Sprintf("canary-metadata-%d", v.n)
	for what, secret := range map[string]string{"extra": note, "introduce": intro, "file": name, "metadata": meta} {
		v.canaries[fmt.Sprint(what, " ", v.n)] = secret
	}
	change := func(status int, reason, body string) {
		v.Helper()
		v.post(status, reason, "/api/user/detail", body, "Token", v.token)
	}
	change(200, "", fmt.Sprintf(`{"introduce":%q,"extra":{"note":%q}}`, intro, note))
	change(422, "extra_invalid", fmt.Sprintf(`{"extra":{"note":[%q]}}`, note))

	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	part, err := parts.CreateFormFile("file", name)
	if err != nil {
		v.Fatal(err)
	}
	if _, err := part.Write(commented(v.T, meta)); err != nil {
		v.Fatal(err)
	}
	if err := parts.Close(); err != nil {
		v.Fatal(err)
	}
	for path, status := range map[string]int{"/api/user/avatar": 200, "/api/user/detail": 415} {
		a := v.request(http.MethodPost, path, form.String(), "Token", v.token, "Content-Type", parts.FormDataContentType())
		if a.Status != status {
			v.Errorf("%s with a picture: %+v", path, a)
		}
	}
}

// operate plays an operator: commands, and requests of the admin API, good and bad, that have secrets and identifiers.
func (v *visitor) operate(environ []string) {
	v.Helper()
	command := func(args ...string) string {
		v.Helper()
		var out bytes.Buffer
		if err := run(v.Context(), args, environ, &out); err != nil {
			v.Errorf("%q: %v", args, err)
		}
		return strings.TrimSpace(out.String())
	}
	key := command("key", "create", "canary", "--scope", "users:read,users:write,tokens:introspect,audit:read")
	v.canaries["service key"] = key
	v.canaries["secret of the service key"] = key[strings.LastIndex(key, "_")+1:]
	admin := "http://" + v.process.await(v.T, `admin_addr"?[:=]"?([0-9.:]+)`)
	send := func(status int, method, path, media, body string, key string) {
		v.Helper()
		req, err := http.NewRequestWithContext(v.Context(), method, admin+path, strings.NewReader(body))
		if err != nil {
			v.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+key)
		req.Header.Set("Content-Type", media)
		res, err := v.process.client.Do(req)
		if err != nil {
			v.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != status {
			v.Errorf("%s %s: %d %s, %v", method, path, res.StatusCode, text, err)
		}
		if res.StatusCode != http.StatusOK {
			v.check("the refusal of "+method+" "+path, string(text))
		}
	}
	const form, object = "application/x-www-form-urlencoded", "application/json"
	for _, identifier := range []string{v.name, v.email, v.phone} {
		send(200, "GET", "/admin/users?identifier="+url.QueryEscape(identifier), object, "", key)
	}
	send(200, "POST", "/admin/introspect", form, "token="+url.QueryEscape(v.token), key)
	send(200, "POST", "/admin/introspect", form, "token="+url.QueryEscape(v.token+"x"), key)
	send(401, "GET", "/admin/users?identifier="+url.QueryEscape(v.email), object, "", key+"x")
	for _, secret := range []string{v.password, v.token, v.email, v.phone, key} {
		text := fmt.Sprintf(`{"canary":%q}`, secret)
		send(400, "POST", "/admin/codes/reset", object, text, key)
		send(400, "POST", "/admin/codes/reset", object, text[:len(text)-1], key)
		send(400, "GET", "/admin/users?group_id="+url.QueryEscape("x"+secret), object, "", key)
		send(401, "GET", "/admin/audit", object, "", secret+"y")
		send(404, "GET", "/admin/"+url.PathEscape(secret), object, "", key)
	}
	send(422, "POST", "/admin/codes/reset", object, fmt.Sprintf(`{"address":%q}`, v.password), key)
	send(200, "POST", "/admin/codes/reset", object, fmt.Sprintf(`{"address":%q}`, v.email), key)
	send(200, "GET", "/admin/audit", object, "", key)

	v.check("codes reset", command("codes", "reset", v.phone))
	command("user", "list")
	v.check("audit", command("audit"))
	v.check("key list", command("key", "list"))
	v.check("key revoke", command("key", "revoke", "canary"))
}

// commented returns a JPEG with a comment, as cameras and editors write one.
func commented(t *testing.T, text string) []byte {
	t.Helper()
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, image.NewGray(image.Rect(0, 0, 16, 16)), nil); err != nil {
		t.Fatal(err)
	}
	// The comment follows the two bytes with which a file begins.
	start := plain.Next(2)
	return slices.Concat(start, []byte{0xff, 0xfe, 0, byte(len(text) + 2)}, []byte(text), plain.Bytes())
}
