package enrolladmin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
)

// Config says which service a [Client] speaks to. URL and Key must be set.
type Config struct {
	// URL is the address of the admin API, such as https://enroll-admin.example.com. The listener of the service
	// itself has no TLS: over http, everyone on the way can read the key.
	URL string
	// Key is a service key, as `enroll key create` prints it. Each request has it.
	Key string
	// Language is the language of Msg, as in Accept-Language. Empty: the service's own.
	Language string
	// HTTP sends the requests. nil: http.DefaultClient, which waits for ever
	// unless the context ends. The client is copied, and its CheckRedirect is not used:
	// redirects are not followed, because a redirect would take the key to another host.
	HTTP *http.Client
}

// Client calls the operations. It is safe for concurrent use.
//
// Every method returns a [*Refusal] if the service refuses the request, with any HTTP
// status; an [*UnexpectedError] if the answer is not the service's, but a proxy's page
// for example; and another error if no complete answer came. After an UnexpectedError or
// another error, the request may have been carried out. Repeat a creation of a user under its
// IdempotencyKey. An act on a user can always be repeated.
//
// A parameter that is nil is not sent.
type Client struct{ raw *Raw }

// New returns a client. It fails when the URL or the key is missing, and sends nothing.
func New(c Config) (*Client, error) {
	switch {
	case c.URL == "":
		return nil, errors.New("enroll: the URL of the admin API is not set")
	case c.Key == "":
		return nil, errors.New("enroll: the service key is not set")
	}
	client := *cmp.Or(c.HTTP, http.DefaultClient)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	sign := func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+c.Key)
		if c.Language != "" && r.Header.Get("Accept-Language") == "" {
			r.Header.Set("Accept-Language", c.Language)
		}
		return nil
	}
	raw, err := NewClient(c.URL, WithHTTPClient(&client), WithRequestEditorFn(sign))
	if err != nil {
		return nil, fmt.Errorf("enroll: %w", err)
	}
	return &Client{raw}, nil
}

// generated: operations
