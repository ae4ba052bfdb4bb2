package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// TestMain is a client too: the stage of the test runs this program again.
func TestMain(m *testing.M) {
	if os.Getenv("STAGE_URL") == "" {
		os.Exit(m.Run())
	}
	api, stage := os.Getenv("ENROLL_URL"), os.Getenv("STAGE_URL")
	err := register(api, stage)
	if err == nil {
		err = errors.Join(delivered(stage), verified(api, stage))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
}

// delivered verifies the SMS post with the library of Standard Webhooks, as a receiver does.
func delivered(stage string) error {
	var post delivery
	if err := get(stage+"/post", "", &post); err != nil {
		return err
	}
	receiver, err := standardwebhooks.NewWebhook(os.Getenv("STAGE_SMS_SECRET"))
	if err != nil {
		return err
	}
	header := http.Header{}
	for name, value := range post.Header {
		header.Set(name, value)
	}
	return receiver.Verify([]byte(post.Body), header)
}

// verified sends the tokens to the service, which must accept the good ones and refuse
// the bad ones.
func verified(api, stage string) error {
	var tokens struct{ Good, Bad []vector }
	if err := get(stage+"/tokens?user=1000", "", &tokens); err != nil {
		return err
	}
	if len(tokens.Good) != 2 || len(tokens.Bad) < 30 {
		return fmt.Errorf("%d good tokens and %d bad ones", len(tokens.Good), len(tokens.Bad))
	}
	var errs []error
	for _, good := range tokens.Good {
		if err := get(api+"/api/user/detail", good.Token, &struct{}{}); err != nil {
			errs = append(errs, fmt.Errorf("%s is refused: %w", good.Name, err))
		}
	}
	for _, bad := range tokens.Bad {
		if err := get(api+"/api/user/detail", bad.Token, &struct{}{}); err == nil || !strings.HasPrefix(err.Error(), "401") {
			errs = append(errs, fmt.Errorf("%s is answered with %v", bad.Name, err))
		}
	}
	return errors.Join(errs...)
}

// get decodes an answer. Its error begins with the status.
func get(from, token string, into any) error {
	req, err := http.NewRequest(http.MethodGet, from, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Token", token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errors.New(res.Status)
	}
	return json.NewDecoder(res.Body).Decode(into)
}

// register proves a phone and then an email, as a client in any language would.
func register(api, stage string) error {
	const phone, email = "+8613800138000", "wang.wei@mail.example"
	if _, err := call(http.MethodPost, api+"/api/verify/phone", "", map[string]string{"phone": phone}); err != nil {
		return err
	}
	code, err := ask(stage + "/code?phone=" + url.QueryEscape(phone))
	if err != nil {
		return err
	}
	answer, err := call(http.MethodPost, api+"/api/register", "", map[string]string{"phone": phone, "code": code})
	fmt.Println(answer)
	if err != nil {
		return err
	}
	var registered struct{ Data struct{ Token string } }
	if err := json.Unmarshal([]byte(answer), &registered); err != nil {
		return err
	}
	token := registered.Data.Token
	if _, err := call(http.MethodPost, api+"/api/verify/email", token, map[string]string{"email": email}); err != nil {
		return err
	}
	if code, err = ask(stage + "/code?email=" + url.QueryEscape(email)); err != nil {
		return err
	}
	answer, err = call(http.MethodGet, api+"/api/verify/email?email="+url.QueryEscape(email)+"&code="+code, token, nil)
	fmt.Println(answer)
	return err
}

// ask gets a code from the stage.
func ask(from string) (string, error) {
	res, err := http.Get(from)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var told struct{ Code string }
	err = json.NewDecoder(res.Body).Decode(&told)
	return told.Code, err
}

func call(method, to, token string, body map[string]string) (string, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequest(method, to, bytes.NewReader(raw))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Token", token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %d: %s", to, res.StatusCode, answer)
	}
	return string(answer), err
}

// build compiles the service for a test.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "enroll")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/enroll").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

func TestStage(t *testing.T) {
	t.Parallel()
	program := build(t)
	t.Run("a client registers by phone and proves an email", func(t *testing.T) {
		t.Parallel()
		var out, errs bytes.Buffer
		if err := run(t.Context(), []string{"-enroll", program, os.Args[0]}, &out, &errs); err != nil {
			t.Fatalf("%v\n%s", err, errs.String())
		}
		if said := out.String(); !strings.Contains(said, `"phone":"13800138000"`) ||
			!strings.Contains(said, `"email":"wang.wei@mail.example"`) {
			t.Errorf("the client's output: %s", out.String())
		}
	})
	t.Run("settings reach the service, its output and the status come back", func(t *testing.T) {
		t.Parallel()
		var errs bytes.Buffer
		err := run(t.Context(), []string{"-enroll", program, "-set", "ENROLL_PHONE_COUNTRIES=DE", os.Args[0]}, io.Discard,
			&errs)
		if status := (*exec.ExitError)(nil); !errors.As(err, &status) || status.ExitCode() != 3 {
			t.Errorf("the client ended with %v", err)
		}
		if said := errs.String(); !strings.Contains(said, "phone_country") || !strings.Contains(said, "status=422") {
			t.Errorf("said: %s", said)
		}
	})
	t.Run("a service that cannot start", func(t *testing.T) {
		t.Parallel()
		err := run(t.Context(), []string{"-enroll", program, "-set", "ENROLL_SITES=none", "true"}, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "ENROLL_SITES") {
			t.Errorf("%v", err)
		}
	})
}

func TestArguments(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"-set", "PATH=x", "true"}, {"-wrong"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}
