// Package admin serves openapi-admin.yaml over HTTP, for programs of an operator. It has a listener of its own. It
// has no rules about users: it checks keys, validates requests, calls package operator, and writes
// answers.
//
// # A request
//
// The middleware that [New] lists comes first. begin makes the call, authorize checks the key and its scope, and
// validate checks the request by the contract. So a sender without a key learns only which paths and methods
// exist, and not whether its request is well-formed. A handler then translates between the generated types and those of
// package operator. An act carries the name of its key and the network of its client to the audit log.
//
// # Answers
//
// Answers are envelopes, as those of package server. The exception is the answer to an introspection, which has
// the form of RFC 7662. A refusal repeats no value that the request sent, but it may name an unknown field or
// parameter. A reason that the contract does not list for an operation is answered as internal and logged.
//
// # Keys and sites
//
// A key may be for one site. Then that site is the default of a request, and a request that names another site
// is refused. The id of a user of another site is answered like an unknown id, so that a client cannot find out
// which ids other sites have. An operation on all sites, such as the reset of an address, is refused for such
// a key.
//
// # Dry runs
//
// Each operation that changes something takes dry_run. Package operator then runs the same statements and rolls them
// back, so that the answer is that of the act. The parameter stands in the query: an earlier version of the service
// refuses a parameter that it does not know, but would ignore a header, and do the act.
//
// # Files
//
// call.go has the facts about a request and the middleware, refuse.go writes refusals, message.go loads their
// texts, person.go translates profiles, and handlers.go has the operations; those that create and change users
// are in enter.go, those on groups in groups.go, those on invitations in invitations.go, and the lists of events in
// events.go.
//
// # What is not here
//
// Requests have no rate limit: the listener is private, and a key cannot be guessed. This listener and that of
// package server have no operation in common.
//
// The invariants that comments cite, such as I8, are those of package account.
package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll"
	gen "github.com/enroll-project/enroll/gen/admin"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/contract"
	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/message"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/servicekey"
	"github.com/enroll-project/enroll/internal/token"
	"github.com/enroll-project/enroll/internal/wire"
)

// timeout bounds a request, from its headers to its answer. Counts of ten million users take seconds, and the
// creation of a user may wait seconds for a password hasher. Other requests take milliseconds.
const timeout = 20 * time.Second

// ErrUnavailable is an error of Config.Live: the database cannot be reached, and the same request may succeed later.
var ErrUnavailable = errors.New("admin: unavailable")

// Config holds the parts of the handler that [New] returns. All fields but Proxies and Locale are required.
type Config struct {
	Operators *operator.Service
	Keys      *servicekey.Service
	// Audit is read here. Entries are written by Operators.
	Audit *audit.Log
	// Events is read here. Triggers of the database write it.
	Events *event.Log
	// Tokens verifies the tokens that are introspected.
	Tokens *token.Signer
	// Live reports whether the session of a token is live and its user active, and the user's name. Its errors are those
	// of the database, or [ErrUnavailable] if the database cannot be reached.
	Live func(ctx context.Context, claims token.Claims) (userName string, live bool, err error)
	// Locale is the deployment's own language (BCP 47), zh-CN if empty. It decides which of the two languages of this API
	// a request gets whose Accept-Language matches neither: zh-CN for Chinese, en for any other.
	Locale string
	// Proxies are the proxies whose X-Forwarded-For is trusted.
	Proxies limit.Proxies
	// Logger gets one line for each request.
	Logger *slog.Logger
	// Now is the clock by which durations are measured. It has no other use.
	Now func() time.Time
	// Rand is the source of request ids and of the codes of invitations.
	Rand io.Reader
}

// service has what all requests share. It does not change after New.
type service struct {
	config   Config
	contract *contract.Contract
	// languages is prepared by New, so that New and not a request fails if a message has a mistake.
	languages *message.Languages
}

// New returns the handler of all operations of the contract. It returns an error if the configuration is
// incomplete, if the contract has a rule that package contract cannot enforce, or if the messages cannot be
// loaded. An operation without a scope is not an error here: [scopes] says what happens.
func New(cfg Config) (http.Handler, error) {
	if cfg.Operators == nil || cfg.Keys == nil || cfg.Audit == nil || cfg.Events == nil || cfg.Tokens == nil ||
		cfg.Live == nil || cfg.Logger == nil || cfg.Now == nil || cfg.Rand == nil {
		return nil, errors.New("admin: a dependency is missing")
	}
	spec, err := contract.Load(enroll.AdminContract, contract.Leniency{})
	if err != nil {
		return nil, fmt.Errorf("admin: contract: %w", err)
	}
	texts, err := loadMessages(cfg.Locale)
	if err != nil {
		return nil, err
	}
	s := &service{cfg, spec, texts}
	// echo routes, and the generated code binds and encodes; neither of echo's own binders is used.
	e := echo.New()
	e.HTTPErrorHandler = s.refuse
	// The first one is the outermost. Rescue is inside of observe, so that observe also logs a panic.
	e.Use(s.begin, s.observe, wire.Rescue, s.route, s.authorize, s.validate)
	gen.RegisterHandlers(e, gen.NewStrictHandler(&handlers{cfg}, nil))
	return e, nil
}

// scopes has the scope that each operation needs. An operation that is not here is refused for every key. The scopes
// are here and not in the contract, since OpenAPI 3.0 has no scopes for keys in a header. The contract's descriptions
// name them, and TestOperations tries each.
var scopes = map[string]servicekey.Scope{
	"listUsers":        servicekey.UsersRead,
	"getUser":          servicekey.UsersRead,
	"getCounts":        servicekey.UsersRead,
	"listGroups":       servicekey.UsersRead,
	"createGroup":      servicekey.UsersWrite,
	"updateGroup":      servicekey.UsersWrite,
	"deleteGroup":      servicekey.UsersWrite,
	"listInvitations":  servicekey.UsersRead,
	"createInvitation": servicekey.UsersWrite,
	"revokeInvitation": servicekey.UsersWrite,
	"createUser":       servicekey.UsersWrite,
	"updateUser":       servicekey.UsersWrite,
	"disableUser":      servicekey.UsersWrite,
	"enableUser":       servicekey.UsersWrite,
	"approveUser":      servicekey.UsersWrite,
	"endUserSessions":  servicekey.UsersWrite,
	"deleteUser":       servicekey.UsersWrite,
	"setUserGroup":     servicekey.UsersWrite,
	"sendUserCode":     servicekey.UsersWrite,
	"resetCodes":       servicekey.UsersWrite,
	"introspectToken":  servicekey.TokensIntrospect,
	"listAuditEntries": servicekey.AuditRead,
	"listEvents":       servicekey.EventsRead,

	"listSetAsideEvents": servicekey.EventsRead,
	"replayEvents":       servicekey.EventsWrite,
}
