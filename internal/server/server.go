// Package server speaks openapi.yaml over HTTP and decides nothing: what the
// contract does not allow never reaches the rules, and whatever happens is
// answered in the contract's words.
//
// A request passes the chain that [New] lays out, then a handler that copies
// words between the generated types and package account, and leaves as an
// envelope. Whoever refuses returns an error; one funnel (errors.go) turns
// every error into an answer, one line per request is logged, and an internal
// error is logged with its cause there and nowhere else.
//
// The contract rules at run time, too: a refusal that an operation does not
// list in its x-reasons leaves as internal, loudly, so that clients never meet
// an answer that the contract keeps from them.
package server

import (
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll"
	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/contract"
	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/token"
)

// server is what all requests share. Nothing in it changes after New but counts.
type server struct {
	contract  *contract.Contract
	languages *languages
	tokens    *token.Signer
	sites     map[int64]bool
	origins   origins
	alwaysOK  bool
	timeout   time.Duration
	limiter   *limit.Limiter // of operations
	documents *limit.Limiter // of all other paths
	proxies   limit.Proxies
	now       func() time.Time
	ids       ids
	log       *requestLog
	metrics   *metrics
}

// New returns the handler of everything that the contract promises, of the
// contract itself at /openapi.yaml and /openapi.json, of /docs/ and of the page at
// "/". It returns
// an error where the configuration is incomplete, or where openapi.yaml asks for
// what this package cannot enforce: better no start than a rule that is silently
// not applied.
func New(cfg Config) (http.Handler, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	return assemble(cfg, &handlers{
		accounts:    cfg.Accounts,
		tokens:      cfg.Tokens,
		formatPhone: cfg.FormatPhone,
		assetBase:   cfg.AssetBase,
	})
}

// assemble is New with the handlers given: tests put their own behind the chain.
func assemble(cfg Config, operations api.StrictServerInterface) (http.Handler, error) {
	openAPI, err := contract.Load(enroll.Contract)
	if err != nil {
		return nil, fmt.Errorf("server: contract: %w", err)
	}
	languages, err := newLanguages(cfg.Locale, variants(cfg.Accounts.Offers())...)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	metrics, err := newMetrics(cfg.Registry)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	documents, err := newDocuments(enroll.Contract, openAPI)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	s := &server{
		contract:  openAPI,
		languages: languages,
		tokens:    cfg.Tokens,
		sites:     make(map[int64]bool, len(cfg.Sites)),
		origins:   newOrigins(cfg.Origins),
		alwaysOK:  cfg.AlwaysOK,
		timeout:   cfg.Timeout,
		limiter:   cfg.Limiter,
		documents: cfg.DocumentLimiter,
		proxies:   cfg.Proxies,
		now:       cfg.Now,
		ids:       ids{cfg.Rand},
		log:       &requestLog{logger: cfg.Logger},
		metrics:   metrics,
	}
	for _, site := range cfg.Sites {
		s.sites[site] = true
	}
	if s.timeout == 0 {
		s.timeout = DefaultTimeout
	}
	e := echo.New()
	e.HTTPErrorHandler = s.refuse
	// The order, outermost first, and why:
	e.Use(
		s.begin,        // all others need the call: its id, its language, its deadline
		s.observe,      // sees every answer, so it stands before whoever can refuse
		s.rescue,       // a panic is an answer as well, so observe has to see it
		s.cors,         // scripts must be able to read refusals, those of the limit too
		s.limit,        // before anything of the request is read
		s.route,        // unlisted methods cost nothing more
		s.validate,     // what the contract does not allow reaches nobody
		s.authenticate, // needs the site, which validate has read
	)
	api.RegisterHandlers(router{e, openAPI}, api.NewStrictHandler(operations, nil))
	documents.mount(e)
	if cfg.Docs != nil {
		mountDocs(e, cfg.Docs)
	}
	if cfg.Page != nil {
		mountPage(e, cfg.Page)
	}
	return e, nil
}
