// Package awsrole gets the short-lived keys of a role of AWS, with which requests to AWS are signed. A deployment on
// AWS then has no access key that could leak.
//
// The keys come from one place, which the settings name: [WebIdentity] exchanges a token of the cluster (EKS),
// [Container] asks the agent of the container (ECS, EKS Pod Identity), and [Instance] asks the metadata service of the
// virtual machine (EC2). [Keys] keeps them and gets new ones in time. There is no chain of places as in AWS's SDKs: a
// process with a mistake in its settings would use another role than the operator believes.
//
// The providers of AWS's SDK were not used. They add the client of STS with eight modules, repeat requests beyond the
// time that a person waits, and use the proxies of the environment.
package awsrole

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/enroll-project/enroll/internal/outbound"
)

const (
	// fetchTimeout bounds one attempt to get keys. A message waits for it only if no keys are valid.
	fetchTimeout = 5 * time.Second
	// early is how long before their end keys are replaced. AWS has new ones five minutes before the end of the old.
	early = 5 * time.Minute
	// retryAfter is the pause after a failed attempt while the old keys are valid.
	retryAfter = 30 * time.Second
	// margin is how long keys must stay valid to be used: a request takes time, and clocks differ.
	margin = 10 * time.Second
	// maxAnswer is how much of an answer is read, in bytes (OWASP API10). A session token has a few KiB.
	maxAnswer = 64 << 10
)

// Source gets keys once. Its errors hold no key and no token. It is safe for concurrent use.
type Source interface {
	check() error
	fetch(ctx context.Context, client *http.Client) (aws.Credentials, error)
}

// Config configures [New].
type Config struct {
	// Source is one of [WebIdentity], [Container] and [Instance].
	Source Source
	// Log gets a warning for each failed attempt.
	Log *slog.Logger
	// RootCAs are the accepted certificate authorities, the system's if nil.
	RootCAs *x509.CertPool
	// Now is the clock, time.Now if nil.
	Now func() time.Time
}

// Keys are the keys of a role, as an aws.CredentialsProvider. It is safe for concurrent use. At most one attempt to get
// keys runs at a time.
type Keys struct {
	config Config
	client *http.Client
	ctx    context.Context // of attempts, ended by Close
	cancel context.CancelFunc

	mu      sync.Mutex
	current aws.Credentials // the zero value before the first success
	next    time.Time       // when to get new ones
	running chan struct{}   // closed at the end of the attempt that runs, nil if none does
}

// ErrNoKeys reports that no valid keys could be got. The log has the cause.
var ErrNoKeys = errors.New("awsrole: no keys of the AWS role")

// New returns Keys, or an error if the source lacks something. It makes no connection: an outage of AWS does not keep
// the service from starting.
func New(cfg Config) (*Keys, error) {
	if cfg.Source == nil || cfg.Log == nil {
		return nil, errors.New("awsrole: a dependency is missing")
	}
	if err := cfg.Source.check(); err != nil {
		return nil, fmt.Errorf("awsrole: %w", err)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Keys{
		config: cfg, ctx: ctx, cancel: cancel,
		client: outbound.Client(cfg.RootCAs, outbound.Bounds{Open: 2 * time.Second, Idle: 30 * time.Second}),
	}, nil
}

// Retrieve returns keys that are valid now. Keys that end soon are replaced in the background, so a caller waits only
// if there are none: at most until the attempt or ctx ends. If new keys cannot be got, the old ones are returned until
// their end. The error is ErrNoKeys, or that of ctx.
func (k *Keys) Retrieve(ctx context.Context) (aws.Credentials, error) {
	k.mu.Lock()
	now, keys := k.config.Now(), k.current
	valid := k.valid(now)
	// The attempt does not end with the caller that caused it: others may wait for it, and the next message needs the
	// keys as well.
	if k.running == nil && (!valid || !now.Before(k.next)) { // check: role-one-attempt
		k.running = make(chan struct{})
		go k.renew(k.running)
	}
	running := k.running
	k.mu.Unlock()
	if valid { // check: role-old-keys
		return keys, nil
	}
	// running is not nil here: either an attempt was running, or one was started above.
	select {
	case <-running:
	case <-ctx.Done():
		return aws.Credentials{}, ctx.Err()
	}
	// The attempt may have failed. Its error is in the log and not here: callers log what they return, and a flood of
	// messages would repeat the same line.
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.valid(k.config.Now()) {
		return aws.Credentials{}, ErrNoKeys
	}
	return k.current, nil
}

// valid reports whether the current keys can be used.
func (k *Keys) valid(now time.Time) bool {
	return k.current.HasKeys() && now.Add(margin).Before(k.current.Expires) // check: role-expired
}

// renew makes one attempt to get keys, and closes done.
func (k *Keys) renew(done chan struct{}) {
	ctx, cancel := context.WithTimeout(k.ctx, fetchTimeout)
	defer cancel()
	// The lock is not held during the call, so callers with valid keys go on.
	keys, err := k.config.Source.fetch(ctx, k.client)
	k.mu.Lock()
	defer k.mu.Unlock()
	defer close(done)
	k.running = nil
	// An agent with a wrong clock, or one that is stuck, may answer with keys that cannot be used any more.
	now := k.config.Now()
	if left := keys.Expires.Sub(now); err == nil && left <= margin {
		err = errors.New("the keys have ended already")
	}
	if err != nil {
		// The pause counts while the old keys are valid. Without valid keys each message may start an attempt, one at a
		// time, because a person waits for it.
		k.next = now.Add(retryAfter)
		// An attempt that Close has ended is no failure.
		if k.ctx.Err() == nil {
			k.config.Log.Warn("the keys of the AWS role could not be renewed", "cause", err.Error(),
				"valid", k.valid(now), "ends", k.current.Expires)
		}
		return
	}
	// The pause after a failure does not count here: these keys have their own time.
	// The replicas of a deployment have started at different times, so they do not all ask at once.
	//
	// Keys of a short life are replaced in the middle of it.
	left := keys.Expires.Sub(now)
	k.current, k.next = keys, now.Add(max(left-early, left/2))
}

// Close ends an attempt that runs and closes idle connections.
func (k *Keys) Close() {
	// A process that stops must not wait for AWS.
	k.cancel()
	k.mu.Lock()
	running := k.running
	k.mu.Unlock()
	if running != nil {
		<-running
	}
	k.client.CloseIdleConnections()
}

// call sends a request and returns the body of the answer, or an error if the status is not 200. Errors hold nothing of
// the request, whose headers and body may be secrets, nor of the answer.
func call(client *http.Client, req *http.Request, from string) ([]byte, error) {
	// The client follows no redirect and uses no proxy, so a token goes to the configured host only.
	req.Header.Set("User-Agent", "enroll")
	res, err := client.Do(req)
	// The error of the client is dropped, because it quotes the URL, which may hold a token.
	if err != nil {
		if ended := req.Context().Err(); ended != nil {
			return nil, fmt.Errorf("%s: %w", from, ended)
		}
		return nil, fmt.Errorf("%s cannot be reached", from)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer)) // check: role-answer
	if err != nil {
		return nil, fmt.Errorf("the answer of %s broke off", from)
	}
	if res.StatusCode != http.StatusOK {
		return body, &statusError{from, res.StatusCode}
	}
	return body, nil
}

// statusError is an answer with another status than 200.
type statusError struct {
	from   string
	status int
}

func (e *statusError) Error() string {
	return fmt.Sprintf("%s answered with status %d", e.from, e.status)
}
