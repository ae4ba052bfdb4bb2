// Package server serves openapi.yaml over HTTP. It has no rules of accounts: it validates
// requests, calls package operation, and writes refusals.
//
// A request passes the middleware that assemble lists, and then an operation. Both refuse a request
// by returning an error. errors.go turns every error into an envelope. observe.go logs one line for
// each request; an internal error is logged there, with its cause, and nowhere else.
//
// A reason that the contract's x-reasons do not list for an operation is answered as
// internal and logged as an error. So clients never get an answer that the contract does
// not describe, and tests find the mistake.
//
// # Answers
//
// Every answer below /api/ but that to a preflight is an envelope. Its message is in the
// language of the request and must be true in this deployment (message.go). Its headers
// say how long to wait (retry.go), which token to use from now on (call.go), and which
// scripts may read it (cors.go). A refusal repeats no value of the request but its id.
//
// # Bounds
//
// A request has a deadline, which counts from its headers on (config.go). The requests of one
// client network have a rate limit (limit.go). The sizes of headers and bodies are bounded
// (packages listener and contract). A panic ends only its own request (package wire). So one client
// cannot take more than its share of a process, and no request waits without a limit.
//
// # Files
//
// call.go collects the facts about one request, auth.go checks its token, and validate.go applies
// the contract. identify.go refuses requests while stored keys of identifiers are of an older
// version. cookie.go has the cookies of clients of AnQiCMS. errors.go writes refusals, and
// observe.go the log and the metrics. route.go refuses methods, and upload.go reads uploads.
// document.go serves static files, and avatar.go avatars.
package server

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll"
	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/contract"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/message"
	"github.com/enroll-project/enroll/internal/operation"
	"github.com/enroll-project/enroll/internal/token"
	"github.com/enroll-project/enroll/internal/wire"
)

// server has what all requests share. After New only its counts change.
type server struct {
	contract  *contract.Contract
	languages *message.Languages
	tokens    *token.Signer
	holder    checkHolder
	keys      func(context.Context) error
	sites     map[int64]bool
	origins   origins
	alwaysOK  bool
	compat    bool
	timeout   time.Duration
	limiter   *limit.Limiter // of operations
	documents *limit.Limiter // of all other paths
	proxies   limit.Proxies
	now       func() time.Time
	ids       wire.IDs
	log       *requestLog
	metrics   *metrics
}

// New returns the handler of all operations of the contract, of the contract itself at
// /openapi.yaml and /openapi.json (in the mode always-200 also at /openapi-always-200.yaml), of
// /pow.js, of uploaded avatars, of /docs/ and of the page at "/". It returns an error if the
// configuration is incomplete, or if openapi.yaml has a rule that package contract cannot enforce:
// the service must not start and skip a rule.
func New(cfg Config) (http.Handler, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	openAPI, err := loadContract(cfg)
	if err != nil {
		return nil, fmt.Errorf("server: contract: %w", err)
	}
	languages, err := languagesOf(cfg)
	if err != nil {
		return nil, err
	}
	return assemble(cfg, openAPI, languages, cfg.Accounts.Holder, operations(cfg, languages))
}

// languagesOf returns the messages that are true in this deployment. The error names the package.
func languagesOf(cfg Config) (*message.Languages, error) {
	languages, err := newLanguages(cfg.Languages, variants(cfg.Accounts.Offers())...)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	return languages, nil
}

// loadContract reads the contract. It is embedded, so the binary cannot run with another one.
func loadContract(cfg Config) (*contract.Contract, error) {
	var leave contract.Leniency
	if cfg.Compat {
		leave = operation.Leniency(cfg.Accounts.Offers().Extra)
	}
	return contract.Load(enroll.Contract, leave)
}

// operations returns the handlers of the contract's operations.
func operations(cfg Config, languages *message.Languages) *operation.Handlers {
	return operation.New(operation.Config{
		Accounts: cfg.Accounts, Tokens: cfg.Tokens, Renew: cfg.Accounts.Renew, FormatPhone: cfg.FormatPhone,
		Recoverable: cfg.Accounts.Recoverable, AssetBase: cfg.AssetBase, Extra: cfg.Accounts.Offers().Extra,
		Languages: languages.Tags(),
	})
}

// checkHolder returns the user of a token that was verified, or a refusal.
type checkHolder func(ctx context.Context, claims token.Claims) (holder.Holder, error)

// assemble is New with the loaded contract, the check of sessions and the handlers as parameters, because tests
// use their own.
func assemble(
	cfg Config, openAPI *contract.Contract, languages *message.Languages, holder checkHolder,
	operations api.StrictServerInterface,
) (http.Handler, error) {
	metrics, err := newMetrics(cfg.Registry)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	var always200 []byte
	if cfg.AlwaysOK || cfg.Compat {
		always200 = enroll.ContractAlways200
	}
	documents := newDocuments(enroll.Contract, always200, openAPI)
	// Documents and messages are prepared here, so that a mistake in them stops the start instead of
	// failing requests.
	s := &server{
		contract:  openAPI,
		languages: languages,
		tokens:    cfg.Tokens,
		holder:    holder,
		keys:      cfg.Keys,
		sites:     make(map[int64]bool, len(cfg.Sites)),
		origins:   newOrigins(cfg.Origins),
		alwaysOK:  cfg.AlwaysOK || cfg.Compat,
		compat:    cfg.Compat,
		timeout:   cfg.Timeout,
		limiter:   cfg.Limiter,
		documents: cfg.DocumentLimiter,
		proxies:   cfg.Proxies,
		now:       cfg.Now,
		ids:       wire.IDs{Rand: cfg.Rand},
		log:       &requestLog{logger: cfg.Logger},
		metrics:   metrics,
	}
	// A map, because every request looks its site up.
	for _, site := range cfg.Sites {
		s.sites[site] = true
	}
	if s.timeout == 0 {
		s.timeout = DefaultTimeout
	}
	// The handler of strict requests (oapi-codegen) binds and encodes. It calls none of
	// echo's own binders, whose rules are more lenient than the contract's.
	e := echo.New()
	e.HTTPErrorHandler = s.refuse
	// The middleware, outermost first, and the reason of its place:
	e.Use(
		s.begin,        // all others need the call: its id, its language, its deadline
		s.observe,      // must see every answer, so it is before all that can refuse
		wire.Rescue,    // observe must see a panic as an error
		s.cors,         // scripts must be able to read refusals, those of limit too // check: cors-before-limit
		s.limit,        // before the body is read // check: limit-before-validation
		s.route,        // an unlisted method needs no validation // check: cors-after-limit
		s.identify,     // before the body is read: no body is right for an old key
		s.validate,     // handlers see only requests that the contract allows
		s.authenticate, // needs the site, which validate reads // check: limit-after-validation
		s.receive,      // only a client with an account gets more time for its upload // check: upload-after-token
	)
	api.RegisterHandlers(router{e, openAPI}, api.NewStrictHandler(operations, nil))
	// Not in the contract: their answers are not envelopes.
	documents.mount(e)
	mountAvatars(e, cfg.Accounts)
	if cfg.Docs != nil {
		mountDocs(e, cfg.Docs)
	}
	if cfg.Page != nil {
		mountPage(e, cfg.Page)
	}
	return e, nil
}
