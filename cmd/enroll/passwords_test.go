package main

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/enroll-project/enroll/internal/devpg"
	"github.com/enroll-project/enroll/test/cut"
	"github.com/enroll-project/enroll/test/pgtest"
)

// compose has what deploy/passwords.sh needs of deploy/compose.yaml: a database, and secrets that
// only their owner can read.
type compose struct {
	*testing.T
	folder, host, port string
}

// owner is a user without a name, as in a container.
const owner = 54321

// secrets are the files that deploy/passwords.sh reads.
var secrets = []string{"postgres", "enroll_owner", "enroll_app"}

// script runs deploy/passwords.sh as a user.
func (c compose) script(user uint32) error {
	cmd := exec.CommandContext(c.Context(), "sh", filepath.Join(c.folder, "passwords.sh"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "SECRETS_DIR=" + c.folder + "/secrets",
		"PGHOST=" + c.host, "PGPORT=" + c.port, "PGUSER=enroll", "PGDATABASE=enroll", "PGSSLMODE=disable"}
	out, err := cmd.CombinedOutput()
	c.Logf("as %d: %v %s", user, err, out)
	return err
}

func (c compose) write(name, text string, mode os.FileMode, user int) {
	name = filepath.Join(c.folder, name)
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		c.Fatal(err)
	}
	if err := os.Chown(name, user, user); err != nil {
		c.Fatal(err)
	}
}

// newCompose copies the scripts and makes the secrets. The database needs no password. The script
// connects through a TCP proxy, because its user may not enter the folder of the database's socket.
func newCompose(t *testing.T) (compose, string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("to act as the owner of the secrets needs root")
	}
	if _, err := exec.LookPath("psql"); err != nil {
		t.Skip("psql is not installed; on Debian: apt-get install postgresql-client")
	}
	server, err := devpg.Start(t.Context(), devpg.Config{Dir: dataDir(t), BinDir: os.Getenv("ENROLL_PG_BIN")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Discard(context.Background()) })
	through, err := url.Parse(cut.New(t, server.URL("enroll")).URL(nil))
	if err != nil {
		t.Fatal(err)
	}
	c := compose{t, dataDir(t), through.Query().Get("host"), through.Query().Get("port")}
	for _, name := range []string{"passwords.sh", "roles.sql"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "deploy", name))
		if err != nil {
			t.Fatal(err)
		}
		c.write(name, string(text), 0o644, 0)
	}
	if err := os.Mkdir(filepath.Join(c.folder, "secrets"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range secrets {
		c.write("secrets/"+name, "secret of "+name, 0o600, owner)
	}
	return c, server.URL("enroll")
}

// TestPasswordsOfCompose: deploy/passwords.sh sets two passwords if it runs as the owner of the
// secrets. If it runs as another user, or if one of the secrets is empty, it fails and changes no
// password.
func TestPasswordsOfCompose(t *testing.T) {
	t.Parallel()
	c, database := newCompose(t)
	admin := pgtest.Open(t, database)
	hashes := func() (all string) {
		const query = "SELECT coalesce(string_agg(rolname || ' ' || rolpassword, ', ' ORDER BY rolname), '') " +
			"FROM pg_authid WHERE rolpassword IS NOT NULL"
		if err := admin.QueryRow(t.Context(), query).Scan(&all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if err := c.script(owner); err != nil {
		t.Fatal(err)
	}
	first := hashes()
	if strings.Count(first, "SCRAM-SHA-256$") != 2 {
		t.Errorf("the roles' passwords: %s", first)
	}
	if err := c.script(owner + 1); err == nil || hashes() != first {
		t.Errorf("another user: %v, or it changed a password", err)
	}
	for _, name := range secrets {
		c.write("secrets/"+name, "", 0o600, owner)
		if err := c.script(owner); err == nil || hashes() != first {
			t.Errorf("%s is empty: %v, or it changed a password", name, err)
		}
		c.write("secrets/"+name, "secret of "+name, 0o600, owner)
	}
	// Each run has another salt, so a run that changes a password would be seen.
	if err := c.script(owner); err != nil || hashes() == first {
		t.Errorf("with all secrets again: %v, or it changed no password", err)
	}
}

// TestSecretsOfCompose: each container that has secrets of mode 0600 runs as their owner. The exception is
// PostgreSQL's container, whose entrypoint reads its secret as root.
func TestSecretsOfCompose(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_, services, _ := strings.Cut(string(text), "\nservices:\n")
	services, _, _ = strings.Cut(services, "\nnetworks:\n")
	found := 0
	for part := range strings.SplitSeq(services, "\n\n") {
		lines := strings.Split(strings.TrimSpace(part), "\n")
		_, secrets, _ := strings.Cut(part, "    secrets: ")
		secrets, _, _ = strings.Cut(secrets, "\n")
		if secrets == "" {
			t.Errorf("%s has no secrets, or this test does not see them", lines[0])
		}
		found++
		if strings.Contains(secrets, "enroll_") && !strings.Contains(part, `    user: "${ENROLL_UID`) {
			t.Errorf("a container reads %s and is not their owner", secrets)
		}
	}
	if found != 4 {
		t.Errorf("%d services, want 4", found)
	}
}
