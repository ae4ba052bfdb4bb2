package server

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/limit"
)

func routesOf(t *testing.T) []*echo.Route {
	t.Helper()
	e, ok := Fake(t, FakeConfig(t), nil).(*echo.Echo)
	if !ok {
		t.Fatal("the handler is no router")
	}
	return e.Routes()
}

// TestBindingFails: if the generated code cannot bind a request after validation, that is an
// internal error and not an error of the request.
func TestBindingFails(t *testing.T) {
	t.Parallel()
	why := errors.New("it does not fit")
	err := echo.NewHTTPError(http.StatusBadRequest, "bind").SetInternal(why)
	if r := refusalOf(t.Context(), err); r.reason != api.ReasonInternal || !errors.Is(r.cause, why) {
		t.Errorf("%v: %v", r, r.cause)
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.77:1234": "192.0.2.0/24", "[2001:db8:1:2:3::4]:80": "2001:db8:1::/48",
		"[::ffff:192.0.2.77]:1": "192.0.2.0/24",
		"[fe80::1%eth0]:80":     "fe80::/48", "@": "", "": "", "192.0.2.77": "192.0.2.0/24",
	} {
		if got := network(limit.Proxies{}.Client(remote, nil)); got != want {
			t.Errorf("%s: %q, want %q", remote, got, want)
		}
	}
}

// TestMessages: each message is complete with a number and without one, fits its schema, and has
// no marks of alternatives left.
func TestMessages(t *testing.T) {
	t.Parallel()
	l, err := newLanguages(nil)
	if err != nil {
		t.Fatal(err)
	}
	raw := rawMessages(t)
	for _, texts := range l.All() {
		for key := range texts.Keys() {
			for _, numbers := range [][2]int{{0, 0}, {128, 0}, {0, 86400}, {128, 60}} {
				msg := texts.Of(key, numbers[0], numbers[1])
				if msg == "" || strings.ContainsAny(msg, "[]{}|") || len([]rune(msg)) > 512 || strings.TrimSpace(msg) != msg {
					t.Errorf("%s %s with %v: %q", texts.Tag, key, numbers, msg)
				}
			}
			plain, bounded := texts.Of(key, 0, 0), texts.Of(key, 4711, 4711)
			if holds := strings.Contains(raw[texts.Tag][key], "{"); holds != strings.Contains(bounded, "4711") ||
				strings.Contains(plain, "4711") {
				t.Errorf("%s %s: %q and %q", texts.Tag, key, plain, bounded)
			}
		}
	}
}
