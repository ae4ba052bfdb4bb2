package account_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/devpg"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
)

// TestNameThatWaitsForItsStandby: a registration that the standby has not confirmed may vanish with
// the primary, so its name is not refused as taken until then. Once the registration is confirmed,
// the name is taken.
func TestNameThatWaitsForItsStandby(t *testing.T) {
	t.Parallel()
	folder, err := os.MkdirTemp("", "enroll-standby-") // PostgreSQL's account cannot read t.TempDir
	fatal(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	fatal(t, os.Chmod(folder, 0o711))
	var server *devpg.Server
	t.Cleanup(func() { _ = server.Discard(context.Background()) })
	start := func() *world {
		server, err = devpg.Start(t.Context(), devpg.Config{Dir: folder, BinDir: os.Getenv("ENROLL_PG_BIN"), Durable: true})
		fatal(t, err)
		fatal(t, postgres.Migrate(t.Context(), server.URL("enroll")))
		pool, err := postgres.Open(t.Context(), postgres.Config{URL: server.URL("enroll")})
		fatal(t, err)
		return on(t, pool, &clock{now: time.Now()})
	}
	w := start()
	// The server is started again, because commits begin to wait some time after a reload.
	standby := func(name string) {
		w.exec(t, "ALTER SYSTEM SET synchronous_standby_names = '"+name+"'")
		w.pool.Close()
		fatal(t, server.Stop(t.Context()))
		w = start()
	}
	register := func() refusal.Reason {
		_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword})
		if refused := new(refusal.Error); errors.As(err, &refused) {
			return refused.Reason
		}
		fatal(t, err)
		return ""
	}
	standby("nobody")
	for range 2 { // the second finds the row of the first
		if got := register(); got != refusal.OutcomeUnknown {
			t.Errorf("without the standby: %q", got)
		}
	}
	if n := w.count(t, "users"); n != 1 {
		t.Errorf("%d users, want 1", n)
	}
	standby("")
	t.Cleanup(w.pool.Close)
	if got := register(); got != refusal.UserNameTaken {
		t.Errorf("without a need for a standby: %q", got)
	}
}
