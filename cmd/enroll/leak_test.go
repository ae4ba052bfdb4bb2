package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/devpg"
	"github.com/enroll-project/enroll/test/leak"
)

// TestNothingLeaks lets processes in development and in production register, log
// in, refuse and fail in many ways, with secrets that occur nowhere
// else. None of the secrets may be in what the processes print, in their metrics and traces, in
// a refusal, in what PostgreSQL logs, or in the database outside the columns that
// are there for it. At the end the same search has to find secrets in answers, in the log
// of PostgreSQL, in a wrong column and in the log of a process, which show them on purpose.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	environ := w.deployment()
	processes := map[string]*process{
		"development": start(t, []string{"serve", "--dev"}, append(environ, "ENROLL_DATA_DIR="+dataDir(t))...),
		"production": start(t, []string{"serve"}, append(environ, "ENROLL_DB_CHECK=warn", "ENROLL_CAPTCHA=off",
			"ENROLL_ADMIN_ADDR=127.0.0.1:0")...),
		"guarded": start(t, []string{"serve"}, append(environ, "ENROLL_DB_CHECK=warn", "ENROLL_CAPTCHA=image")...),
	}
	var visitors []*visitor
	for n, name := range slices.Sorted(maps.Keys(processes)) {
		v := newVisitor(w, processes[name], n)
		if name == "guarded" {
			v.solve()
			continue
		}
		visitors = append(visitors, v)
		v.join()
		v.live()
		v.keep()
		if name == "production" {
			v.operate(append(environ, "ENROLL_DB_CHECK=warn"))
		}
		v.beRefused()
		v.misplace()
		v.fail()
	}
	w.withoutDatabase(func() {
		for _, v := range visitors {
			v.wait()
		}
	})
	for name, p := range processes {
		_, metrics := get(t, p.ops+"/metrics")
		w.check(name+": metrics", regexp.MustCompile(`(?m) [0-9.e+-]+$`).ReplaceAllString(metrics, ""))
		p.stop(t)
		w.check(name+": log", p.output())
		if n := strings.Count(p.output(), "cause"); n < 5 && name != "guarded" {
			t.Errorf("%s: only %d failures were provoked:\n%s", name, n, p.output())
		}
	}
	w.check("traces", w.collector.text())
	w.collector.has(t, "sms sns", "sms twilio", "sms webhook", "sms aliyun-voice", "sms tencent-voice", "sms twilio-voice",
		"sms vonage-voice", "sms webhook-voice", "mail smtp",
		"db SpendCodeAndInsertUser", "db commit", "hash", "POST /api/register")
	w.mu.Lock()
	if w.worded == 0 {
		t.Error("no message had the words of the templates")
	}
	w.mu.Unlock()
	w.check("PostgreSQL's log", w.postgresLog())
	w.checkTables()
	w.control()
}

// deployment returns the environment of all processes. It has secrets of its own.
func (w *watch) deployment() []string {
	secret := func(what string) string {
		w.canaries[what] = "cAnArY " + what + ", 32 bytes and more"
		return w.canaries[what]
	}
	encoded := func(what string) string { return base64.StdEncoding.EncodeToString([]byte(secret(what))) }
	return []string{
		"ENROLL_EXTRA_SCHEMA=" + extraFile(w.T), "ENROLL_TEMPLATES=" + templates(w.T, secret("words")),
		"ENROLL_LIMIT_ADDRESS=1000/1m", // a visitor makes more requests than a person
		"ENROLL_LOG_LEVEL=debug", "ENROLL_DATABASE_URL=" + w.url(secret("database password")),
		"ENROLL_SECRET=" + encoded("secret"), "ENROLL_TOKEN_SECRET=" + secret("token secret"),
		// Twilio and Amazon refuse each message, so the webhook is asked.
		"ENROLL_SMS_SNS_KEY_ID=AKIA", "ENROLL_SMS_SNS_SECRET_KEY=" + secret("sns key"), "ENROLL_SMS_SNS_REGION=eu-central-1",
		"ENROLL_SMS_SNS_ENDPOINT=" + w.gateway.URL,
		"ENROLL_SMS=twilio,sns,webhook", "ENROLL_SMS_TWILIO_ENDPOINT=" + w.gateway.URL, "ENROLL_SMS_NAME=Enroll",
		"ENROLL_SMS_TWILIO_ACCOUNT_SID=AC" + strings.Repeat("1", 32), "ENROLL_SMS_TWILIO_FROM=+15005550006",
		"ENROLL_SMS_TWILIO_SECRET=" + secret("twilio secret"),
		// So does each provider of calls.
		"ENROLL_VOICE=CN=aliyun,CN=tencent,CN=twilio,CN=vonage,CN=webhook", "ENROLL_VOICE_TWILIO_FROM=+15005550006",
		"ENROLL_SMS_VONAGE_APPLICATION_ID=a", "ENROLL_SMS_VONAGE_KEY=" + w.privateKey("vonage key"),
		"ENROLL_VOICE_VONAGE_FROM=+15005550006", "ENROLL_SMS_VONAGE_ENDPOINT=" + w.gateway.URL,
		"ENROLL_SMS_ALIYUN_KEY_ID=LTAI", "ENROLL_SMS_ALIYUN_KEY_SECRET=" + secret("aliyun key"),
		"ENROLL_VOICE_ALIYUN_TEMPLATE=TTS_1", "ENROLL_VOICE_ALIYUN_ENDPOINT=" + w.gateway.URL,
		"ENROLL_SMS_TENCENT_SECRET_ID=AKID", "ENROLL_SMS_TENCENT_SECRET_KEY=" + secret("tencent key"),
		"ENROLL_VOICE_TENCENT_APP_ID=1", "ENROLL_VOICE_TENCENT_TEMPLATE=1", "ENROLL_VOICE_TENCENT_ENDPOINT=" + w.gateway.URL,
		"ENROLL_SMS_WEBHOOK_SECRET=whsec_" + encoded("webhook secret"),
		"ENROLL_SMS_WEBHOOK_URL=" + w.gateway.URL + "/sms?key=" + url.QueryEscape(secret("webhook key")),
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + w.collector.URL,
		"OTEL_EXPORTER_OTLP_HEADERS=key=" + url.PathEscape(secret("collector key")),
		// No process listens on port 1, so no mail can be sent.
		"ENROLL_SMTP_URL=smtps://mailer:" + url.QueryEscape(secret("mail password")) +
			"@127.0.0.1:1", "ENROLL_MAIL_FROM=noreply@example.com",
	}
}

// privateKey returns a new RSA key in PEM. Its canary is the first line of its base64.
func (w *watch) privateKey(what string) string {
	w.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		w.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	w.canaries[what] = strings.Split(text, "\n")[1]
	return text
}

// templates returns a folder in which each SMS and each mail has words of its own, in both languages.
func templates(t *testing.T, words string) string {
	t.Helper()
	folder := t.TempDir()
	for _, locale := range []string{"en", "zh-CN"} {
		if err := os.Mkdir(filepath.Join(folder, locale), 0o700); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{
			"sms-code.txt": "{code} " + words, "voice-code.txt": "{code} " + words, "sms-notice.txt": words,
			"mail-code.subject.txt": words, "mail-code.txt": "{code}\n\n" + words,
			"mail-code.html": "<p>{code} " + words + "</p>", "mail-password-changed.txt": words,
		} {
			if err := os.WriteFile(filepath.Join(folder, locale, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return folder
}

// watch has the secrets of the test and looks for them in all output.
type watch struct {
	*testing.T
	folder  string
	server  *devpg.Server
	pool    *pgxpool.Pool
	gateway *httptest.Server // for SMS
	// collector gets the traces of all processes.
	collector *collector
	mu        sync.Mutex
	worded    int               // messages with the words of the templates that the gateway got
	texts     map[string]string // codes by phone
	texted    *sync.Cond        // signals that a code has come
	down      bool              // the gateway fails
	canaries  leak.Set
	// successes are the answers that may hold secrets, such as a token.
	successes bytes.Buffer
}

func newWatch(t *testing.T) *watch {
	t.Helper()
	w := &watch{T: t, folder: dataDir(t), texts: map[string]string{}, canaries: leak.Set{}}
	w.texted = sync.NewCond(&w.mu)
	var err error
	if w.server, err = devpg.Start(t.Context(),
		devpg.Config{Dir: w.folder, BinDir: os.Getenv("ENROLL_PG_BIN")}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.server.Discard(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := run(t.Context(), []string{"migrate"}, []string{"ENROLL_DATABASE_URL=" + w.server.URL("enroll")},
		io.Discard); err != nil {
		t.Fatal(err)
	}
	if w.pool, err = pgxpool.New(t.Context(), w.server.URL("enroll")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.pool.Close)
	w.exec(failures)
	w.gateway = httptest.NewServer(http.HandlerFunc(w.text))
	t.Cleanup(w.gateway.Close)
	w.collector = startCollector(t)
	return w
}

// failures make registrations with certain real names fail in the database. The errors
// of PostgreSQL then quote the row, or secrets in it.
const failures = `
ALTER TABLE users ADD CONSTRAINT odd CHECK (real_name <> 'odd');
CREATE FUNCTION failure() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF NEW.real_name = 'raise' THEN
		RAISE EXCEPTION 'broken' USING DETAIL = NEW::text, HINT = concat(NEW.phone, NEW.email), ERRCODE = 'XX000';
	ELSIF NEW.real_name = 'die' THEN
		PERFORM pg_terminate_backend(pg_backend_pid());
	END IF;
	RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER failure AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION failure();`

func (w *watch) exec(query string, args ...any) {
	w.Helper()
	if _, err := w.pool.Exec(w.Context(), query, args...); err != nil {
		w.Fatal(err)
	}
}

// withoutDatabase calls then while the database refuses all connections.
func (w *watch) withoutDatabase(then func()) {
	w.Helper()
	conn, err := pgx.Connect(w.Context(), w.server.URL("postgres"))
	if err != nil {
		w.Fatal(err)
	}
	defer conn.Close(w.Context())
	admin := func(query string) {
		if _, err := conn.Exec(w.Context(), query); err != nil {
			w.Fatal(err)
		}
	}
	w.pool.Reset()
	admin("ALTER DATABASE enroll ALLOW_CONNECTIONS false")
	admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'enroll'")
	then()
	admin("ALTER DATABASE enroll ALLOW_CONNECTIONS true")
}

// url returns the URL of the database with a password. PostgreSQL does not check it here.
func (w *watch) url(password string) string {
	u, err := url.Parse(w.server.URL("enroll"))
	if err != nil {
		w.Fatal(err)
	}
	u.User = url.UserPassword(u.User.Username(), password)
	return u.String()
}

// text is the handler of the SMS gateway. While the gateway is down, its error quotes the request, and so do those of
// the providers at all times.
func (w *watch) text(out http.ResponseWriter, r *http.Request) {
	sent, err := io.ReadAll(r.Body)
	if strings.Contains(string(sent), url.QueryEscape("cAnArY words")) {
		w.mu.Lock()
		w.worded++
		w.mu.Unlock()
	}
	if strings.HasPrefix(r.URL.Path, "/2010-04-01/") {
		out.WriteHeader(http.StatusBadRequest)
		_, secret, _ := r.BasicAuth()
		_ = json.NewEncoder(out).Encode(map[string]any{"code": 21659, "message": string(sent) + secret})
		return
	}
	if r.URL.Path == "/v1/calls" {
		out.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(out).Encode(map[string]any{"type": "BAD_REQUEST", "detail": string(sent)})
		return
	}
	if r.Header.Get("X-Acs-Action") != "" {
		_ = json.NewEncoder(out).Encode(map[string]any{"Code": "isv.VOICE_CALL_FAIL", "Message": r.URL.RawQuery})
		return
	}
	if r.Header.Get("X-TC-Action") != "" {
		_ = json.NewEncoder(out).Encode(map[string]any{"Response": map[string]any{
			"Error": map[string]any{"Code": "FailedOperation.FailResolvePacket", "Message": string(sent)},
		}})
		return
	}
	if r.URL.Path == "/" {
		out.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(out, "<ErrorResponse><Error><Code>InvalidParameter</Code><Message>%s</Message></Error></ErrorResponse>",
			html.EscapeString(string(sent)))
		return
	}
	var event struct {
		Data struct{ Phone, Code, Channel string }
	}
	if err != nil || json.Unmarshal(sent, &event) != nil {
		w.Errorf("the gateway got %q, %v", sent, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if event.Data.Code == "" { // a notice
		return
	}
	w.texts[event.Data.Phone] = event.Data.Code
	w.texted.Broadcast()
	w.canaries["code to "+event.Data.Phone] = event.Data.Code
	if event.Data.Channel == "voice" { // Twilio has got and quoted the digits as they are spoken
		w.canaries["spoken code to "+event.Data.Phone] = strings.Join(strings.Split(event.Data.Code, ""), "，")
	}
	if w.down {
		out.WriteHeader(http.StatusInternalServerError)
		_, _ = out.Write(sent)
	}
}

// check fails the test if a text holds a canary, which is a secret of this test.
func (w *watch) check(where, text string) {
	w.Helper()
	if text == "" {
		w.Errorf("%s: there is nothing to search", where)
	}
	if seen := w.canaries.Sightings(text); seen != nil {
		w.Errorf("%s has %q in\n%s", where, seen, text)
	}
}

func (w *watch) postgresLog() string {
	w.Helper()
	text, err := os.ReadFile(filepath.Join(w.folder, "postgres.log"))
	if err != nil {
		w.Fatal(err)
	}
	return string(text)
}

// kept reports whether a column may hold a canary, because it stores such identifiers.
func kept(column, canary string) bool {
	kind, _, _ := strings.Cut(canary, " ")
	switch column {
	case "users.phone":
		return kind == "phone"
	case "users.email", "users.email_key":
		return kind == "email"
	case "users.extra":
		return kind == "extra"
	case "users.introduce":
		return kind == "introduce"
	case "one_time_codes.address", "notices.address":
		return kind == "phone" || kind == "email"
	}
	return false
}

// checkTables searches every column of every table.
func (w *watch) checkTables() {
	w.Helper()
	for column, text := range w.dump() {
		for _, seen := range w.canaries.Sightings(text) {
			if !kept(column, seen) {
				w.Errorf("%s has %s", column, seen)
			}
		}
	}
}

// dump returns the text of every column of every table.
func (w *watch) dump() map[string]string {
	w.Helper()
	var tables []string
	const all = "SELECT array_agg(tablename::text) FROM pg_tables WHERE schemaname = 'public'"
	if err := w.pool.QueryRow(w.Context(), all).Scan(&tables); err != nil {
		w.Fatal(err)
	}
	columns := map[string]string{}
	for _, table := range tables {
		rows, err := w.pool.Query(w.Context(), "SELECT f.key, coalesce(string_agg(f.value, E'\\n'), '') FROM "+table+
			" AS r, json_each_text(row_to_json(r)) AS f GROUP BY f.key")
		if err != nil {
			w.Fatal(err)
		}
		for rows.Next() {
			var column, text string
			if err := rows.Scan(&column, &text); err != nil {
				w.Fatal(err)
			}
			columns[table+"."+column] = text
		}
		if err := rows.Err(); err != nil {
			w.Fatal(err)
		}
	}
	if columns["users.phone"] == "" || columns["one_time_codes.code_mac"] == "" {
		w.Errorf("the dump lacks columns: %d of them", len(columns))
	}
	return columns
}

// control searches successful answers, the log of PostgreSQL, a wrong column and the log of a
// process, each with a secret in it. The search has to find the secret.
func (w *watch) control() {
	w.Helper()
	found := func(where, text, canary string) {
		w.Helper()
		if seen := strings.Join(w.canaries.Sightings(text), "\n"); !strings.Contains(seen, canary) {
			w.Errorf("control: %s should show %s and shows %q", where, canary, seen)
		}
	}
	found("an answer", w.successes.String(), "token")
	found("an answer", w.successes.String(), "phone")

	// With PostgreSQL's own settings a duplicate is logged, values and all.
	conn, err := w.pool.Acquire(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	defer conn.Release()
	_, err = conn.Exec(w.Context(), `SET log_error_verbosity = 'default'; SET log_min_error_statement = 'error';
		UPDATE users SET phone = (SELECT min(phone) FROM users) WHERE phone = (SELECT max(phone) FROM users)`)
	if err == nil {
		w.Error("control: two users have one phone")
	}
	found("PostgreSQL's log", w.postgresLog(), "phone")

	w.exec("UPDATE users SET real_name = $1", w.canaries["password 0"])
	found("a column", w.dump()["users.real_name"], "password 0")

	p := start(w.T, []string{"serve", "--dev"}, "ENROLL_DATA_DIR="+dataDir(w.T),
		"ENROLL_DATABASE_URL="+w.server.URL("enroll"), "ENROLL_SMS=log")
	p.post(w.T, "/api/verify/phone", `{"phone":"13811110000"}`)
	w.canaries["code in the log"] = p.await(w.T, `code=(\d{6})`)
	found("a log", p.output(), "code in the log")
	p.stop(w.T)
}
