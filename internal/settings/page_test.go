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
	"ENROLL_SMS":                 "Codes by SMS and email",
	"ENROLL_PAGE":                "Pages and proxies",
	"ENROLL_LIMIT_ADDRESS":       "Limits",
	"ENROLL_PHONE_REGION":        "Phones",
	"ENROLL_PASSWORD_MIN_LENGTH": "Passwords",
	"ENROLL_LOCALE":              "Answers and users",
	"ENROLL_STOP_DELAY":          "Operation",
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

Settings are environment variables. An unknown name that begins with ` + "`ENROLL_`" + ` stops the start, so
that a misspelled setting is noticed. ` + "`bin/enroll config`" + ` prints the settings in force. A secret can
also be given as the name of a file, for example ` + "`ENROLL_SECRET_FILE=/run/secrets/enroll`" + `.
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
