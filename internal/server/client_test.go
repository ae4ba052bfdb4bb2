package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/leak"
)

// client speaks to a server on loopback through the contract transport: every
// answer that does not fit the contract fails the test.
type client struct {
	testing.TB
	url     string
	http    *http.Client
	secrets *leak.Watch // that this client has sent or received
}

// newClient serves h until the test ends. The ledger counts the outcomes of its answers as tested, so h must have the
// real operations.
func newClient(t testing.TB, h http.Handler) *client {
	t.Helper()
	return dial(t, h, &transport{ledger: book, real: true, rules: true, report: t.Errorf})
}

// newFakeClient is newClient for fake handlers: the ledger does not count their outcomes.
func newFakeClient(t testing.TB, h http.Handler) *client {
	t.Helper()
	return dial(t, h, &transport{ledger: book, report: t.Errorf})
}

// newFakeClientAlwaysOK is newFakeClient for a server in the mode always-200.
func newFakeClientAlwaysOK(t testing.TB, h http.Handler) *client {
	t.Helper()
	return dial(t, h, &transport{ledger: book, alwaysOK: true, report: t.Errorf})
}

func dial(t testing.TB, h http.Handler, rt *transport) *client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return connect(t, srv.URL, rt)
}

// connect returns a client of a server that runs already.
func connect(t testing.TB, url string, rt *transport) *client {
	rt.secrets = &leak.Watch{}
	return &client{t, url, &http.Client{
		Transport:     rt,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, rt.secrets}
}

// answer is a response that has been read. For bodies that are not envelopes, the
// envelope is empty.
type answer struct {
	envelope
	status int
	header http.Header
	body   []byte
}

// do sends a request. headers are names and values in turn; a name may come
// twice. A body is sent as application/json unless headers say otherwise.
func (c *client) do(method, path, body string, headers ...string) answer {
	c.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(c.Context(), method, c.url+path, reader)
	if err != nil {
		c.Fatal(err)
	}
	for pair := range slices.Chunk(headers, 2) {
		req.Header.Add(pair[0], pair[1])
	}
	if _, given := req.Header["Content-Type"]; !given && body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return c.send(req)
}

// send sends a request as it is.
func (c *client) send(req *http.Request) answer {
	c.Helper()
	res, err := c.http.Do(req)
	if err != nil {
		c.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header}
	if a.body, err = io.ReadAll(res.Body); err != nil {
		c.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		c.Fatal(err)
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") && req.Method != http.MethodHead {
		if a.envelope, err = readEnvelope(a.body); err != nil {
			c.Fatal(err)
		}
	}
	return a
}

// get sends a GET.
func (c *client) get(path string, headers ...string) answer {
	c.Helper()
	return c.do(http.MethodGet, path, "", headers...)
}

// post sends a value as JSON; a string is sent as it is.
func (c *client) post(path string, body any, headers ...string) answer {
	c.Helper()
	text, ok := body.(string)
	if !ok {
		encoded, err := json.Marshal(body)
		if err != nil {
			c.Fatal(err)
		}
		text = string(encoded)
	}
	return c.do(http.MethodPost, path, text, headers...)
}

// into reads an answer's data.
func (a answer) into(t testing.TB, data any) {
	t.Helper()
	if err := json.Unmarshal(a.Data, data); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
}

// fieldErrors are an answer's errors as "field reason".
func (a answer) fieldErrors() []string {
	var out []string
	for _, e := range a.Errors {
		out = append(out, e.Field+" "+e.Reason)
	}
	return out
}

// is fails the test unless the answer has a status, a reason ("" for success) and
// these fieldErrors of fields, in order.
func (a answer) is(t testing.TB, status int, reason string, fieldErrors ...string) {
	t.Helper()
	if a.status != status || a.Reason != reason || !slices.Equal(a.fieldErrors(), fieldErrors) {
		t.Errorf("got %d %q %q, want %d %q %q\n%s", a.status, a.Reason, a.fieldErrors(), status, reason, fieldErrors, a.body)
	}
}
