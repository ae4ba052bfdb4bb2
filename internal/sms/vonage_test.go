package sms_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/enroll-project/enroll/internal/sms"
)

const vonageApplication = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"

// vonageKey returns the key of the application, which is made once, and its private half in PEM.
var vonageKey = sync.OnceValues(func() (*rsa.PrivateKey, string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
})

// vonage plays the sending of an SMS as Vonage documents it: "Messages API", version 1, "Authentication" and "API
// Errors" (pages of 2026). It returns the code of a problem and the HTTP status.
func (b *book) vonage(r *http.Request) (code string, status int) {
	body, _ := io.ReadAll(r.Body)
	var claims struct {
		jwt.RegisteredClaims
		Application string `json:"application_id"`
	}
	key, _ := vonageKey()
	bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	_, err := jwt.ParseWithClaims(bearer, &claims, func(*jwt.Token) (any, error) { return &key.PublicKey, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuedAt(), jwt.WithExpirationRequired())
	var req struct {
		Channel, To, From, Text string
		Type                    string `json:"message_type"`
	}
	switch {
	case err != nil || claims.Application != vonageApplication || !b.fresh(claims.ID):
		return "unauthorized", 401
	case claims.ExpiresAt.Sub(claims.IssuedAt.Time) > 24*time.Hour:
		return "unauthorized", 401
	case r.Method != http.MethodPost || r.URL.RequestURI() != "/v1/messages":
		return "not-found", 404
	case r.Header.Get("Content-Type") != "application/json" || json.Unmarshal(body, &req) != nil:
		return "1020", 422
	case req.Channel != "sms" || req.Type != "text" || req.Text == "":
		return "1010", 422
	case req.From != "15005550006" && req.From != "ENROLL":
		return "1120", 422
	case !regexp.MustCompile(`^[1-9]\d{6,14}$`).MatchString(req.To):
		return "1170", 422
	}
	b.take(req.To, req.From, req.Text)
	return "", 202
}

// serveVonage answers as vonage decides. The texts of problems quote the phone.
func serveVonage(b *book) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		code, status := b.vonage(r)
		w.WriteHeader(status)
		if code != "" {
			fmt.Fprint(w, vonageProblem(code))
			return
		}
		fmt.Fprint(w, `{"message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"}`)
	}
}

func vonageProblem(code string) string {
	return fmt.Sprintf(`{"type":"https://developer.vonage.com/api-errors/messages#%s","title":"t",
		"detail":"+8613800138000","instance":"bf0ca0bf927b3b52e3cb03217e1a1ddf"}`, code)
}

// vonageConfig is the configuration that the fake accepts.
func vonageConfig(url string) sms.VonageConfig {
	_, private := vonageKey()
	return sms.VonageConfig{ApplicationID: vonageApplication, PrivateKey: private, From: "+15005550006",
		Texts: sms.Texts{Name: "Enroll"}, Endpoint: url}
}

// TestVonageAnswers: each answer of Vonage gives its result.
func TestVonageAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		answer string
		kind   sms.Kind
		code   string
		handed bool
	}{
		{422, vonageProblem("1050"), sms.RecipientRefused, "1050", false}, // barred
		{422, vonageProblem("1170"), sms.RecipientRefused, "1170", false}, // no valid number
		{422, vonageProblem("1240"), sms.RecipientRefused, "1240", false}, // the holder has opted out
		{422, vonageProblem("1120"), sms.Refused, "1120", false},          // the sender
		{422, vonageProblem("1160"), sms.Refused, "1160", false},          // a trial account
		{401, vonageProblem("unauthorized"), sms.Refused, "unauthorized", false},
		{402, vonageProblem("low-balance"), sms.Refused, "low-balance", false},
		{429, vonageProblem("1000"), sms.Refused, "1000", false},
		{500, vonageProblem("1030"), sms.Refused, "1030", true},
		{202, `{}`, sms.Broken, "", true},
		{200, `{"message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"}`, sms.Broken, "", true}, // not the status of success
	} {
		t.Run(fmt.Sprintf("%d %s", c.status, c.code), func(t *testing.T) {
			t.Parallel()
			sender, err := sms.NewVonage(vonageConfig(serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.answer)
			}).URL))
			if err != nil {
				t.Fatal(err)
			}
			answered(t, sender.Send(t.Context(), message), c.status, c.kind, c.code, c.handed)
		})
	}
}

// TestVonageTokens: each request has a token of its own, of the application, for minutes.
func TestVonageTokens(t *testing.T) {
	t.Parallel()
	var b book
	server := serve(t, serveVonage(&b))
	send := func(change func(*sms.VonageConfig)) error {
		cfg := vonageConfig(server.URL)
		change(&cfg)
		sender, err := sms.NewVonage(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := sender.Send(t.Context(), message); err != nil {
				return err
			}
		}
		return nil
	}
	if err := send(func(c *sms.VonageConfig) { c.From = "ENROLL" }); err != nil || len(b.taken) != 2 {
		t.Errorf("%v, taken %q", err, b.taken)
	}
	for name, change := range map[string]func(*sms.VonageConfig){
		"expired": func(c *sms.VonageConfig) {
			c.Now = func() time.Time { return time.Now().Add(-6 * time.Minute) }
		},
		"of another application": func(c *sms.VonageConfig) { c.ApplicationID = "b" },
		"not fresh":              func(c *sms.VonageConfig) { c.Rand = strings.NewReader(strings.Repeat("a", 32)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answered(t, send(change), 401, sms.Refused, "unauthorized", false)
		})
	}
	if err := send(func(c *sms.VonageConfig) { c.Rand = strings.NewReader("") }); err == nil {
		t.Error("a token without randomness")
	}
}

// TestNewVonageRefuses: settings that are missing or not safe are an error without the key.
func TestNewVonageRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*sms.VonageConfig){
		"no application": func(c *sms.VonageConfig) { c.ApplicationID = "" },
		"no key":         func(c *sms.VonageConfig) { c.PrivateKey = "" },
		"secret as key":  func(c *sms.VonageConfig) { c.PrivateKey = providerSecret },
		"half a key":     func(c *sms.VonageConfig) { c.PrivateKey = c.PrivateKey[:len(c.PrivateKey)/2] },
		"no sender":      func(c *sms.VonageConfig) { c.From = "" },
		"no name":        func(c *sms.VonageConfig) { c.Texts.Name = "" },
		"http":           func(c *sms.VonageConfig) { c.Endpoint = "http://a.example" },
		"bad timeout":    func(c *sms.VonageConfig) { c.Timeout = -1 },
	} {
		cfg := vonageConfig("")
		change(&cfg)
		_, err := sms.NewVonage(cfg)
		if err == nil || strings.Contains(err.Error(), providerSecret) ||
			len(cfg.PrivateKey) > 100 && strings.Contains(err.Error(), cfg.PrivateKey[40:60]) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := sms.NewVonage(vonageConfig("")); err != nil {
		t.Error(err)
	}
}
