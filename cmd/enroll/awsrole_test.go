package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/awsrole"
	"github.com/enroll-project/enroll/internal/settings"
)

// TestRoleSource: the variables of AWS reach the source, and an error names the one that is missing.
func TestRoleSource(t *testing.T) {
	t.Parallel()
	web := map[string]string{"AWS_ROLE_ARN": "arn", "AWS_WEB_IDENTITY_TOKEN_FILE": "/t"}
	for _, c := range []struct {
		kind   string
		env    map[string]string
		source awsrole.Source
		want   string // in the error
	}{
		{"web-identity", web, awsrole.WebIdentity{RoleARN: "arn", TokenFile: "/t", Session: "enroll",
			Endpoint: "https://sts.eu-central-1.amazonaws.com"}, ""},
		{"web-identity", map[string]string{"AWS_ROLE_ARN": "arn", "AWS_WEB_IDENTITY_TOKEN_FILE": "/t",
			"AWS_REGION": "us-east-2", "AWS_ROLE_SESSION_NAME": "pod"}, awsrole.WebIdentity{RoleARN: "arn",
			TokenFile: "/t", Session: "pod", Endpoint: "https://sts.us-east-2.amazonaws.com"}, ""},
		{"web-identity", nil, nil, "AWS_ROLE_ARN"},
		{"web-identity", map[string]string{"AWS_ROLE_ARN": "arn"}, nil, "AWS_WEB_IDENTITY_TOKEN_FILE"},
		{"container", map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
			"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/t"},
			awsrole.Container{URL: "http://169.254.170.23/v1/credentials", TokenFile: "/t"}, ""},
		{"container", map[string]string{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1"},
			awsrole.Container{URL: "http://169.254.170.2/v2/credentials/1"}, ""},
		{"container", nil, nil, "AWS_CONTAINER_CREDENTIALS_FULL_URI"},
		{"instance", nil, awsrole.Instance{Endpoint: "http://169.254.169.254"}, ""},
	} {
		got, err := roleSource(c.kind, "eu-central-1", func(name string) string { return c.env[name] })
		if got != c.source || (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %v: %v, %v", c.kind, c.env, got, err)
		}
	}
}

// TestNewRole: no role is made for a sender with an access key, and a file that is missing is an error at the start.
func TestNewRole(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	env := map[string]string{"AWS_ROLE_ARN": "arn", "AWS_WEB_IDENTITY_TOKEN_FILE": file}
	getenv := func(name string) string { return env[name] }
	log := slog.New(slog.DiscardHandler)
	c := settings.Config{AWSRole: "web-identity"}
	if role, err := newRole(c, "AKIA", "eu-central-1", getenv, log); role != nil || err != nil {
		t.Errorf("with a key: %v, %v", role, err)
	}
	if role, err := newRole(settings.Config{}, "", "eu-central-1", getenv, log); role != nil || err != nil {
		t.Errorf("without the setting: %v, %v", role, err)
	}
	if _, err := newRole(c, "", "eu-central-1", getenv, log); !errors.Is(err, os.ErrNotExist) ||
		!strings.Contains(err.Error(), "ENROLL_AWS_ROLE=web-identity") || strings.Contains(err.Error(), file) {
		t.Errorf("without the file: %v", err)
	}
	if err := os.WriteFile(file, []byte("token"), 0o600); err != nil {
		t.Fatal(err)
	}
	role, err := newRole(c, "", "eu-central-1", getenv, log)
	if err != nil {
		t.Fatal(err)
	}
	role.(*awsrole.Keys).Close()
}
