package command

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// run runs a command of this package as enroll does, but with a mail sender that sends nothing.
func run(ctx context.Context, args, environ []string, out io.Writer) error {
	return Run(ctx, args, environ, out, Program{Version: "v1", NewAddresses: addresses})
}

// production returns the settings that the commands need besides a database.
func production(t *testing.T) []string {
	t.Helper()
	var keys bytes.Buffer
	if err := settings.Keygen([]string{t.TempDir()}, &keys); err != nil {
		t.Fatal(err)
	}
	return strings.Fields(keys.String())
}

// mute is a mail.Sender that drops every message and reports success.
type mute struct{}

func (mute) Send(context.Context, mail.Message) error { return nil }

// addresses has codes by mail only, as a deployment without a gateway of SMS.
func addresses(c settings.Config, pool *postgres.Pool, now func() time.Time) (*address.Addresses, error) {
	codes, err := NewCodes(c, pool, now)
	return address.New(address.Config{Pool: pool, Codes: codes, Mail: mute{}, Now: now}), err
}
