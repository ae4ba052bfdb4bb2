package server_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// The flags of TestSpecFuzz. `make fuzz` sets them; a failure says how to repeat it.
var (
	fuzzRequests = flag.Int("requests", 2000, "how many requests TestSpecFuzz and TestOracle send")
	fuzzSeed     = flag.Uint64("seed", 1, "seed of TestSpecFuzz and TestOracle, 0 for one by chance")
)

// perCampaign is how many requests one database sees. A failure is repeated from
// the first of its campaign on.
const perCampaign = 700

// TestSpecFuzz sends requests that are made from the contract, good and spoilt,
// to a whole deployment. No answer is an internal error, each keeps to the
// contract with its headers, what the contract does not allow is refused, what
// it allows is not refused for its form, and a refusal leaves nothing behind.
func TestSpecFuzz(t *testing.T) {
	t.Parallel()
	seed := seed()
	for first := 0; first < *fuzzRequests; first += perCampaign {
		t.Run(fmt.Sprint(first/perCampaign), func(t *testing.T) {
			t.Parallel()
			number := uint64(first / perCampaign)
			c := newCampaign(t, options{captcha: number%3 == 2}, seed, number)
			defer func() {
				if t.Failed() {
					t.Logf("repeat it with: go test ./internal/server -run 'TestSpecFuzz/^%d$' -seed=%d -requests=%d", number, seed,
						*fuzzRequests)
				}
			}()
			for range min(perCampaign, *fuzzRequests-first) {
				if c.step(); t.Failed() {
					return
				}
			}
			c.settle()
		})
	}
}

// seed returns the seed of the flag, or a random seed if the flag is 0.
func seed() uint64 {
	chosen := *fuzzSeed
	for chosen == 0 {
		chosen = rand.Uint64()
	}
	return chosen
}

// campaign is a deployment that gets random requests.
type campaign struct {
	*deployment
	*generator
	wire      *client
	offence   string // what the transport reported of the answer on its way
	digest    string // a query for all that the database holds
	announced map[string]bool
	ends      map[string]int // answers by operation, status and reason
}

func newCampaign(t *testing.T, o options, seed, number uint64) *campaign {
	t.Helper()
	c := &campaign{deployment: deploy(t, o), generator: newGenerator(book.doc, seed, number), announced: map[string]bool{},
		ends: map[string]int{}}
	// The campaign has its own client, which does not enter outcomes into the ledger: a random hit
	// does not show that an outcome is tested.
	rt := &transport{ledger: book, rules: true, secrets: c.secrets,
		report: func(format string, args ...any) { c.offence = fmt.Sprintf(format, args...) }}
	c.wire = &client{t, c.url, &http.Client{Transport: rt, CheckRedirect: c.http.CheckRedirect}, c.secrets}
	rows, err := c.pool.Query(t.Context(), "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY "+
		"tablename")
	fatal(t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var table string
		fatal(t, rows.Scan(&table))
		all = append(all, "(SELECT md5(string_agg(r::text, '|' ORDER BY r::text)) FROM "+table+" AS r)")
	}
	fatal(t, rows.Err())
	c.digest = "SELECT concat_ws('|', " + strings.Join(all, ", ") + ")"
	return c
}

// step sends one request and compares the answer with the promise of the contract.
func (c *campaign) step() {
	t := pick(c.generator, c.targets)
	d := c.draft(t)
	if !c.once(3) {
		c.spoil(t, d)
	}
	if c.once(25) {
		c.now.advance(time.Duration(1+c.IntN(90)) * time.Second)
	}
	watched, before := c.once(8), ""
	if watched {
		before = c.read(c.digest)
	}
	outbox := c.sent()
	a := c.fire(d)
	for _, offence := range c.offences(t, d, a) {
		c.wire.Errorf("%s\n\n%v\n\n%d %s", offence, d, a.status, brief(string(a.body)))
	}
	if watched && unread(a) && c.read(c.digest) != before {
		c.wire.Errorf("a request that was refused for its form changed the database\n\n%v\n\n%d %s", d, a.status, a.body)
	}
	c.ends[fmt.Sprintf("%s %d %s", t.OperationID, a.status, a.Reason)]++
	if a.status == http.StatusOK {
		c.note(a)
	}
	c.collect(d, outbox)
}

// fire sends a draft as it is.
func (c *campaign) fire(d *draft) answer {
	c.wire.Helper()
	var body io.Reader
	if text := d.text(); text != "" {
		if body = strings.NewReader(text); d.chunked {
			body = io.MultiReader(body) // of unknown length
		}
	}
	req, err := http.NewRequestWithContext(c.wire.Context(), d.method, c.url+d.path+d.query, body)
	if err != nil {
		c.wire.Fatalf("%v\n%v", err, d)
	}
	req.Header = d.header
	c.offence = ""
	return c.wire.send(req)
}

// leaks are words that only the text of an internal error has.
var leaks = []string{"SQLSTATE", "pq:", "pgx", "goroutine", ".go:", "panic", "ERROR:", "duplicate key"}

// offences lists what is wrong with an answer.
func (c *campaign) offences(t target, d *draft, a answer) (offences []string) {
	blame := func(when bool, what string) {
		if when {
			offences = append(offences, what)
		}
	}
	blame(c.offence != "", c.offence)
	blame(a.status >= 500 && a.status != http.StatusServiceUnavailable, "an internal error")
	here := d.method == t.method && d.path == t.path
	blame(here && d.promise == breaks && a.status < 400, "what the contract does not allow was let through")
	form := []int{400, 404, 405, 413, 415}
	blame(here && d.promise == fits && slices.Contains(form, a.status),
		"what the contract allows was refused for its form")
	blame(a.Reason != "" && a.status < 400 || a.Code != 0 && a.status < 400, "a refusal with a status of success")
	for _, word := range leaks {
		blame(a.status >= 400 && strings.Contains(string(a.body), word), "the answer tells of "+word)
	}
	return offences
}

// unread reports whether an answer was given before the rules were applied.
func unread(a answer) bool {
	return slices.Contains([]int{400, 401, 404, 405, 413, 415}, a.status) || a.Reason == "site_unknown" ||
		a.Reason == "site_ambiguous"
}

// note remembers the values of a success.
func (c *campaign) note(a answer) {
	c.learn(a.Data)
	var made struct{ ID json.Number }
	if json.Unmarshal(a.Data, &made) == nil && made.ID != "" {
		c.announced[made.ID.String()] = true
	}
}

// collect keeps the codes that a request has had sent.
func (c *campaign) collect(d *draft, before sent) {
	now := c.sent()
	if now.texts > before.texts {
		for _, m := range d.members {
			var phone string
			if m.name == `"phone"` && json.Unmarshal([]byte(m.value), &phone) == nil {
				c.bySMS = parcel{to: phone, code: c.phones.last()}
			}
		}
	}
	if now.mail != before.mail {
		code, to := c.mails.last(c.wire)
		_, bearer, _ := strings.Cut(d.header.Get("Authorization"), " ")
		c.byMail = parcel{to: to, code: code, token: cmp.Or(d.header.Get("Token"), bearer)}
	}
}

// sent is what the phone network and the mail server have seen.
type sent struct {
	texts int
	mail  string
}

func (c *campaign) sent() sent { return sent{c.phones.count(), c.mails.shown()} }

func (c *campaign) read(query string) (text string) {
	c.wire.Helper()
	fatal(c.wire, c.pool.QueryRow(c.wire.Context(), query).Scan(&text))
	return text
}

// settle compares the database with what was answered: there are the users that
// were announced, no other ones, and no key is held by a request that is over.
func (c *campaign) settle() {
	c.wire.Helper()
	var ids []string
	fatal(c.wire, c.pool.QueryRow(c.wire.Context(),
		"SELECT coalesce(array_agg(id::text ORDER BY id), '{}') FROM users").Scan(&ids))
	if !slices.Equal(ids, sorted(c.announced)) {
		c.wire.Errorf("the database has the users %v, announced were %v", ids, sorted(c.announced))
	}
	if n := c.count("idempotency_keys WHERE user_id IS NULL"); n != 0 {
		c.wire.Errorf("%d idempotency keys are held by nobody", n)
	}
	total, successes, busy := 0, 0, 0
	for _, end := range sorted(c.ends) {
		total += c.ends[end]
		if strings.Contains(end, " 200 ") {
			successes += c.ends[end]
		}
		if strings.Contains(end, " 503 ") {
			busy += c.ends[end]
		}
		c.wire.Logf("%6d %s", c.ends[end], end)
	}
	// If almost all requests are refused, the test shows little. With captchas that is normal, so
	// this is checked without them.
	if !c.captcha && successes < total/20 || busy > total/20 {
		c.wire.Errorf("of %d requests %d succeeded and %d met a service that was not available", total, successes, busy)
	}
	for _, t := range c.targets {
		if !slices.ContainsFunc(sorted(c.ends), func(end string) bool { return strings.HasPrefix(end, t.OperationID+" ") }) {
			c.wire.Errorf("no request for %s", t.OperationID)
		}
	}
}
