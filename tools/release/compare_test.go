package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func contract(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../" + contractFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// changed returns the contract with one text replaced, at its first place after mark.
func changed(t *testing.T, mark, find, with string) []byte {
	t.Helper()
	text := contract(t)
	at := strings.Index(text, mark)
	if at < 0 || !strings.Contains(text[at:], find) {
		t.Fatalf("the contract does not hold %q after %q", find, mark)
	}
	return []byte(text[:at] + strings.Replace(text[at:], find, with, 1))
}

// TestCompare: what breaks a client is found, and what does not passes.
func TestCompare(t *testing.T) {
	t.Parallel()
	for about, c := range map[string]struct {
		mark, find, with string
		breaks           bool
	}{
		"field of an answer removed": {"    User:\n",
			"        link: {type: string, maxLength: 2048, description: 'The profile link, or empty.'}\n", "", true},
		"field of an answer optional": {"    User:\n", "        - link\n", "", true},
		"type of a field": {"    User:\n",
			"id: {type: integer, format: int64, minimum: 1, maximum: 9007199254740991,",
			"id: {type: string, maxLength: 20,", true},
		"field of a request required": {"    LoginRequest:\n", "      properties:\n",
			"      required: [captcha]\n      properties:\n", true},
		"field of a request removed": {"    LoginRequest:\n", "        remember:\n          type: boolean\n",
			"        remind:\n          type: boolean\n", true},
		"request bound lowered": {"    RegisterRequest:\n", "maxLength: 256", "maxLength: 255", true},
		"value of a request removed": {"    PhoneCodeRequest:\n", "enum: [register, login, reset, change, '']",
			"enum: [register, reset, change, '']", true},
		"header required": {"      name: Site-Id\n", "      in: header\n",
			"      in: header\n      required: true\n", true},
		"pattern of a header": {"      name: Idempotency-Key\n", "{0,64}|", "{0,32}|", true},
		"operation removed":   {"\n  /api/captcha/audio:\n", "/api/captcha/audio", "/api/captcha/sound", true},
		"operation renamed":   {"      operationId: login\n", "operationId: login", "operationId: logIn", true},
		"operation secured":   {"      operationId: getCaptcha\n", "security: []", "security: [{Token: []}]", true},
		"status removed": {"      operationId: login\n",
			"        \"403\": {$ref: '#/components/responses/NotAllowed'}\n", "", true},
		"optional header removed": {"      operationId: getUserDetail\n",
			"            Update-Token: {$ref: '#/components/headers/Update-Token'}\n", "", true},
		"required header removed": {"    TooMany:\n", "        Retry-After: {$ref: '#/components/headers/Retry-After'}\n",
			"", true},
		"value of an answer added": {"    CaptchaType:\n", "enum: [image, pow, image+pow, siteverify]",
			"enum: [image, pow, image+pow, siteverify, riddle]", false},
		"answer closed":              {"    User:\n", "additionalProperties: true", "additionalProperties: false", false},
		"value of an answer renamed": {"    SuccessCode:\n", "maximum: 0", "maximum: 1", true},
		"reason of another status": {"      operationId: register\n", `"409": [user_name_taken, `,
			`"422": [user_name_taken], "409": [`, true},
		"security by another header": {"    Token:\n", "name: Token", "name: X-Token", true},
		"optional field of a request": {"    LoginRequest:\n", "      properties:\n",
			"      properties:\n        device: {type: string, maxLength: 64, description: A name.}\n", false},
		"operation added": {"\n  /api/captcha/audio:\n", "\n  /api/captcha/audio:\n",
			"\n  /api/ping:\n    get:\n      operationId: ping\n      responses:\n        \"200\": {description: pong}\n  " +
				"/api/captcha/audio:\n", false},
		"reason added": {"    Reason:\n", "        - account_disabled\n",
			"        - account_closed\n        - account_disabled\n", false},
		"optional field of an answer": {"    User:\n", "        link: {",
			"        home: {type: string, maxLength: 9, description: A place.}\n        link: {", false},
		"request bound raised": {"    RegisterRequest:\n", "maxLength: 256", "maxLength: 257", false},
		"nothing but words":    {"      operationId: register\n", "Creates one user", "Makes one user", false},
	} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			revision := changed(t, c.mark, c.find, c.with)
			if about == "reason of another status" {
				revision = bytes.Replace(revision, []byte(`"422": [user_name_taken], `), nil, 1)
				revision = bytes.Replace(revision, []byte("          - idempotency_key_reused\n"),
					[]byte("          - idempotency_key_reused\n          - user_name_taken\n"), 1)
			}
			found, err := compare([]byte(contract(t)), revision)
			if err != nil {
				t.Fatal(err)
			}
			breaks := len(found) > 0 && found[0].breaks
			if breaks != c.breaks {
				t.Errorf("breaks: %v, want %v: %v", breaks, c.breaks, found)
			}
			t.Log(found)
		})
	}
}

func TestCompareSame(t *testing.T) {
	t.Parallel()
	if found, err := compare([]byte(contract(t)), []byte(contract(t))); err != nil || len(found) != 0 {
		t.Errorf("%v, %v", found, err)
	}
	if _, err := compare([]byte("\t"), []byte(contract(t))); err == nil {
		t.Error("a text that is not a contract is compared")
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	v := func(text string) version {
		got, err := versionOf([]byte("info:\n  version: " + text + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, c := range []struct {
		was, is      string
		tells, after bool
	}{
		{"0.1.0", "0.1.0", false, false}, {"0.1.0", "0.1.1", false, true}, {"0.1.9", "0.2.0", true, true},
		{"0.9.0", "1.0.0", true, true},
		{"1.0.0", "1.1.0", false, true}, {"1.9.9", "2.0.0", true, true}, {"1.2.0", "0.9.0", false, false},
		{"0.10.0", "0.9.0", false, false},
	} {
		was, is := v(c.was), v(c.is)
		if is.tells(was) != c.tells || is.after(was) != c.after {
			t.Errorf("%v to %v: tells %v, after %v", was, is, is.tells(was), is.after(was))
		}
		if next := was.next(); !next.tells(was) {
			t.Errorf("%v does not tell of a break since %v", next, was)
		}
	}
	for _, text := range []string{"1.0", "v1.0.0", "1.0.0-rc.1", "1.0.0.0"} {
		if _, err := versionOf([]byte("info:\n  version: " + text + "\n")); err == nil {
			t.Errorf("%q is a version", text)
		}
	}
}

// TestRelease plays the life of a contract: cut, break, be refused, raise the
// version, cut again.
func TestRelease(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name, text string) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(releasedFile+".keep", "")
	at := func(version, text string) string { return versionLine.ReplaceAllString(text, "  version: "+version) }
	put(contractFile, at("0.1.0", contract(t)))
	put(changelogFile, "# Changelog\n\n"+unreleased+"\n\n- A note.\n\n"+begin+"\n"+end+"\n")
	day := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)
	do := func(command, want string) {
		t.Helper()
		var out bytes.Buffer
		err := run([]string{"-dir", dir, command}, day, &out)
		said := out.String()
		if err != nil {
			said += "error: " + err.Error()
		}
		if (want == "") != (err == nil) || !strings.Contains(said, want) {
			t.Fatalf("%s: %s, want %q", command, said, want)
		}
	}
	do("check", "run make changelog")
	do("changelog", "")
	do("check", "")
	do("cut", "")
	do("check", "")
	do("cut", "0.1.0 is released: raise info.version first")
	broken := string(changed(t, "    PhoneCodeRequest:\n", "enum: [register, login, reset, change, '']",
		"enum: [register, reset, change, '']"))
	put(contractFile, at("0.1.0", broken))
	do("changelog", "")
	do("check", "make info.version 0.2.0")
	put(contractFile, at("0.2.0", broken))
	do("check", "")
	do("cut", "")
	do("nothing", "say check")
	log, err := os.ReadFile(filepath.Join(dir, changelogFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"## [0.1.0] - 2026-11-22\n\n- A note.", "## [0.2.0] - 2026-11-22",
		"Breaks clients of 0.1.0", "The same as in 0.2.0."} {
		if !strings.Contains(string(log), want) {
			t.Errorf("the changelog does not say %q:\n%s", want, log)
		}
	}
	if n := strings.Count(string(log), begin); n != 1 {
		t.Errorf("%d generated parts:\n%s", n, log)
	}
}

func TestItemIsWrapped(t *testing.T) {
	t.Parallel()
	got := item("`POST /api/register`: " + strings.Repeat("字段 field ", 20))
	if lines := strings.Split(got, "\n"); len(lines) < 2 || !strings.HasPrefix(lines[1], "  ") {
		t.Errorf("not wrapped: %q", got)
	}
	for line := range strings.SplitSeq(got, "\n") {
		if n := utf8.RuneCountInString(line); n > 100 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
}
