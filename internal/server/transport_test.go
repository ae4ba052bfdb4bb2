package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/enroll-project/enroll"
	"github.com/enroll-project/enroll/internal/server"
	"github.com/enroll-project/enroll/test/leak"
	"github.com/enroll-project/enroll/test/strict"
)

// outcome is one thing that the contract says an operation can do. reason is
// empty for success.
type outcome struct {
	operation string
	status    int
	reason    string
}

func (o outcome) String() string { return fmt.Sprintf("%s %d %s", o.operation, o.status, o.reason) }

// ledger checks answers against the contract and remembers the outcomes that it has seen.
// It is safe for concurrent use.
type ledger struct {
	doc *openapi3.T
	// always is the contract of the mode always-200.
	always *openapi3.T
	all    []outcome // every outcome of the contract, sorted
	mu     sync.Mutex
	got    map[outcome]bool
	shapes shapes // of the answers
}

func newLedger() *ledger {
	doc, err := strict.Read(enroll.Contract)
	if err != nil {
		panic(err)
	}
	always, err := strict.Read(enroll.ContractAlways200)
	if err != nil {
		panic(err)
	}
	return &ledger{doc: doc, always: always, all: promised(doc), got: map[outcome]bool{}, shapes: shapes{}}
}

// book is the ledger of this package's tests. Only answers of the real
// operations are entered.
var book = newLedger()

// blank is a ledger of the same contract that has seen nothing. Reading the contract takes a quarter of a
// second under the race detector.
func (l *ledger) blank() *ledger {
	return &ledger{doc: l.doc, always: l.always, all: l.all, got: map[outcome]bool{}, shapes: shapes{}}
}

// promised lists every outcome of a contract.
func promised(doc *openapi3.T) (all []outcome) {
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			all = append(all, outcome{op.OperationID, http.StatusOK, ""})
			for status, reasons := range op.Extensions["x-reasons"].(map[string]any) {
				n, err := strconv.Atoi(status)
				if err != nil {
					panic(err)
				}
				for _, reason := range reasons.([]any) {
					all = append(all, outcome{op.OperationID, n, reason.(string)})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b outcome) int { return strings.Compare(a.String(), b.String()) })
	return all
}

// enter notes an outcome and the shape of its answer.
func (l *ledger) enter(o outcome, answer any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got[o] = true
	l.shapes.note(o.place(), answer)
}

// audit compares the outcomes that were seen with those of the contract. An excused outcome need
// not be seen, and is an offence if it was seen.
func (l *ledger) audit(excused map[outcome]string) (offences []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.all
	for _, o := range all {
		switch _, pardoned := excused[o]; {
		case !l.got[o] && !pardoned:
			offences = append(offences, fmt.Sprintf("no test has seen: %v", o))
		case l.got[o] && pardoned:
			offences = append(offences, fmt.Sprintf("excused, and seen all the same: %v", o))
		}
	}
	for o := range excused {
		if !slices.Contains(all, o) {
			offences = append(offences, fmt.Sprintf("excused, and not of the contract: %v", o))
		}
	}
	slices.Sort(offences)
	return offences
}

// transport is an http.RoundTripper that checks every answer against the contract and reports each breach.
type transport struct {
	ledger   *ledger
	real     bool        // enter outcomes into the ledger
	rules    bool        // accepted requests keep the contract's bounds; fake handlers have no rules
	alwaysOK bool        // the server answers refusals with 200
	secrets  *leak.Watch // what must be in no refusal and no log
	report   func(format string, args ...any)
}

// confidential are the fields of requests and answers that must stay between client and service.
var confidential = []string{"password", "code", "captcha", "phone", "email", "token"}

// RoundTrip sends a request.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := t.overhear(req); err != nil {
		return nil, err
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	if env, err := readEnvelope(body); err == nil {
		t.secrets.AddFields(env.Data, confidential...)
		if env.Reason != "" { // a success may contain secrets of its own user
			if seen := t.secrets.Sightings(string(body)); seen != nil {
				t.report("%s %s: the refusal tells %q: %s", req.Method, req.URL.Path, seen, body)
			}
		}
	}
	if err := t.check(req, res, body); err != nil {
		t.report("%s %s: %d %s: %v", req.Method, req.URL.Path, res.StatusCode, body, err)
	}
	return res, nil
}

// overhear watches for the secrets of a request from now on.
func (t *transport) overhear(req *http.Request) error {
	t.secrets.AddToken(req.Header)
	for _, name := range confidential {
		t.secrets.Add(name, req.URL.Query().Get(name))
	}
	if req.GetBody == nil {
		return nil
	}
	reader, err := req.GetBody()
	if err != nil {
		return err
	}
	sent, err := io.ReadAll(reader)
	t.secrets.AddFields(sent, confidential...)
	return err
}

func (t *transport) check(req *http.Request, res *http.Response, body []byte) error {
	if err := common(res.Header, body); err != nil {
		return err
	}
	item := t.ledger.doc.Paths.Value(listed(req.URL.EscapedPath()))
	if item == nil || item.GetOperation(req.Method) == nil {
		return t.outside(req, res, body)
	}
	op := item.GetOperation(req.Method)
	env, err := readEnvelope(body)
	if err != nil {
		return err
	}
	status := res.StatusCode
	if t.alwaysOK && env.Code != 0 && status == http.StatusOK {
		status = server.StatusOf(env.Reason)
	}
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: req,
			Route:   &routers.Route{Spec: t.ledger.doc, Path: req.URL.Path, PathItem: item, Method: req.Method, Operation: op},
		},
		Status:  status,
		Header:  res.Header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	in.SetBodyBytes(body)
	if err := openapi3filter.ValidateResponse(context.Background(), in); err != nil {
		return err
	}
	if t.alwaysOK {
		in.Status = res.StatusCode
		in.RequestValidationInput.Route = t.ledger.alwaysRoute(req)
		if err := openapi3filter.ValidateResponse(context.Background(), in); err != nil {
			return fmt.Errorf("always-200: %w", err)
		}
	}
	// The filter reads a file as JSON; TestAvatarRefusals has the rules of uploads.
	if t.rules && env.Code == 0 && op.OperationID != "uploadAvatar" {
		if err := acceptable(req, item, op); err != nil {
			return fmt.Errorf("accepted, although the contract does not allow it: %w", err)
		}
	}
	o := outcome{op.OperationID, status, env.Reason}
	if !slices.Contains(t.ledger.all, o) {
		return fmt.Errorf("not in x-reasons: %v", o)
	}
	if t.real {
		var answer any
		if err := json.Unmarshal(body, &answer); err != nil {
			return err
		}
		t.ledger.enter(o, answer)
	}
	if op.OperationID != "getJwks" && env.RequestID != res.Header.Get("X-Request-Id") {
		return errors.New("request_id is not X-Request-Id")
	}
	return nil
}

// acceptable checks an accepted request against the bounds of the contract, including those that
// the service checks in its rules (x-read-up-to). What is null or empty is not given.
func acceptable(req *http.Request, item *openapi3.PathItem, op *openapi3.Operation) error {
	for _, p := range slices.Concat(item.Parameters, op.Parameters) {
		sent := req.Header.Get(p.Value.Name)
		if p.Value.In == openapi3.ParameterInQuery {
			sent = req.URL.Query().Get(p.Value.Name)
		}
		if schema := p.Value.Schema.Value; sent != "" && schema.Type.Is(openapi3.TypeString) {
			if err := schema.VisitJSON(sent); err != nil {
				return fmt.Errorf("%s: %w", p.Value.Name, err)
			}
		}
	}
	if op.RequestBody == nil || req.GetBody == nil {
		return nil
	}
	reader, err := req.GetBody()
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(reader)
	if err != nil {
		return err
	}
	var body any
	if err := json.Unmarshal(bytes.TrimPrefix(raw, []byte("\ufeff")), &body); err != nil {
		return err
	}
	return op.RequestBody.Value.Content["application/json"].Schema.Value.VisitJSON(body)
}

// listed returns the path of the contract that a request's path matches.
func listed(path string) string {
	const sessions = "/api/user/sessions/"
	if id, ok := strings.CutPrefix(path, sessions); ok && id != "" && !strings.Contains(id, "/") {
		return sessions + "{id}"
	}
	return path
}

// alwaysRoute is the operation of a request in the contract of the mode always-200.
func (l *ledger) alwaysRoute(req *http.Request) *routers.Route {
	item := l.always.Paths.Value(listed(req.URL.EscapedPath()))
	return &routers.Route{
		Spec: l.always, Path: req.URL.Path, PathItem: item, Method: req.Method, Operation: item.GetOperation(req.Method),
	}
}

// outside checks the answer to a request that the contract does not list: it is an
// envelope, unless it is a document.
func (t *transport) outside(req *http.Request, res *http.Response, body []byte) error {
	if req.Method == http.MethodHead || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") ||
		strings.HasPrefix(req.URL.Path, "/openapi") && res.StatusCode == http.StatusOK {
		return nil
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return err
	}
	if err := t.ledger.doc.Components.Schemas["RefusalEnvelope"].Value.VisitJSON(value); err != nil {
		return err
	}
	env, err := readEnvelope(body)
	if err != nil {
		return err
	}
	if status := server.StatusOf(env.Reason); status != res.StatusCode &&
		(!t.alwaysOK || res.StatusCode != http.StatusOK) {
		return fmt.Errorf("%s is no reason for status %d", env.Reason, res.StatusCode)
	}
	return nil
}

// common checks what holds for every answer.
func common(h http.Header, body []byte) error {
	switch {
	case h.Get("X-Request-Id") == "":
		return errors.New("no X-Request-Id")
	case h.Get("X-Content-Type-Options") != "nosniff":
		return errors.New("no X-Content-Type-Options: nosniff")
	case h.Get("Server") != "":
		return errors.New("a Server header")
	case len(body) > 0 && !strings.Contains(h.Get("Content-Type"), "charset=utf-8") &&
		!strings.HasPrefix(h.Get("Content-Type"), "image/"):
		return fmt.Errorf("the body has no charset: %q", h.Get("Content-Type"))
	}
	return nil
}

// envelope has the members of every answer below /api/. Data is left as it came.
type envelope struct {
	Code      int             `json:"code"`
	Msg       string          `json:"msg"`
	Reason    string          `json:"reason"`
	Data      json.RawMessage `json:"data"`
	RequestID string          `json:"request_id"`
	Errors    []fieldError    `json:"errors"`
}

// fieldError is what is wrong with one field.
type fieldError struct{ Field, Reason, Msg string }

func readEnvelope(body []byte) (env envelope, err error) {
	return env, json.Unmarshal(body, &env)
}
