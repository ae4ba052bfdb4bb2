package receipt_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/receipt"
	"github.com/enroll-project/enroll/internal/smscount"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// now is the clock of all providers.
var now = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

const (
	public   = "https://receipts.example.com/api/receipts/twilio"
	token    = "0123456789abcdef0123456789abcdef"
	vonageID = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
	pathKey  = "Zk3yq-0_kd82hHs72hdk28dhK2hd8s2dkH28dj3k"
	// phone is in no log, no metric and no row.
	phone, messageID = "+4915112345678", "SM5f7b1c2e8a1d4e0012c3b4a5d6e7f809"
)

var secret = "whsec_" + strings.Repeat("MfKQ9r8G", 4)

// desk is a service of receipts with all senders.
type desk struct {
	*testing.T
	*httptest.Server
	pool    *pgxpool.Pool
	counter *smscount.Counter
	metrics *prometheus.Registry
	log     *lockedBuffer
}

// lockedBuffer is a log that a test reads while the handler may write.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// open returns a desk. rate is that of one address.
func open(t *testing.T, rate limit.Rate) *desk {
	t.Helper()
	return openIn(t, pgtest.New(t), rate)
}

func openIn(t *testing.T, pool *pgxpool.Pool, rate limit.Rate) *desk {
	t.Helper()
	clock := func() time.Time { return now }
	webhook, err := receipt.Webhook(secret, clock)
	fatal(t, err)
	limiter, err := limit.New(limit.Config{IPv4Addr: rate, IPv6Subnet: rate, Now: clock})
	fatal(t, err)
	d := &desk{T: t, pool: pool, counter: smscount.New(pool, clock), metrics: prometheus.NewRegistry(),
		log: &lockedBuffer{}}
	h, err := receipt.New(receipt.Config{
		Senders: map[string]receipt.Provider{
			"webhook": webhook, "twilio": receipt.Twilio(token, public), "vonage": receipt.Vonage(vonageSecret, vonageID, clock),
			"aliyun": receipt.Aliyun(pathKey), "tencent": receipt.Tencent(pathKey + "t"),
		},
		Secret: bytes.Repeat([]byte{7}, 32), Counter: d.counter, Limiter: limiter, Metrics: d.metrics,
		Logger: slog.New(slog.NewTextHandler(d.log, nil)),
	})
	fatal(t, err)
	d.Server = httptest.NewServer(h)
	t.Cleanup(d.Close)
	return d
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// request is a request to a sender's path.
type request struct {
	path   string
	body   []byte
	header http.Header
}

// send sends a request and returns status and body of the answer.
func (d *desk) send(r request) (int, string) {
	d.Helper()
	req, err := http.NewRequestWithContext(d.Context(), http.MethodPost, d.URL+receipt.Path+r.path,
		bytes.NewReader(r.body))
	fatal(d.T, err)
	for name, values := range r.header {
		req.Header[name] = values
	}
	res, err := d.Client().Do(req)
	fatal(d.T, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	fatal(d.T, err)
	return res.StatusCode, string(answer)
}

// wants sends a request and fails the test unless its status is the given one.
func (d *desk) wants(what string, r request, status int) {
	d.Helper()
	if got, answer := d.send(r); got != status {
		d.Errorf("%s: %d %s, want %d", what, got, answer, status)
	}
}

// counts returns the receipts that were stored, as text: country, sender and the counts of the four results.
func (d *desk) counts() string {
	d.Helper()
	days, err := d.counter.ReceiptDays(context.WithoutCancel(d.Context()), time.Time{}, "", "")
	fatal(d.T, err)
	var all []string
	for _, r := range days {
		all = append(all, fmt.Sprintf("%s %s %d %d %d %d", r.Country, r.Sender, r.Delivered, r.RecipientFailed,
			r.NotDelivered, r.Unknown))
	}
	return strings.Join(all, ", ")
}

// counted fails the test unless these receipts were stored.
func (d *desk) counted(want string) {
	d.Helper()
	if got := d.counts(); got != want {
		d.Errorf("stored %q, want %q", got, want)
	}
}

// measured fails the test unless the metric of receipts has these series: country, result, sender and value.
func (d *desk) measured(want string) {
	d.Helper()
	families, err := d.metrics.Gather()
	fatal(d.T, err)
	var all []string
	for _, f := range families {
		if f.GetName() != "enroll_sms_receipts_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			line := ""
			for _, l := range m.GetLabel() {
				line += l.GetValue() + " "
			}
			all = append(all, line+fmt.Sprint(m.GetCounter().GetValue()))
		}
	}
	if got := strings.Join(all, ", "); got != want {
		d.Errorf("measured %q, want %q", got, want)
	}
}

// TestRefusals: a request that its sender did not sign, or that was changed on its way, is refused and changes nothing
// but a metric. The same request as it was signed is counted.
func TestRefusals(t *testing.T) {
	t.Parallel()
	d := open(t, limit.Rate{})
	for sender, right := range rightRequests(t) {
		change := func(body []byte) []byte { return bytes.Replace(body, []byte("1"), []byte("2"), 1) }
		if right.path == sender { // the others sign nothing
			changed := right
			changed.body = change(right.body)
			d.wants(sender+": a changed body", changed, http.StatusForbidden)
			longer := right
			longer.body = append(bytes.Clone(right.body), ' ')
			d.wants(sender+": a longer body", longer, http.StatusForbidden)
			empty := right
			empty.body = nil
			d.wants(sender+": no body", empty, http.StatusForbidden)
		}
		unsigned := right
		unsigned.path, unsigned.header = sender, nil
		d.wants(sender+": no signature", unsigned, http.StatusUnauthorized)
		for what, wrong := range wrongRequests(t, sender, right) {
			d.wants(sender+": "+what, wrong, http.StatusForbidden)
		}
	}
	d.counted("")
	d.measured("")
	for sender, right := range rightRequests(t) {
		d.wants(sender, right, http.StatusOK)
	}
	d.counted("CN aliyun 1 0 0 0, CN tencent 1 0 0 0, DE twilio 1 0 0 0, DE vonage 1 0 0 0, DE webhook 1 0 0 0")
	for sender, other := range map[string]string{"aliyun": "tencent", "twilio": "webhook", "webhook": "vonage"} {
		r := rightRequests(t)[sender]
		r.path = strings.Replace(r.path, sender, other, 1)
		if got, _ := d.send(r); got != http.StatusUnauthorized && got != http.StatusForbidden {
			t.Errorf("%s as %s: %d", sender, other, got)
		}
	}
	d.counted("CN aliyun 1 0 0 0, CN tencent 1 0 0 0, DE twilio 1 0 0 0, DE vonage 1 0 0 0, DE webhook 1 0 0 0")
}

// TestReceiptsTwice: a receipt that comes again, at once or later, in one request or in several at the same time, is
// counted once, in the table and in the metric.
func TestReceiptsTwice(t *testing.T) {
	t.Parallel()
	d := open(t, limit.Rate{})
	var wait sync.WaitGroup
	for range 8 {
		for _, r := range rightRequests(t) {
			wait.Go(func() { d.wants("a repetition", r, http.StatusOK) })
		}
	}
	wait.Wait()
	fatal(t, d.counter.Keep(t.Context()))
	entry := `{"phone_number":"13800138000","success":%t,"biz_id":"B%d"},`
	entries := fmt.Sprintf(entry, true, 1) + fmt.Sprintf(entry, true, 1) + fmt.Sprintf(entry, false, 2)
	d.wants("twice in one request", request{path: "aliyun/" + pathKey,
		body: []byte("[" + strings.TrimSuffix(entries, ",") + "]")}, http.StatusOK)
	want := "CN aliyun 2 0 1 0, CN tencent 1 0 0 0, DE twilio 1 0 0 0, DE vonage 1 0 0 0, DE webhook 1 0 0 0"
	d.counted(want)
	fatal(t, d.counter.Keep(t.Context()))
	fatal(t, d.counter.Keep(t.Context()))
	d.counted(want)
	d.measured("CN delivered aliyun 2, CN delivered tencent 1, CN failed aliyun 1, DE delivered twilio 1, " +
		"DE delivered vonage 1, DE delivered webhook 1")
}

// TestKilledBetween: a process that ends after it has stored a receipt and before it has answered gets it again from
// the provider, in another process, and does not count it again. If the receipt was not stored, the provider gets no
// success, and the repetition is counted.
func TestKilledBetween(t *testing.T) {
	t.Parallel()
	pool := pgtest.Fresh(t)
	d := openIn(t, pool, limit.Rate{})
	r := rightRequests(t)["twilio"]
	_, err := pool.Exec(t.Context(), "ALTER TABLE sms_receipts RENAME TO away")
	fatal(t, err)
	d.wants("nothing can be stored", r, http.StatusServiceUnavailable)
	_, err = pool.Exec(t.Context(), "ALTER TABLE away RENAME TO sms_receipts")
	fatal(t, err)
	d.counted("")
	d.wants("stored", r, http.StatusOK)
	other := openIn(t, pool, limit.Rate{})
	other.wants("the repetition at another process", r, http.StatusOK)
	other.counted("DE twilio 1 0 0 0")
	other.measured("")
	if text := d.log.String(); strings.Contains(text, phone) || !strings.Contains(text, "could not be stored") {
		t.Error(text)
	}
}

// TestEndlessBody: a body is read up to its bound, whether or not it has a length, and refused.
func TestEndlessBody(t *testing.T) {
	t.Parallel()
	d := open(t, limit.Rate{})
	for _, path := range []string{"twilio", "vonage", "webhook", "aliyun/" + pathKey, "tencent/x"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.URL+receipt.Path+path, endless{})
		fatal(t, err)
		res, err := d.Client().Do(req)
		if err != nil { // the server has closed the connection while the body was sent
			continue
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	d.counted("")
}

// TestLongBody: a body may have 256 KiB and no more, also one with a length.
func TestLongBody(t *testing.T) {
	t.Parallel()
	d := open(t, limit.Rate{})
	d.wants("the bound", request{path: "twilio", body: make([]byte, 256<<10)}, http.StatusUnauthorized)
	d.wants("a byte more", request{path: "twilio", body: make([]byte, 256<<10+1)}, http.StatusRequestEntityTooLarge)
}

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// TestRate: the requests of an address are bounded, also those that are right, and the answer says when to come again.
func TestRate(t *testing.T) {
	t.Parallel()
	d := open(t, limit.Rate{Count: 2, Period: time.Minute})
	r := rightRequests(t)["twilio"]
	d.wants("first", request{path: "twilio"}, http.StatusUnauthorized)
	d.wants("second", request{path: "aliyun/x"}, http.StatusForbidden)
	d.wants("third", r, http.StatusTooManyRequests)
	d.counted("")
}

// TestPaths: only POST to the path of a sender is served, and only senders without a signature have a key in it.
func TestPaths(t *testing.T) {
	t.Parallel()
	d := open(t, limit.Rate{})
	for path, want := range map[string]int{
		"sns": 404, "": 404, "twilio/" + pathKey: 404, "aliyun": 401, "aliyun/x/y": 404, "aliyun/" + pathKey + "/": 404,
		"aliyun/" + pathKey[1:]: 403, "aliyun/" + pathKey + "t": 403,
	} {
		d.wants(path, request{path: path, body: []byte("[]")}, want)
	}
	d.wants("an empty list", request{path: "aliyun/" + pathKey, body: []byte("[]")}, http.StatusOK)
	res, err := d.Client().Get(d.URL + receipt.Path + "aliyun/" + pathKey)
	fatal(t, err)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", res.StatusCode)
	}
}

// TestNothingOfAPhoneIsKept: neither the phone nor the id of a message is in the log, in the metrics or in the tables.
// The lines of the log have sender, country and result.
func TestNothingOfAPhoneIsKept(t *testing.T) {
	t.Parallel()
	pool := pgtest.Fresh(t)
	d := openIn(t, pool, limit.Rate{})
	for sender, r := range rightRequests(t) {
		d.wants(sender, r, http.StatusOK)
	}
	word := twilioForm("MessageSid", "SM1", "MessageStatus", "to"+phone)
	d.wants("a phone as a word", signedByTwilio(word), http.StatusOK)
	d.wants("a phone as a signature", request{path: "twilio", header: http.Header{"X-Twilio-Signature": {phone}}},
		http.StatusForbidden)
	fatal(t, d.counter.Keep(t.Context()))
	var rows string
	fatal(t, pool.QueryRow(t.Context(), `SELECT (SELECT string_agg(r::text, ' ') FROM sms_receipts AS r) ||
		(SELECT string_agg(d::text, ' ') FROM sms_receipt_days AS d)`).Scan(&rows))
	families, err := d.metrics.Gather()
	fatal(t, err)
	for what, text := range map[string]string{"log": d.log.String(), "tables": rows, "metrics": fmt.Sprint(families)} {
		for _, canary := range []string{phone[1:], "15112345678", "13800138000", messageID, pathKey, token} {
			if strings.Contains(text, canary) {
				t.Errorf("%s has %s: %s", what, canary, text)
			}
		}
	}
	if !strings.Contains(d.log.String(), `msg="sms receipt" sender=twilio country=DE result=delivered`) {
		t.Error(d.log.String())
	}
}

// TestUnknownWords: a status that is not known counts as unknown, and is logged once. A known one that follows counts.
func TestUnknownWords(t *testing.T) {
	t.Parallel()
	d := open(t, limit.Rate{})
	for _, id := range []string{"SM1", "SM2", "SM1"} {
		d.wants(id, signedByTwilio(twilioForm("MessageSid", id, "MessageStatus", "teleported")), http.StatusOK)
	}
	d.counted("DE twilio 0 0 0 2")
	d.wants("known", signedByTwilio(twilioForm("MessageSid", "SM1", "MessageStatus", "delivered")), http.StatusOK)
	d.counted("DE twilio 1 0 0 2")
	if n := strings.Count(d.log.String(), "word=teleported"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	for i := range 200 {
		word := "w" + strings.Repeat("x", i%40) + string(rune('a'+i/40))
		d.wants(word, signedByTwilio(twilioForm("MessageSid", word, "MessageStatus", word)), http.StatusOK)
	}
	if n := strings.Count(d.log.String(), "word="); n != 100 {
		t.Errorf("%d words were logged, want 100", n)
	}
}

// TestOldReceipts: receipts are deleted after a week, and their counts after 400 days. What was not counted yet stays.
func TestOldReceipts(t *testing.T) {
	t.Parallel()
	d := open(t, limit.Rate{})
	_, err := d.pool.Exec(t.Context(), `INSERT INTO sms_receipts (id, day, country, sender, result, counted)
		SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), '2026-11-22'::date, 'CN', 'aliyun', 'delivered', true
		FROM generate_series(1, 2500) AS n
		UNION ALL SELECT decode(repeat('aa', 16), 'hex'), '2026-11-23'::date, 'CN', 'aliyun', 'delivered', true
		UNION ALL SELECT decode(repeat('bb', 16), 'hex'), '2026-11-01'::date, 'CN', 'aliyun', 'failed', false`)
	fatal(t, err)
	_, err = d.pool.Exec(t.Context(), `INSERT INTO sms_receipt_days (day, country, sender, delivered)
		VALUES ('2025-10-25', 'CN', 'aliyun', 5), ('2025-10-26', 'CN', 'aliyun', 7)`)
	fatal(t, err)
	fatal(t, d.counter.Keep(t.Context()))
	d.counted("CN aliyun 7 0 0 0, CN aliyun 0 0 1 0")
	var left int
	fatal(t, d.pool.QueryRow(t.Context(), "SELECT count(*) FROM sms_receipts").Scan(&left))
	if left != 1 {
		t.Errorf("%d receipts are left, want that of 23 November", left)
	}
}
