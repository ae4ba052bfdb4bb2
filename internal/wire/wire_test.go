package wire

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

// TestRescue: a panic becomes an error without its value. Only http.ErrAbortHandler is passed on.
func TestRescue(t *testing.T) {
	t.Parallel()
	const secret = "a value of the request"
	ec := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder())
	rescued := func(value any) error { return Rescue(func(echo.Context) error { panic(value) })(ec) }
	for want, value := range map[string]any{
		"panic: string": secret, "panic: *errors.errorString": errors.New(secret), "panic: []uint8": []byte(secret),
	} {
		err := rescued(value)
		if p := (*Panic)(nil); !errors.As(err, &p) || !strings.HasPrefix(err.Error(), want+"\n") ||
			strings.Contains(err.Error(), secret) {
			t.Errorf("%T: %v", value, err)
		}
	}
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("net/http's own panic became %v", v)
		}
	}()
	t.Errorf("net/http's own panic became %v", rescued(http.ErrAbortHandler))
}

// TestIDs: the client's id is used if it is plain. Otherwise the id is random, or zero without randomness.
func TestIDs(t *testing.T) {
	t.Parallel()
	random := func() IDs { return IDs{bytes.NewReader([]byte("0123456789abcdef"))} }
	const made = "30313233343536373839616263646566"
	for sent, want := range map[string]string{
		"a-Z_0.9": "a-Z_0.9", "": made, "a b": made, "a\nb": made, "\u00e9": made, strings.Repeat("a", 65): made,
	} {
		if got := random().Of(http.Header{"X-Request-Id": {sent}}); got != want {
			t.Errorf("%q: %s, want %s", sent, got, want)
		}
	}
	if got := random().Of(http.Header{"X-Request-Id": {"a", "a"}}); got != made {
		t.Errorf("two ids: %s", got)
	}
	if got := (IDs{bytes.NewReader(nil)}).New(); got != strings.Repeat("0", 32) {
		t.Errorf("without randomness: %s", got)
	}
}

// TestAllowed: OPTIONS, which no contract has, is not listed, wherever echo puts it.
func TestAllowed(t *testing.T) {
	t.Parallel()
	ec := echo.New().NewContext(httptest.NewRequest(http.MethodPut, "/", nil), httptest.NewRecorder())
	if allow, ok := Allowed(ec); ok {
		t.Errorf("an allowed method: %q", allow)
	}
	for listed, want := range map[string]string{"OPTIONS, GET, POST": "GET, POST", "GET, OPTIONS": "GET"} {
		ec.Set(echo.ContextKeyHeaderAllow, listed)
		if allow, ok := Allowed(ec); !ok || allow != want {
			t.Errorf("%s: %q, %v", listed, allow, ok)
		}
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]int32{401: 1001, 403: 1002, 422: -1, 500: -1} {
		if got := Code(status); got != want {
			t.Errorf("%d: %d, want %d", status, got, want)
		}
	}
}
