//go:build !race

// The requests of a siege follow one another, so the race detector would find nothing in them and quadruple their time:
// tools/make/test.sh runs them without it.

package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/token"
	"github.com/enroll-project/enroll/test/pgtest"
)

// besieged is the environment variable that makes a process of this test binary one of the two
// servers that TestSiege attacks. Its value is a stronghold, in JSON.
const besieged = "ENROLL_TEST_BESIEGED"

// stronghold is what the two servers under attack and the test share.
type stronghold struct {
	Database string
	Keys     []byte       // in PEM
	Folder   string       // for the file clock and those of codes
	Captchas captcha.Kind // "" for none
}

// clock is the time of a siege: nanoseconds since 1970 in a file of eight bytes, so that the
// processes read it at each use and the test moves it between two requests.
type clock struct{ file *os.File }

func (c clock) Now() time.Time {
	var b [8]byte
	if _, err := c.file.ReadAt(b[:], 0); err != nil {
		panic(err) // without a clock the test is useless
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(b[:])))
}

func (c clock) set(to time.Time) error {
	_, err := c.file.WriteAt(binary.BigEndian.AppendUint64(nil, uint64(to.UnixNano())), 0)
	return err
}

// forget removes the code that was sent to an address last: it may be too old.
func (s stronghold) forget(t testing.TB, to, purpose string) {
	t.Helper()
	if err := os.Remove(filepath.Join(s.Folder, to+" "+purpose)); !errors.Is(err, fs.ErrNotExist) {
		fatal(t, err)
	}
}

// code waits for the code that one of the processes sends to an address. Codes that only a holder can use
// are sent after the answer.
func (s stronghold) code(t testing.TB, to, purpose string) string {
	t.Helper()
	name := filepath.Join(s.Folder, to+" "+purpose)
	// Between two looks the test leaves the core to the processes that it waits for.
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if code, err := os.ReadFile(name); err == nil {
			return string(code)
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatalf("no code was sent to %s", to)
		}
	}
}

// write stores a code for [stronghold.code]. The file is never seen half-written.
func (s stronghold) write(t testing.TB) func(to, purpose, code string) {
	return func(to, purpose, code string) {
		name := filepath.Join(s.Folder, to+" "+purpose)
		file, err := os.CreateTemp(s.Folder, "new")
		if err == nil {
			_, err = file.WriteString(code)
			err = errors.Join(err, file.Close(), os.Rename(file.Name(), name))
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// TestBesieged is a server of TestSiege, in a process of its own. It serves until its input ends.
// Without a stronghold there is nothing to do.
func TestBesieged(t *testing.T) {
	t.Parallel()
	text := os.Getenv(besieged)
	if text == "" {
		return
	}
	var s stronghold
	fatal(t, json.Unmarshal([]byte(text), &s))
	file, err := os.Open(filepath.Join(s.Folder, "clock"))
	fatal(t, err)
	defer file.Close()
	pool, err := pgxpool.New(t.Context(), s.Database)
	fatal(t, err)
	defer pool.Close()
	proxies, err := limit.ParseProxies("127.0.0.0/8")
	fatal(t, err)
	keys, err := token.ParseKeys(s.Keys)
	fatal(t, err)
	now := &moment{read: clock{file}.Now}
	signer, err := token.New(token.Config{Keys: keys, Issuer: "enroll", Audience: "enroll", Now: now.Now})
	fatal(t, err)
	o := options{captcha: s.Captchas != "" && s.Captchas != captcha.KindPoW, captchas: s.Captchas, mostBits: siegeBits}
	o.pool, o.proxies, o.now, o.tokens, o.deleteAfter = pool, proxies, now, signer, 48*time.Hour
	o.limits = account.Limits{ // the defaults
		SMSPerPrefix: 100, SMSPerNetwork: 50, SMSTotal: 10_000,
		MailPerUser: 20, MailPerNetwork: 50, MailPerDomain: 500, MailTotal: 10_000,
		LoginPerNetwork: 10, LoginPerAccount: 100, LoginAccounts: 30,
		CaptchasPerNetwork: siegeChallenges,
	}
	d := deploy(t, o)
	d.phones.tell, d.mails.tell = s.write(t), s.write(t)
	_, err = io.WriteString(os.Stdout, d.url+"\n")
	fatal(t, err)
	_, err = io.Copy(io.Discard, os.Stdin)
	fatal(t, err)
	d.settle() // what is sent after an answer reads the clock
}

// hold starts the two processes of a siege.
func hold(t *testing.T, captchas captcha.Kind) (servers [2]*client, s stronghold, c clock) {
	t.Helper()
	keys, err := token.GenerateKey(false)
	fatal(t, err)
	s = stronghold{Database: pgtest.URL(t), Keys: keys, Folder: t.TempDir(), Captchas: captchas}
	c.file, err = os.Create(filepath.Join(s.Folder, "clock"))
	fatal(t, err)
	t.Cleanup(func() { _ = c.file.Close() })
	fatal(t, c.set(time.Now().Truncate(time.Second)))
	text, err := json.Marshal(s)
	fatal(t, err)
	program, err := os.Executable()
	fatal(t, err)
	for i := range servers {
		var said bytes.Buffer
		// The process ends when its input is closed, in the cleanup, after the test's context.
		// #nosec G204 -- it is this program
		process := exec.CommandContext(context.WithoutCancel(t.Context()), program, "-test.run=^TestBesieged$")
		process.Env, process.Stderr = append(os.Environ(), besieged+"="+string(text)), &said
		in, err := process.StdinPipe()
		fatal(t, err)
		out, err := process.StdoutPipe()
		fatal(t, err)
		fatal(t, process.Start())
		lines := bufio.NewReader(out)
		url, readErr := lines.ReadString('\n')
		t.Cleanup(func() {
			_ = in.Close()
			rest, _ := io.ReadAll(lines)
			if err := process.Wait(); err != nil {
				t.Errorf("a server: %v\n%s%s", err, rest, &said)
			}
		})
		if !strings.HasPrefix(url, "http") {
			t.Fatalf("a server does not serve: %q, %v", url, readErr)
		}
		servers[i] = connect(t, strings.TrimSpace(url), &transport{ledger: book, real: true, report: t.Errorf})
		t.Cleanup(servers[i].http.CloseIdleConnections)
	}
	return servers, s, c
}
