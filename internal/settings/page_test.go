package settings

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var updatePage = flag.Bool("update", false, "write docs/settings.md instead of comparing it")

// sections are the titles of the settings page, by the first setting of each.
var sections = map[string]string{
	"ENROLL_ADDR":                "Addresses",
	"ENROLL_DATABASE_URL":        "Database",
	"ENROLL_SECRET":              "Secrets and tokens",
	"ENROLL_SITES":               "Sites",
	"ENROLL_CAPTCHA":             "Captchas",
	"ENROLL_SIGNUP":              "Who may sign up",
	"ENROLL_SMS":                 "Codes by SMS and email",
	"ENROLL_PAGE":                "Pages and proxies",
	"ENROLL_LIMIT_ADDRESS":       "Limits",
	"ENROLL_PHONE_REGION":        "Phones",
	"ENROLL_EMAIL_DOMAINS":       "Emails",
	"ENROLL_PASSWORD_MIN_LENGTH": "Passwords",
	"ENROLL_LOCALE":              "Answers and users",
	"ENROLL_STOP_DELAY":          "Operation",
}

const tracesSection = `
## Traces

These variables are those of
[OpenTelemetry](https://opentelemetry.io/docs/specs/otel/protocol/exporter/). Enroll does not start
with a value that it cannot follow. [observe](observe.md#traces) says what is sent.

| name | default | what |
|---|---|---|
`

// traces are the variables of OpenTelemetry, with defaults and descriptions. They are not settings of
// Enroll: package trace and the SDK read them.
var traces = [][3]string{
	{"OTEL_EXPORTER_OTLP_ENDPOINT", "", "URL of a collector, to which /v1/traces is added; setting it turns traces on"},
	{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "",
		"URL for traces, used as it is; every variable of OTEL_EXPORTER_OTLP_ has such a form"},
	{"OTEL_TRACES_EXPORTER", "", "otlp turns traces on with the endpoint http://localhost:4318, none turns them off"},
	{"OTEL_SDK_DISABLED", "false", "true turns traces off"},
	{"OTEL_EXPORTER_OTLP_HEADERS", "", "headers as name=value, comma-separated and percent-encoded; they are secret, " +
		"so the endpoint must have https:// or be on this machine"},
	{"OTEL_EXPORTER_OTLP_CERTIFICATE", "", "file with certificate authorities that replace the system's"},
	{"OTEL_EXPORTER_OTLP_TIMEOUT", "10000", "bound on one delivery, in milliseconds, 60000 at most"},
	{"OTEL_EXPORTER_OTLP_COMPRESSION", "none", "gzip or none"},
	{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "no other is supported"},
	{"OTEL_TRACES_SAMPLER", "parentbased_always_on", "which requests are recorded, for example traceidratio"},
	{"OTEL_TRACES_SAMPLER_ARG", "1", "share of the requests, for the samplers with a ratio, for example 0.01"},
	{"OTEL_BSP_SCHEDULE_DELAY", "5000", "milliseconds between two deliveries"},
	{"OTEL_BSP_MAX_QUEUE_SIZE", "2048", "how many spans wait; more are dropped"},
	{"OTEL_SERVICE_NAME", "enroll", "name of the service in all spans"},
	{"OTEL_RESOURCE_ATTRIBUTES", "", "more attributes of all spans, as name=value, comma-separated"},
}

// TestSettingsPage compares docs/settings.md with the tags of Config. `make docs` writes the page.
func TestSettingsPage(t *testing.T) {
	t.Parallel()
	name := filepath.Join("..", "..", "docs", "settings.md")
	page := settingsPage(t)
	if *updatePage {
		if err := os.WriteFile(name, page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(written, page) {
		t.Error("docs/settings.md differs from the settings of the code: run make docs")
	}
}

func settingsPage(t *testing.T) []byte {
	t.Helper()
	var page bytes.Buffer
	page.WriteString(`# Settings

For operators: every setting, its default, and its default in development. ` + "`make docs`" + ` generates
this page from the code; do not edit it.

Settings are environment variables. Enroll does not start with an unknown name that begins with
` + "`ENROLL_`" + `, so that a misspelled setting is noticed. ` + "`bin/enroll config`" + ` prints the settings in
force. A secret can also be given as the name of a file, for example
` + "`ENROLL_SECRET_FILE=/run/secrets/enroll`" + `.
`)
	used := 0
	for _, f := range Fields() {
		if title, ok := sections[f.Name]; ok {
			used++
			fmt.Fprintf(&page, "\n## %s\n\n| name | default | in `--dev` | what |\n|---|---|---|---|\n", title)
		}
		doc := f.Doc
		if f.OneOf != nil {
			doc += fmt.Sprintf(" (`%s`)", strings.Trim(strings.Join(f.OneOf, "`, `"), "`, "))
		}
		shown := inCode(f.Name)
		if f.Secret {
			shown += " or " + inCode(f.Name+"_FILE")
		}
		fmt.Fprintf(&page, "| %s | %s | %s | %s |\n", shown, inCode(f.Default), inCode(f.DevDefault), doc)
	}
	page.WriteString(tracesSection)
	for _, one := range traces {
		fmt.Fprintf(&page, "| %s | %s | %s |\n", inCode(one[0]), inCode(one[1]), one[2])
	}
	if used != len(sections) {
		t.Errorf("%d of %d sections begin with a setting that exists", used, len(sections))
	}
	return page.Bytes()
}

func inCode(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}
