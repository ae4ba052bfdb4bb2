package command

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestCodesReset: an operator resets a phone and an email whose holders are refused codes, in any
// spelling of the address. Other addresses stay as they are.
func TestCodesReset(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	environ := []string{
		"ENROLL_DATABASE_URL=" + pool.Config().ConnString(), "ENROLL_SECRET=" + base64.StdEncoding.EncodeToString(secret),
	}
	service, err := code.New(code.Config{
		Pool: pool, Secret: secret, Now: time.Now, Rand: rand.Reader, Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	sendable := func(channel code.Channel, address string) bool {
		to := code.Destination{Site: 7, Address: address, Channel: channel, Purpose: code.ForLogin}
		arrives := func(context.Context, string) (bool, error) { return true, nil }
		_, err := service.Send(t.Context(), to, code.Origin{}, arrives)
		if err != nil && !errors.As(err, new(*code.Refusal)) {
			t.Fatal(err)
		}
		return err == nil
	}
	for typed, to := range map[string]struct {
		channel code.Channel
		address string
	}{
		"138-0013-8000":     {code.Phone, "+8613800138000"},
		"+4915112345678":    {code.Phone, "+4915112345678"},
		"Ada@EXAMPLE.com":   {code.Email, "ada@example.com"},
		"other@example.com": {code.Email, "other@example.com"},
	} {
		if !sendable(to.channel, to.address) || sendable(to.channel, to.address) {
			t.Fatalf("%s: the second code within a minute is not refused", typed)
		}
		if strings.HasPrefix(typed, "other") {
			continue
		}
		var out bytes.Buffer
		if err := run(t.Context(), []string{"codes", "reset", typed, "--dry-run"}, environ, &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "nothing was done") || sendable(to.channel, to.address) {
			t.Errorf("a dry run for %s: %q", typed, out.String())
		}
		out.Reset()
		if err := run(t.Context(), []string{"codes", "reset", typed}, environ, &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "are reset") || strings.Contains(out.String(), to.address) {
			t.Errorf("%s: %q", typed, out.String())
		}
		if !sendable(to.channel, to.address) {
			t.Errorf("%s is refused still", typed)
		}
		out.Reset()
		if err := run(t.Context(), []string{"codes", "reset", typed, "--json"}, environ, &out); err != nil {
			t.Fatal(err)
		}
		var answer struct{ Codes, Counts int }
		if err := json.Unmarshal(out.Bytes(), &answer); err != nil || answer.Codes != 1 || answer.Counts == 0 {
			t.Errorf("%s: %v, %s", typed, err, &out)
		}
	}
	if sendable(code.Email, "other@example.com") {
		t.Error("another address was reset too")
	}
}

// TestCodesRefuses: the error says why a reset is refused, and does not contain the address.
func TestCodesRefuses(t *testing.T) {
	t.Parallel()
	secret := "ENROLL_SECRET=" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7, 9, 1, 200}, 8))
	database := "ENROLL_DATABASE_URL=" + pgtest.EmptyURL(t)
	for _, c := range []struct {
		args    []string
		environ []string
		want    string
	}{
		{[]string{"codes", "reset"}, nil, "accepts 1 arg"},
		{[]string{"codes", "list", "13800138000"}, nil, `there is no command "codes list"`},
		{[]string{"codes", "reset", "13800138000"}, nil, "ENROLL_DATABASE_URL"},
		{[]string{"codes", "reset", "13800138000"}, []string{database}, "ENROLL_SECRET"},
		{[]string{"codes", "reset", "canary"}, []string{database, secret}, "neither a mobile phone nor an email"},
		{[]string{"codes", "reset", "canary@"}, []string{database, secret}, "neither a mobile phone nor an email"},
		{[]string{"codes", "reset", "13800138000"}, []string{database, secret}, "SQLSTATE 42P01"}, // not migrated
	} {
		err := run(t.Context(), c.args, c.environ, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v, want %q", c.args, err, c.want)
		}
	}
}
