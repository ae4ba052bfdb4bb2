//go:build docs

package docs

import (
	"bytes"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/devpg"
)

// TestRoles follows the steps of deploy/compose.yaml that need no containers:
// secrets, roles, passwords, migrate, serve, ready.
func TestRoles(t *testing.T) {
	t.Parallel()
	folder := clone(t)
	server, err := devpg.Start(t.Context(), devpg.Config{Dir: filepath.Join(t.TempDir(), "roles"), Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop(t.Context()) })
	admin, err := url.Parse(server.URL("enroll"))
	if err != nil {
		t.Fatal(err)
	}
	r := script{t, folder,
		append(clean(os.Environ()), "SECRETS_DIR="+folder+"/deploy/secrets", "ADMIN_URL="+admin.String(),
			"PGDATABASE=enroll", "PGUSER="+admin.User.Username(), "PGHOST="+admin.Query().Get("host"),
			"PGPORT="+admin.Query().Get("port"))}
	r.run("make build")
	r.run("deploy/secrets.sh")
	if out, err := r.try("deploy/secrets.sh"); err == nil {
		t.Errorf("secrets.sh overwrites: %s", out)
	}
	if found := r.run("find deploy/secrets -type f -perm /077"); found != "" {
		t.Errorf("others may read %s", found)
	}
	r.run("sh deploy/passwords.sh")
	hashed := r.run(`psql "$ADMIN_URL" -qAtc ` +
		`"SELECT rolname FROM pg_authid WHERE rolpassword LIKE 'SCRAM-SHA-256$%' ORDER BY 1"`)
	if hashed != "enroll_app\nenroll_owner\n" {
		t.Errorf("roles with a password: %q", hashed)
	}
	for _, role := range []string{"enroll_owner", "enroll_app"} {
		r.reach(role+".url", admin)
	}
	out := r.run("ENROLL_DATABASE_URL_FILE=deploy/secrets/enroll_owner.url bin/enroll migrate")
	if !strings.Contains(out, "up to date") {
		t.Error(out)
	}
	r.env = append(r.env, "ENROLL_OPS_ADDR=:"+port(t), "ENROLL_DATABASE_URL_FILE="+folder+"/deploy/secrets/enroll_app.url",
		"ENROLL_TOKEN_KEYS="+folder+"/deploy/secrets/token-key.pem", "ENROLL_SECRET_FILE="+folder+"/deploy/secrets/secret")
	own := port(t)
	serve(t, own, append(r.env, "ENROLL_ADDR=:"+own), filepath.Join(folder, "bin", "enroll"), "serve")
	if out := r.run("bin/enroll ready"); out != "ok\n" {
		t.Error(out)
	}
}

// script runs commands in a folder.
type script struct {
	t      *testing.T
	folder string
	env    []string
}

func (s script) try(command string) (string, error) {
	cmd := exec.Command("bash", "-euc", command)
	cmd.Dir, cmd.Env = s.folder, s.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (s script) run(command string) string {
	s.t.Helper()
	out, err := s.try(command)
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return out
}

// reach changes a URL that secrets.sh made for compose's network, so that it names the database of
// the test.
func (s script) reach(name string, admin *url.URL) {
	s.t.Helper()
	name = filepath.Join(s.folder, "deploy", "secrets", name)
	raw, err := os.ReadFile(name)
	if err != nil {
		s.t.Fatal(err)
	}
	if !bytes.Contains(raw, []byte("@postgres:5432/enroll")) {
		s.t.Errorf("%s is not for compose's database", name)
	}
	there := strings.Replace(string(raw), "@postgres:5432/enroll", "@/enroll?"+admin.RawQuery, 1)
	if err := os.WriteFile(name, []byte(there), 0o600); err != nil {
		s.t.Fatal(err)
	}
}
