package event

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/enroll-project/enroll/gen/db"
)

// maxTimeout bounds one request, from the resolution of the name to the end of the answer. It is shorter than
// maxTurn, so that a claim outlasts its last request.
const maxTimeout = 10 * time.Second

// maxAnswer is how much of an answer's body is read, in bytes (OWASP API10).
const maxAnswer = 64 << 10

// maxRetryAfter bounds the time for which a receiver can postpone its events by Retry-After.
const maxRetryAfter = 15 * time.Minute

// message is the body of a request, in the form that Standard Webhooks recommends. Data has the fields of an event in
// the admin API, so that a program can read both by the same code. The order of the fields is that of the JSON text,
// which receivers must not rely on. There is no place of the log in it: a receiver that needs order has seq.
type message struct {
	Type      Type   `json:"type"`
	Timestamp string `json:"timestamp"` // of the event, not of the request: RFC 3339, UTC
	Data      struct {
		ID     int64    `json:"id"`
		SiteID int64    `json:"site_id"`
		UserID int64    `json:"user_id"`
		Seq    int32    `json:"seq"`
		Fields []string `json:"fields"`
	} `json:"data"`
}

// outcome is the result of a request. The text of failure is stored and logged, so it has nothing of the answer but
// its status: a body or a header may repeat what was sent, or hold a secret of the receiver.
type outcome struct {
	delivered bool
	gone      bool          // the receiver wants nothing more
	failure   string        // in short, for operators; "" if it was delivered
	after     time.Duration // for which the receiver wants to have no request; 0 if it does not say
}

// webhookID is the id by which a receiver recognizes a repetition. Deployments that share a receiver have different
// sites. The number of a user's event could come again after a restore, but not with its place in the log.
func webhookID(site, user int64, seq int32, tx int64) string {
	return fmt.Sprintf("evt_%d_%d_%d_%d", site, user, seq, tx)
}

// post sends an event once and waits for the answer. If there is none, the receiver may have accepted the event all the
// same: then it gets the event again, and knows it by its id.
func (l *line) post(ctx context.Context, e db.Event) outcome {
	ctx, cancel := context.WithTimeout(ctx, l.timeout) // check: event-time
	defer cancel()
	req, err := l.request(ctx, e)
	if err != nil { // the URL was parsed at the start, so this is not expected
		return outcome{failure: "no request"}
	}
	res, err := l.client.Do(req)
	if err != nil {
		// The error itself is dropped, because it quotes the URL.
		if errors.Is(err, context.DeadlineExceeded) {
			return outcome{failure: "timeout"}
		}
		return outcome{failure: "no answer"}
	}
	defer res.Body.Close()
	// Reading a short body lets the connection be used again. The status counts, also if the body is incomplete.
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer) // check: event-answer
	out := outcome{failure: "status " + strconv.Itoa(res.StatusCode)}
	switch {
	case res.StatusCode >= 200 && res.StatusCode <= 299: // check: event-status
		return outcome{delivered: true}
	case res.StatusCode == http.StatusGone: // Standard Webhooks: the receiver does not want to be called again
		out.gone = true
	// Other statuses may have the header, too, but only these two speak of a load that a pause relieves.
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode == http.StatusServiceUnavailable:
		out.after = retryAfter(res.Header.Get("Retry-After"), l.clock())
	}
	return out
}

// request makes the signed request for an event. The signature covers the id, the time and the body, by each secret of
// the receiver. Its time is that of the request, because receivers refuse old ones.
func (l *line) request(ctx context.Context, e db.Event) (*http.Request, error) {
	// An event that is sent again has the same body and id, but a new time and so another signature.
	m := message{Type: Type(e.Type), Timestamp: e.At.UTC().Format(time.RFC3339Nano)}
	m.Data.ID, m.Data.SiteID, m.Data.UserID, m.Data.Seq, m.Data.Fields = e.ID, e.SiteID, e.UserID, e.Seq, e.Fields
	body, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "enroll")
	l.signer.Sign(req.Header, webhookID(e.SiteID, e.UserID, e.Seq, e.Tx), l.clock(), body)
	return req, nil
}

// retryAfter reads the header of that name, which has seconds or a date (RFC 9110, section 10.2.3). It returns 0 for
// any other text, and at most maxRetryAfter: a receiver that answers with a year by mistake is asked again today.
func retryAfter(text string, now time.Time) time.Duration {
	// A date in the past is 0, as an absent header is: the usual pause holds then.
	var after time.Duration
	if seconds, err := strconv.ParseUint(strings.TrimSpace(text), 10, 31); err == nil {
		after = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		after = at.Sub(now)
	}
	return min(max(after, 0), maxRetryAfter) // check: event-retry-after
}
