// Package receipt receives delivery receipts: what the providers of SMS say later about messages that they have taken.
//
// Each sender has a path of its own, /api/receipts/ and its name, and a provider that verifies requests as this
// sender's documentation says. A request that fails the verification changes nothing but a metric. The others are
// counted by package smscount, each message once, and in the metric enroll_sms_receipts_total. Phones are read for
// their country, and are neither stored nor logged.
//
// # What is trusted
//
// Twilio signs the URL and all fields, without a time. Vonage signs a token that has the hash of the body and a time.
// The operator's own service signs as Standard Webhooks defines it, with a time. The providers of China sign nothing:
// their path ends with a secret, which each reader of the URL knows. Each provider can say anything about any
// message, also about one that Enroll did not send. So a receipt changes counts, and no account and no code.
//
// A recorded request that is sent again is a repetition: the id of its message is stored for smscount.KeepReceipts
// days, which is longer than a signature with a time is accepted. A recorded request of Twilio, or of a provider with a
// secret in its path, counts once more after these days.
//
// # A request
//
// It has five seconds and a body of 256 KiB at most. The rate of its client's network is counted first, then the body
// is read and verified, and only then parsed. Receipts are stored before the answer, in one statement: a provider that
// gets no answer repeats its request, and the repetition is not counted. If the database is away, the answer is 503.
//
// A refusal has a reason for the operator who sets a provider up. It does not say which part of a signature is wrong.
//
// # Files
//
// receipt.go has what all senders share. twilio.go, vonage.go and webhook.go have the providers that sign, keyed.go
// those with a secret in their path.
package receipt

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/network"
	"github.com/enroll-project/enroll/internal/smscount"
)

// Path is the beginning of the path of each sender, which ends with its name.
const Path = "/api/receipts/"

// Bounds of a request.
const (
	timeout = 5 * time.Second
	maxBody = 256 << 10
	// maxID is the length of an id of a message. Those of providers have 50 characters at most.
	maxID = 200
	// maxWords is how many unknown words are logged by one process.
	maxWords = 100
)

// Config holds the parts of the handler that [New] returns. All fields but Proxies must be set.
type Config struct {
	// Senders are the providers by the names of ENROLL_SMS, made by [Twilio] and its like.
	Senders map[string]Provider
	// Secret is the key material of the deployment, from which the key of the stored ids is derived.
	Secret []byte
	// Counter counts the receipts.
	Counter *smscount.Counter
	// Limiter bounds the requests of a network, also those that are refused.
	Limiter *limit.Limiter
	// Proxies are the proxies whose X-Forwarded-For is trusted.
	Proxies limit.Proxies
	// Metrics gets the counts.
	Metrics prometheus.Registerer
	// Logger gets a line for each receipt that is counted and for each request that is refused.
	Logger *slog.Logger
}

// Provider verifies and reads the requests of one sender. It is safe for concurrent use.
type Provider interface {
	// verify returns nil only for a request that the provider has made, and else a refusal.
	verify(r *http.Request, body []byte) error
	// read returns the reports of a body that verify has accepted. A report without an ID is one that cannot be read.
	// An error says that the body is not in the provider's form.
	read(body []byte) ([]report, error)
	// keyed says whether the path ends with a key, because the provider signs nothing.
	keyed() bool
	// answer is the body of the answer by which the provider knows that it need not repeat the request.
	answer() string
}

// report is what a request says about one message.
type report struct {
	id string // the provider's own; empty if the report has none
	// phone is in E.164, or as near to it as the report has it. A phone that cannot be parsed is of no known country.
	phone    string
	delivery smscount.Delivery // empty for a state before the last one
	word     string            // the provider's word or code for the state, for the log
}

// Refusals, by the reason of their answer.
const (
	errUnsigned    refusal = "signature_missing"
	errSignature   refusal = "signature_invalid"
	errOld         refusal = "signature_expired"
	errBody        refusal = "body_invalid"
	errTooLarge    refusal = "body_too_large"
	errRate        refusal = "rate_limited"
	errUnavailable refusal = "unavailable"
)

// refusal is the reason of a request that changes nothing.
type refusal string

// Error names the reason, and nothing of the request.
func (r refusal) Error() string { return "receipt: " + string(r) }

// status returns the HTTP status of a refusal.
func (r refusal) status() int {
	switch r {
	case errUnsigned:
		return http.StatusUnauthorized
	case errSignature, errOld:
		return http.StatusForbidden
	case errTooLarge:
		return http.StatusRequestEntityTooLarge
	case errRate:
		return http.StatusTooManyRequests
	case errUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

// handler serves the paths of all senders. It is safe for concurrent use.
type handler struct {
	config   Config
	key      []byte
	received *prometheus.CounterVec // by sender, country and result
	refused  *prometheus.CounterVec // by sender and reason
	mu       sync.Mutex
	words    map[string]bool // the unknown words that were logged
}

// New returns the handler of the paths of all senders. It returns an error if a part is missing, if the secret is too
// short, or if Metrics has metrics of the same names. The handler needs a server that bounds the time of a slow client.
func New(cfg Config) (http.Handler, error) {
	if len(cfg.Senders) == 0 || cfg.Counter == nil || cfg.Limiter == nil || cfg.Metrics == nil || cfg.Logger == nil {
		return nil, errors.New("receipt: a dependency is missing")
	}
	if len(cfg.Secret) < sha256.Size {
		return nil, errors.New("receipt: the secret has less than 32 bytes")
	}
	h := &handler{config: cfg, words: map[string]bool{}}
	var err error
	if h.key, err = hkdf.Key(sha256.New, cfg.Secret, nil, "enroll receipt id v1", sha256.Size); err != nil {
		return nil, fmt.Errorf("receipt: derive key: %w", err)
	}
	h.received = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "enroll_sms_receipts_total",
		Help: "Messages whose delivery receipt came, by sender, country and result: delivered, recipient_failed (because " +
			"of the phone, for good), failed (for another reason), unknown (the provider's word is not known).",
	}, []string{"sender", "country", "result"})
	h.refused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "enroll_sms_receipts_refused_total",
		Help: "Requests with delivery receipts that were refused and changed nothing, by sender and reason.",
	}, []string{"sender", "reason"})
	for name := range cfg.Senders {
		h.refused.WithLabelValues(name, string(errSignature)).Add(0) // an alert needs a series that exists
	}
	if err := errors.Join(cfg.Metrics.Register(h.received), cfg.Metrics.Register(h.refused)); err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	// The paths are fixed at the start. A path that is not among them is answered with 404, another method with 405.
	mux := http.NewServeMux()
	for name, p := range cfg.Senders {
		// The key of a path is of any length up to that of a request line, and is compared like a signature.
		path := "POST " + Path + name
		mux.HandleFunc(path, h.serve(name, p))
		if p.keyed() {
			mux.HandleFunc(path+"/{key}", h.serve(name, p))
		}
	}
	return mux, nil
}

// serve returns the handler of one sender. Its answers have no data, so a cache or a browser gets nothing from them.
func (h *handler) serve(sender string, p Provider) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		// The bound is below that of a provider, which repeats a request without an answer within ten seconds or so.
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		// A provider's own addresses change, so requests are not filtered by address.
		client := h.config.Proxies.Client(r.RemoteAddr, r.Header)
		ok, wait := h.config.Limiter.Allow(client)
		if !ok { // check: receipt-rate
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			h.refuse(ctx, w, sender, "", errRate)
			return
		}
		if err := h.take(ctx, w, r, sender, p); err != nil {
			h.refuse(ctx, w, sender, network.OriginOf(client).Network, err)
			return
		}
		// Any answer with 200 is a success for the other providers.
		if p.answer() != "" {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			_, _ = io.WriteString(w, p.answer())
		}
	}
}

// take verifies, reads and stores the receipts of a request. Its error is a refusal. If it is nil, all receipts that
// can be read are stored, now or by an earlier request.
func (h *handler) take(ctx context.Context, w http.ResponseWriter, r *http.Request, sender string, p Provider) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody)) // check: receipt-body
	// MaxBytesReader also closes the connection, so that the rest of a body is not read.
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return errTooLarge
	case err != nil: // the client is gone, or too slow
		return errBody
	}
	if err := p.verify(r, body); err != nil { // check: receipt-verified
		return err
	}
	// From here on the body is the provider's. It is still read as text of an unknown sender, because a provider passes
	// on what carriers have sent to it.
	reports, err := p.read(body)
	if err != nil {
		return errBody
	}
	receipts, unread := h.receipts(sender, reports)
	if unread > 0 {
		// A refusal would have the provider repeat the whole request, which would fail in the same way.
		h.refused.WithLabelValues(sender, string(errBody)).Add(float64(unread))
		h.config.Logger.WarnContext(ctx, "sms receipts cannot be read", "sender", sender, "count", unread)
	}
	// Most requests of Twilio and Vonage are about states before the last one.
	if len(receipts) == 0 {
		return nil
	}
	added, err := h.config.Counter.AddReceipts(ctx, receipts)
	if err != nil {
		// The errors of the driver quote no parameter, and the parameters are no phones.
		h.config.Logger.ErrorContext(ctx, "sms receipts could not be stored; their provider repeats them", "sender", sender,
			"err", err)
		return errUnavailable
	}
	// Metrics are counted after the database has stored the receipts, so that a repetition never counts.
	for _, one := range added {
		h.received.WithLabelValues(sender, one.Country, string(one.Delivery)).Inc()
		h.config.Logger.InfoContext(ctx, "sms receipt", "sender", sender, "country", one.Country,
			"result", string(one.Delivery))
	}
	return nil
}

// receipts returns the last words among the reports, and how many reports cannot be read. A state before the last,
// such as "queued", is left out: a message that stays in it has no receipt.
func (h *handler) receipts(sender string, reports []report) (all []smscount.Receipt, unread int) {
	for _, one := range reports {
		switch {
		case one.id == "" || len(one.id) > maxID:
			unread++
			continue
		case one.delivery == "":
			continue
		}
		// The delivery of a known word may follow an unknown one, and must not be taken for its repetition.
		kind := "known"
		if one.delivery == smscount.Unknown {
			kind = "unknown"
			h.logWord(sender, one.word)
		}
		all = append(all, smscount.Receipt{
			ID: h.id(sender, kind, one.id), Country: code.CountryOf(one.phone), Sender: sender, Delivery: one.delivery,
		})
	}
	return all, unread
}

// id returns 128 bits of a keyed hash, from which a thief of the table cannot compute the ids of messages. By these ids
// the provider's staff finds phones. Only the last part can have a blank, so two messages have two inputs.
func (h *handler) id(sender, kind, id string) []byte {
	mac := hmac.New(sha256.New, h.key)
	_, _ = io.WriteString(mac, sender+" "+kind+" "+id)
	return mac.Sum(nil)[:16]
}

// logWord logs a word that is not known, once in the life of the process. A signed request may have any text as its
// word, such as a phone, so a text in another form than that of a word is not quoted.
func (h *handler) logWord(sender, word string) {
	if len(word) > 40 || strings.ContainsFunc(word, notInWord) || !strings.ContainsFunc(word, isLetter) {
		word = "?"
	}
	// The bound is for a provider with words of many forms, each of which would be a line and stay in memory.
	h.mu.Lock()
	defer h.mu.Unlock()
	if at := sender + " " + word; !h.words[at] && len(h.words) < maxWords { // check: receipt-words
		h.words[at] = true
		h.config.Logger.Warn("a provider of SMS sends a status that is not known (docs/sms.md#receipts)", "sender", sender,
			"word", word)
	}
}

// notInWord reports whether a character is in none of the documented words. Digits are not either, so that no phone is
// in a word.
func notInWord(r rune) bool { return !isLetter(r) && r != '_' && r != '-' }

// isLetter reports whether a character is an ASCII letter.
func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

// refuse answers a request that changed nothing. A network is logged unless the request exceeds a rate: a flood must
// not fill the log. The level is below WARN, because clients must not be able to trigger alerts.
func (h *handler) refuse(ctx context.Context, w http.ResponseWriter, sender, from string, err error) {
	var reason refusal
	if !errors.As(err, &reason) {
		reason = errSignature
	}
	// The labels are bounded: senders that are set, and the reasons above.
	h.refused.WithLabelValues(sender, string(reason)).Inc()
	if reason != errRate {
		h.config.Logger.InfoContext(ctx, "sms receipt refused", "sender", sender, "reason", string(reason), "network", from)
	}
	// A provider reads the status only. The reason is for a person who tries a request by hand.
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(reason.status())
	_, _ = io.WriteString(w, `{"reason":"`+string(reason)+`"}`)
}
