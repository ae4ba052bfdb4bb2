package server_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/extra"
	"github.com/enroll-project/enroll/internal/hook"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/server"
	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/internal/terms"
	"github.com/enroll-project/enroll/internal/token"
	"github.com/enroll-project/enroll/test/captchatest"
	"github.com/enroll-project/enroll/test/pgtest"
)

// deployment is the whole service except the command: the real rules on a real database. Its client
// uses HTTP and the contract transport.
type deployment struct {
	*client
	pool    *pgxpool.Pool
	phones  *phones
	mails   *mails
	now     *moment
	tokens  *token.Signer
	hasher  *password.Hasher
	captcha bool   // whether every operation asks for one
	settle  func() // waits for what is sent after its answer
	confirm bool   // whether codes of mails are redeemed by confirmEmail
}

// options are what tests change of a deployment.
type options struct {
	pool        *pgxpool.Pool // a clean one if nil
	tokens      *token.Signer // of another replica, a new one if nil
	now         *moment       // of another replica, a new one if nil
	captcha     bool          // images, for each operation
	captchas    captcha.Kind  // for each operation: KindPoW or KindImagePoW; none if empty
	captchaRand io.Reader     // of images; the system's if nil
	mostBits    int           // of a proof of work at full load, from LeastBits; the defaults if 0
	noSMS       bool
	methods     []account.Method // all if empty
	signup      account.Signup   // open if empty
	minAge      int              // to register; 0 for any age
	terms       terms.Terms      // none if zero
	hook        *hook.Hook       // nil for none
	alwaysOK    bool
	compat      bool // the mode for clients of AnQiCMS, which implies alwaysOK
	format      identifier.PhoneStyle
	hasher      password.Config // cheap hashes if zero
	noMail      bool
	confirm     bool // redeem codes of mails by confirmEmail
	limits      account.Limits
	deleteAfter time.Duration
	extra       string // the schema of extra data
	limiter     *limit.Limiter
	proxies     limit.Proxies
	locale      string // the deployment's own, zh-CN if empty
	// emailDomains and emailDenied are entries of identifier.NewEmailRules.
	emailDomains, emailDenied []string
	denyDisposable            bool
	disposableExcept          []string // such entries, too
}

// languagesOf returns all languages, with own as the deployment's own.
func languagesOf(t testing.TB, own string) *locale.Set {
	t.Helper()
	set, err := locale.New(own)
	fatal(t, err)
	return set
}

// callsChina is a deployment whose phones of other countries get SMS only.
func callsChina(country string) bool { return country == "CN" }

func deploy(t testing.TB, o options) *deployment {
	t.Helper()
	d := &deployment{captcha: o.captcha, confirm: o.confirm, pool: o.pool, phones: &phones{}, mails: &mails{},
		now: &moment{at: time.Now().Truncate(time.Second)}}
	if o.now != nil {
		d.now = o.now
	}
	if d.pool == nil {
		d.pool = pgtest.New(t)
	}
	if o.hasher == (password.Config{}) {
		o.hasher = password.Config{Params: password.Params{Memory: 64, Passes: 1}, Queue: 1024, MaxWait: time.Minute}
	}
	policy, err := password.NewPolicy(password.PolicyConfig{})
	fatal(t, err)
	d.hasher, err = password.New(o.hasher)
	fatal(t, err)
	rules, err := identifier.NewPhoneRules("CN", []string{"CN", "DE"})
	fatal(t, err)
	if o.format == "" {
		o.format = identifier.PhoneNational
	}
	registry := prometheus.NewRegistry()
	if d.tokens = o.tokens; d.tokens == nil {
		d.tokens = server.NewSigner(t, d.now.Now)
	}
	accounts := account.Config{
		Pool: d.pool, Policy: policy, Hasher: d.hasher, Tokens: d.tokens, PhoneRegion: "CN", PhoneCountries: []string{"CN",
			"DE"},
		SMS: d.phones, Limits: o.limits, Secret: make([]byte, 32), TokenLife: 720 * time.Hour, LoginLife: 24 * time.Hour,
		SessionMax: 90 * 24 * time.Hour, DeleteAfter: o.deleteAfter, NameChangeAfter: 30 * 24 * time.Hour,
		GroupID: 2, Now: d.now.Now, Rand: rand.Reader, Metrics: registry, Calls: callsChina,
	}
	if o.noSMS {
		accounts.SMS, accounts.Calls = nil, nil
	}
	accounts.Methods, accounts.EmailDomains, accounts.EmailDenied = o.methods, o.emailDomains, o.emailDenied
	accounts.EmailDisposableDenied, accounts.EmailDisposableExcept = o.denyDisposable, o.disposableExcept
	accounts.Signup, accounts.MinAge, accounts.Hook = o.signup, o.minAge, o.hook
	accounts.Terms = o.terms
	if !o.noMail {
		accounts.Mail = d.mails
	}
	if o.captcha {
		accounts.CaptchaOn, accounts.CaptchaNetwork = account.Operations(), account.CaptchaNetwork{IPv4: 24, IPv6: 64}
		accounts.Captchas, err = captcha.NewImages(captcha.Config{Secret: make([]byte, 32), Now: d.now.Now,
			Rand: o.captchaRand, SoundBits: captcha.LeastBits})
		fatal(t, err)
	}
	work := captcha.WorkConfig{Config: captcha.Config{Secret: make([]byte, 32), Now: d.now.Now}}
	if o.mostBits != 0 || o.captchas == captcha.KindImagePoW {
		work.MinBits, work.MaxBits = captcha.LeastBits, max(o.mostBits, captcha.LeastBits)
	}
	if o.captchas == captcha.KindImagePoW {
		accounts.Captchas, err = captcha.NewImagesWithWork(work)
		fatal(t, err)
	}
	if o.captchas == captcha.KindPoW {
		accounts.CaptchaOn = account.Operations()
		accounts.Captchas, err = captcha.NewWork(work)
		fatal(t, err)
	}
	accounts.Extra = describe(t, o.extra)
	service, err := account.New(accounts)
	fatal(t, err)
	cfg, lines := server.FakeConfig(t), &journal{}
	cfg.Logger = slog.New(slog.NewJSONHandler(lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
	d.settle = service.Close
	cfg.Accounts, cfg.Tokens, cfg.Registry, cfg.Now = service, d.tokens, registry, d.now.Now
	cfg.Proxies, cfg.Timeout = o.proxies, time.Hour // however slow the machine is
	cfg.FormatPhone = func(e164 string) string { return rules.Format(e164, o.format) }
	cfg.Limiter, cfg.Languages = o.limiter, languagesOf(t, o.locale)
	cfg.AssetBase, cfg.AlwaysOK, cfg.Compat = "https://cdn.example.com/", o.alwaysOK, o.compat
	handler := server.Served(t, cfg)
	if d.client = newClient(t, handler); o.alwaysOK || o.compat {
		d.client = newFakeClientAlwaysOK(t, handler)
	}
	t.Cleanup(func() { d.searched(lines.String(), registry) })
	return d
}

// describe compiles a schema of extra data, nil for none.
func describe(t testing.TB, text string) *extra.Schema {
	t.Helper()
	if text == "" {
		return nil
	}
	schema, err := extra.Compile([]byte(text))
	fatal(t, err)
	return schema
}

// searched fails the test if the log or the metrics hold a secret that the test has used (S-06).
// TestMain searches PostgreSQL's log at the end.
func (d *deployment) searched(log string, registry *prometheus.Registry) {
	d.Helper()
	families, err := registry.Gather()
	fatal(d, err)
	var labels strings.Builder
	for _, family := range families {
		for _, m := range family.GetMetric() {
			for _, label := range m.GetLabel() {
				fmt.Fprintln(&labels, label.GetName(), label.GetValue())
			}
		}
	}
	for where, text := range map[string]string{"log": log, "metrics": labels.String()} {
		if seen := d.secrets.Sightings(text); seen != nil {
			d.Errorf("the %s has %q:\n%s", where, seen, text)
		}
	}
	used.Join(d.secrets)
}

// occupy takes all places of the hasher and of its queue until free is called.
func (d *deployment) occupy() (free func()) {
	d.Helper()
	var jobs []*password.Job
	for _, class := range []admission.Class{admission.ForRegistration, admission.ForLogin} {
		for {
			job, err := d.hasher.Admit(d.Context(), class)
			if errors.Is(err, admission.ErrBusy) {
				break
			}
			fatal(d, err)
			jobs = append(jobs, job)
		}
	}
	return func() {
		for _, job := range jobs {
			job.Cancel()
		}
	}
}

// exec changes the database directly, as an operator may.
func (d *deployment) exec(query string, args ...any) {
	d.Helper()
	_, err := d.pool.Exec(d.Context(), query, args...)
	fatal(d, err)
}

func (d *deployment) count(query string) (n int) {
	d.Helper()
	fatal(d, d.pool.QueryRow(d.Context(), "SELECT count(*) FROM "+query).Scan(&n))
	return n
}

// code asks for a code and reads it from the phone.
func (d *deployment) code(phone, purpose string) string {
	d.Helper()
	d.post("/api/verify/phone", body{"phone": phone, "purpose": purpose}).is(d, 200, "")
	return d.phones.last()
}

// solve gets a captcha and solves it as only a test can: by the secret.
func (d *deployment) solve() (id, answer string) {
	d.Helper()
	return d.solveFrom("/api/captcha")
}

// audio is the path of the sound of a captcha, with its proof of work.
func audio(id string) string {
	return "/api/captcha/audio?captcha_id=" + id + "&proof=" + captchatest.SoundProof(id, captcha.LeastBits)
}

// solveFrom is solve with a query and headers.
func (d *deployment) solveFrom(path string, headers ...string) (id, answer string) {
	d.Helper()
	var challenge struct {
		ID string `json:"captcha_id"`
	}
	d.get(path, headers...).into(d, &challenge)
	answer, err := captchatest.Answer(make([]byte, 32), challenge.ID)
	fatal(d, err)
	return challenge.ID, answer
}

// body is a request's JSON object.
type body map[string]any

// with is the body with one more member.
func (b body) with(name string, value any) body {
	c := body{name: value}
	for n, v := range b {
		if n != name {
			c[n] = v
		}
	}
	return c
}

// phones replaces the phone network, because real messages cost money.
type phones struct {
	mu     sync.Mutex
	codes  []string
	down   bool
	silent bool // takes the message and does not answer
	tell   func(to, purpose, code string)
}

func (p *phones) Send(_ context.Context, m sms.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.silent {
		return errSilent{}
	}
	if p.down {
		return errors.New("no network")
	}
	p.codes = append(p.codes, m.Code)
	if p.tell != nil {
		p.tell(m.Phone, m.Purpose, m.Code)
	}
	return nil
}

// forget removes the code that was sent last.
func (p *phones) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes = []string{""}
}

func (p *phones) last() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.codes[len(p.codes)-1]
}

// count is how many codes were sent.
func (p *phones) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.codes)
}

// mails keep what package mail's development sender shows.
type mails struct {
	mu     sync.Mutex
	out    bytes.Buffer
	down   bool
	silent bool // takes the mail and does not answer
	tell   func(to, purpose, code string)
}

func (m *mails) Send(ctx context.Context, message mail.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.silent {
		return errSilent{}
	}
	if m.down {
		return errors.New("no mail server")
	}
	if m.tell != nil {
		m.tell(message.To, message.Purpose, message.Code)
	}
	m.out.Reset()
	return mail.NewLog(slog.New(slog.NewJSONHandler(&m.out, nil))).Send(ctx, message)
}

// shown is the line of the last mail.
func (m *mails) shown() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.out.String()
}

// last is the code of the last mail, and whom it went to.
func (m *mails) last(t testing.TB) (code, to string) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	var line struct{ Code, Email string }
	fatal(t, json.Unmarshal(m.out.Bytes(), &line))
	return line.Code, line.Email
}

// moment is a clock that a test moves, or that reads another clock.
type moment struct {
	mu   sync.Mutex
	at   time.Time
	read func() time.Time
}

func (m *moment) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.read != nil {
		return m.read()
	}
	return m.at
}

func (m *moment) advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = m.at.Add(d)
}

// wrong is a code that is not the given one.
func wrong(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

// errSilent is a sender's error after which the message may arrive.
type errSilent struct{}

func (errSilent) Error() string { return "no answer" }
func (errSilent) Handed() bool  { return true }
