package admin_test

import (
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/gen/sdk/go-admin"
	"github.com/enroll-project/enroll/internal/servicekey"
)

// served returns the URL of the API on a socket.
func (o *office) served() string {
	server := httptest.NewServer(o.handler)
	o.Cleanup(server.Close)
	return server.URL
}

// TestSDK: the Go SDK creates a user once under one key, sends what was given only, and returns a refusal with its
// reason, its field and the language that was set.
func TestSDK(t *testing.T) {
	t.Parallel()
	o := open(t)
	client, err := enrolladmin.New(enrolladmin.Config{
		URL: o.served(), Key: o.key("all", 0, servicekey.Scopes()...), Language: "en",
	})
	o.fatal(err)
	once := enrolladmin.CreateUserParams{IdempotencyKey: new(enrolladmin.NewIdempotencyKey()), SiteID: new(int32(2))}
	bob := enrolladmin.NewUserRequest{UserName: "bob", Password: "correct horse", RealName: "Bob"}
	first, err := client.CreateUser(t.Context(), once, bob)
	o.fatal(err)
	again, err := client.CreateUser(t.Context(), once, bob)
	o.fatal(err)
	if again.Data.ID != first.Data.ID || again.Data.SiteID != 2 || string(again.Data.Extra) != "null" {
		t.Errorf("%+v, then %+v", first.Data, again.Data)
	}
	changed, err := client.UpdateUser(t.Context(), first.Data.ID, enrolladmin.UpdateUserParams{},
		enrolladmin.UserUpdateRequest{FirstName: new("Robert"), Extra: []byte(`{"city": "巴黎"}`)})
	if err != nil || changed.Data.RealName != "Bob" || string(changed.Data.Extra) != `{"city":"巴黎"}` {
		t.Errorf("%+v, %v", changed, err)
	}
	var no *enrolladmin.Refusal
	_, err = client.CreateUser(t.Context(), enrolladmin.CreateUserParams{}, enrolladmin.NewUserRequest{
		UserName: "alice", Password: "correct horse",
	})
	if !errors.As(err, &no) || no.Reason != enrolladmin.ReasonUserNameTaken || no.Status != 409 || no.RequestID == "" {
		t.Fatalf("%v", err)
	}
	field, found := no.Field("user_name")
	if !found || field.Reason != enrolladmin.ReasonUserNameTaken || !strings.Contains(field.Msg, "user name") {
		t.Errorf("%+v", no.Errors)
	}
	inactive, err := client.IntrospectToken(t.Context(), enrolladmin.IntrospectTokenParams{},
		enrolladmin.IntrospectionRequest{Token: "x"})
	if err != nil || inactive.Active {
		t.Errorf("%+v, %v", inactive, err)
	}
}

// TestSDKConfig: a client without an address or a key is refused before it sends anything.
func TestSDKConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []enrolladmin.Config{{Key: "k"}, {URL: "https://enroll.example"}} {
		if _, err := enrolladmin.New(c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}

// readmeProgram is the README's code as a program. A refusal that was handled is not a failure of it.
const readmeProgram = `package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/enroll-project/enroll/gen/sdk/go-admin"
)

func main() {
	if err := run(context.Background()); err != nil && !errors.As(err, new(*enrolladmin.Refusal)) {
		fmt.Println(err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
`

// TestSDKReadme runs the code of the README against the service: for a user, and for an id that no user has.
func TestSDKReadme(t *testing.T) {
	t.Parallel()
	o := open(t)
	text, err := os.ReadFile("../../gen/sdk/go-admin/README.md")
	o.fatal(err)
	code := regexp.MustCompile("(?s)```go\n(.*?)```").FindSubmatch(text)
	if code == nil {
		t.Fatal("the README has no Go code")
	}
	id := strconv.FormatInt(o.ids[1], 10)
	program := readmeProgram + strings.NewReplacer("http://127.0.0.1:9091", o.served(), "1000", id).
		Replace(string(code[1])) + "return err\n}\n"
	// The folder is one of the module, so that the program can import the SDK.
	folder, err := os.MkdirTemp(".", ".readme")
	o.fatal(err)
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "main.go")
	o.fatal(os.WriteFile(file, []byte(program), 0o600))
	key := o.key("readme", 0, servicekey.UsersWrite)
	for _, want := range []string{"disabled alice\n", "there is no user " + id + "\n"} {
		run := exec.CommandContext(t.Context(), "go", "run", "./"+folder)
		run.Env = append(run.Environ(), "ENROLL_ADMIN_KEY="+key)
		if out, err := run.CombinedOutput(); err != nil || string(out) != want {
			t.Errorf("%s, %v, want %q", out, err, want)
		}
		_, err = o.pool.Exec(t.Context(), "DELETE FROM users WHERE id = $1", o.ids[1])
		o.fatal(err)
	}
}
