// Package remote has the use cases of operators by the admin API of a running service: those of packages operator,
// event and audit, with the same parameters, results and errors. The command line calls either.
//
// [Operators], [Events] and [Audit] have the methods of *operator.Service, *event.Log and *audit.Log that commands
// call. A method translates its parameters to one request of the Go SDK and the answer back. The service checks what
// its contract can check. A value is checked here only if the request would otherwise say something else, such as
// a quota of 0, which JSON leaves out.
//
// # Requests
//
// Each method but Create sends one request, so a command of this machine ends within the timeout of a request.
//
//	Get, List, Groups, Invitations               users:read
//	Create, Update, Approve, Disable, Enable     users:write
//	EndSessions, Delete, SetGroup, SendCode      users:write
//	ResetCodes                                   users:write, and a key of all sites
//	CreateGroup, UpdateGroup, DeleteGroup        users:write
//	CreateInvitation, RevokeInvitation           users:write
//	Events.List, Events.SetAside                 events:read
//	Events.Replay                                events:write
//	Audit.List                                   audit:read
//
// The scopes are those of the contract. They stand here a second time, because a refusal does not say which scope is
// missing, and a person has to know for which one to ask.
//
// A dry run is a request like the act, with dry_run in its query. A service of an earlier version refuses the
// parameter, so it never does the act in place of a dry run.
//
// # Sites and ids
//
// On the database, 0 is no site, and an id beyond the contract's bound is of nothing. In a request, 0 means "that
// of the key", and an id beyond the bound is malformed. So both are decided here, with the error that the database
// would give: a script that distinguishes an unknown user by the exit status need not know which way its command
// goes.
//
// # What differs
//
// The actor of an act is the service key, so the By of a parameter is not used. Times have whole seconds, as in the
// contract. A refusal about a value has the reason and the field, as in the database's way, but the contract may refuse
// the value before the rule does: then the reason is one of the contract, such as too_long.
//
// # Files
//
// remote.go has the client, the errors and the forms of parameters. users.go has the acts on users and codes, groups.go
// those on groups and invitations, events.go the events and the audit log, and person.go the fields of a profile.
//
// # Errors
//
// A refusal becomes the error of package operator, event or refusal that the same act returns on the database, so that
// commands have the same exit status. A refusal for want of a scope names the scope. Errors have neither the path nor
// the query of a request, which may have an identifier, nor the key.
package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"slices"
	"time"

	"github.com/enroll-project/enroll/gen/sdk/go-admin"
	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/outbound"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/servicekey"
)

// timeout bounds a request. The service ends its own work after 20 seconds; the rest is for the way.
const timeout = 30 * time.Second

// Config says which service a [Client] speaks to. URL and Key are required.
type Config struct {
	// URL is the address of the admin API: https, or http to this machine.
	URL string
	// Key is the service key.
	Key string
	// Roots are the certificate authorities, the system's if it is nil.
	Roots *x509.CertPool
	// Plain allows http to another machine. The key and personal data then cross the network in the clear.
	Plain bool
}

// Client sends the requests, over connections that it shares with no other client. It follows no redirect and uses no
// proxy of the environment, either of which could take the key to another host. It is safe for concurrent use.
type Client struct{ sdk *enrolladmin.Client }

// New returns a client. It sends nothing. Its error has neither the URL nor the key.
func New(c Config) (*Client, error) {
	err := outbound.CheckURL(c.URL) // check: remote-url
	// A path in front of the operations is allowed: a proxy may serve the API below one.
	// The rules are those of a URL that gets a signature. Only the one about http can be lifted.
	if at, parsed := url.Parse(c.URL); err != nil && c.Plain && parsed == nil && at.Scheme == "http" {
		at.Scheme = "https"
		err = outbound.CheckURL(at.String())
	}
	if err != nil {
		return nil, err
	}
	client := outbound.Client(c.Roots, outbound.Bounds{Open: timeout / 3, Idle: timeout})
	// The context of a command ends by an interrupt only. A service that accepts a connection and never answers would
	// otherwise hold a script for ever.
	client.Timeout = timeout
	// Messages for people are not shown: a command prints reasons, which the page on errors explains.
	sdk, err := enrolladmin.New(enrolladmin.Config{URL: c.URL, Key: c.Key, HTTP: client})
	if err != nil {
		return nil, err
	}
	return &Client{sdk}, nil
}

// The errors of a key, which no act on the database has.
var (
	ErrKey  = errors.New("the service key is wrong, expired or revoked")
	ErrSite = errors.New("the service key is for another site")
)

// errorOf returns the error of a request that needs a scope. It is nil if err is.
func errorOf(err error, scope servicekey.Scope) error {
	var no *enrolladmin.Refusal
	if errors.As(err, &no) {
		return refused(no, scope)
	}
	if err == nil {
		return nil
	}
	text := "no answer of the admin API"
	var strange *enrolladmin.UnexpectedError
	var sent *url.Error
	switch {
	case errors.As(err, &strange):
		text, err = fmt.Sprintf("the answer with status %d is not the admin API's", strange.Status), strange.Err
	// The error of net/http quotes the whole URL.
	case errors.As(err, &sent):
		err = sent.Err
	}
	if (scope == servicekey.UsersWrite || scope == servicekey.EventsWrite) && !unsent(err) {
		text += ", look before you repeat: the act may have been done"
	}
	return fmt.Errorf("%s: %w", text, err)
}

// unsent reports whether an error shows that no request was sent: there is no connection, or its other end is not the
// service.
func unsent(err error) bool {
	var dialed *net.OpError
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &dialed) && dialed.Op == "dial" || errors.As(err, &certificate)
}

// known has the errors of package operator and event by the reason and, if the reason alone does not say it, the field
// of a refusal.
var known = map[string]error{
	"user_unknown":             operator.ErrUserUnknown,
	"user_not_waiting":         operator.ErrNotWaiting,
	"not_recoverable":          operator.ErrUnrecoverable,
	"group_unknown":            operator.ErrGroupUnknown,
	"group_taken":              operator.ErrGroupTaken,
	"group_in_use":             operator.ErrGroupInUse,
	"invitation_unknown":       operator.ErrInvitationUnknown,
	"one_address":              operator.ErrInvitationBound,
	"address_invalid":          operator.ErrAddress,
	"cursor_invalid":           operator.ErrCursor,
	"text_invalid title":       operator.ErrGroupTitle,
	"text_invalid description": operator.ErrGroupAbout,
	"text_invalid note":        operator.ErrInvitationNote,
	"receiver_unknown":         event.ErrReceiverUnknown,
	"event_unknown webhook_id": event.ErrEventUnknown,
	"event_unknown after":      event.ErrAfterUnknown,
}

// refused returns the error of a refusal.
func refused(no *enrolladmin.Refusal, scope servicekey.Scope) error {
	switch no.Reason {
	// The service does not say which of the three, and nor does this error.
	case enrolladmin.ReasonKeyInvalid, enrolladmin.ReasonKeyMissing:
		return ErrKey
	case enrolladmin.ReasonSiteNotAllowed:
		return ErrSite
	case enrolladmin.ReasonScopeMissing:
		return fmt.Errorf("the service key lacks the scope %s", scope)
	case enrolladmin.ReasonNotFound:
		return errors.New("there is no admin API at this URL, or it is of an earlier version")
	// The id finds the cause, which only the log of the service has.
	case enrolladmin.ReasonInternal, enrolladmin.ReasonUnavailable:
		return fmt.Errorf("the service failed (%s); its log has the request %s", no.Reason, no.RequestID)
	}
	if err := known[string(no.Reason)]; err != nil {
		return err
	}
	// The texts are those of package refusal, so that a script finds the same "field: reason" on standard error. What
	// the contract refuses is listed by field in the same way.
	var all []error
	for _, field := range no.Errors {
		if err := known[string(no.Reason)+" "+field.Field]; err != nil {
			return err
		}
		all = append(all, &refusal.Error{Reason: refusal.Reason(field.Reason), Field: field.Field})
	}
	// A reason that no field has is about the request as a whole.
	whole := func(f enrolladmin.FieldError) bool { return f.Reason == no.Reason }
	if !slices.ContainsFunc(no.Errors, whole) {
		all = slices.Insert(all, 0, error(&refusal.Error{Reason: refusal.Reason(no.Reason), RetryAfter: no.RetryAfter}))
	}
	return errors.Join(all...)
}

// siteOf returns the parameter of a site that must be named. 0 would be the site of the key. The error is that of a
// site that the deployment does not serve.
func siteOf(site int64) (*int32, error) {
	if site < 1 || site > math.MaxInt32 {
		return nil, &refusal.Error{Reason: refusal.SiteUnknown, Field: "Site-Id"}
	}
	return new(int32(site)), nil
}

// anySite returns the parameter of a site, or nil for all sites.
func anySite(site int64) (*int32, error) {
	if site == 0 {
		return nil, nil
	}
	return siteOf(site)
}

// maxID is the largest id that the contract allows. A larger one names nothing.
const maxID = 1<<53 - 1

// named reports whether an id may name something. Commands refuse an id below 1 themselves.
func named(id int64) bool { return id >= 1 && id <= maxID }

// given returns the parameter of a value, or nil for the zero value, which selects all. It is for filters only: in a
// change, an empty value clears a field.
func given[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}

// pageOf returns the parameter of a page's size, by the rule of the lists on the database.
func pageOf(rows, most int32) *int32 {
	if rows <= 0 || rows > most {
		rows = most
	}
	return &rows
}

// fromOf returns the parameter of the beginning of a range, or nil if it is the zero time. Nothing was before 1970, so
// an earlier beginning selects all.
func fromOf(at time.Time) *int64 { return given(max(0, unixOf(at))) }

// untilOf returns the parameter of the end of a range, which the range excludes, or nil if it is the zero time. An end
// before 1970 selects nothing: the first second of 1970 is the least that the contract tells from "not given".
func untilOf(at time.Time) *int64 {
	if at.IsZero() {
		return nil
	}
	return new(max(1, at.Unix()))
}

// unixOf returns the seconds of a time, 0 for the zero time.
func unixOf(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.Unix()
}

// timeOf returns a time of an answer. It is in UTC, as the times that package operator returns, and has whole seconds,
// which are all that a command prints.
func timeOf(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// timeOrNil is timeOf for a time that is 0 for none.
func timeOrNil(seconds int64) *time.Time {
	if seconds == 0 {
		return nil
	}
	return new(timeOf(seconds))
}

// wait waits, and returns early if the context ends, so that an interrupt ends a command at once.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
