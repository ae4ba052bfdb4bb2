package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestInputOfAnotherReleaseIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, filepath.FromSlash(profilePath))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("another release"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, dir, dir); err == nil || !strings.Contains(err.Error(), "not the file") {
		t.Errorf("run = %v", err)
	}
}

func TestParseProfile(t *testing.T) {
	t.Parallel()
	set, err := parseProfile("recommendedPat =\n  u\"[0-2_\\\\u00C0-\"\n  u\"\\\\u00C2\\\\U00020000]\";\n")
	want := []rune{'0', '1', '2', '_', 0xC0, 0xC1, 0xC2, 0x20000}
	if got := slices.Sorted(maps.Keys(set)); err != nil || !slices.Equal(got, want) {
		t.Errorf("set %U, %v", got, err)
	}
	if _, err := parseProfile("no pattern"); err == nil {
		t.Error("no pattern: no error")
	}
}

func TestParseExtensions(t *testing.T) {
	t.Parallel()
	extensions, err := parseExtensions(`value;sc;Hira;Hiragana
value;sc;Kana;Katakana
block;3000..3002;sc=Zyyy;scx=Hira Kana
cp;3001;na=X;scx=<script>
cp;3002;na=X;sc=Hira
cp;30FC;sc=Zyyy;scx=Kana
`)
	if err != nil || len(extensions[0x3000]) != 2 || extensions[0x3001] != nil || extensions[0x3002] != nil ||
		!slices.Equal(extensions[0x30FC], []string{"Katakana"}) {
		t.Errorf("extensions %v, %v", extensions, err)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	prototypes, err := parseConfusables(`const CONFUSABLES: &'static [(char, &'static [char])] = &[
		('\u{31}',  &['\u{6c}']), ('\u{49}',
         &['\u{6c}']), ('\u{30}',  &['\u{4f}']), ('\u{6d}',  &['\u{72}',  '\u{6e}']), ('\u{406}',  &['\u{6c}']),
		('\u{661}',  &['\u{6c}']), ('\u{627}',  &['\u{6c}']), ('\u{430}',  &['\u{61}']), ('\u{413}',  &['\u{393}']),
		('\u{28d}',  &['\u{72}',  '\u{6e}']), ('\u{4cf}',  &['\u{69}']), ('\u{1175}',  &['\u{4e28}']),
		('\u{9e6}',  &['\u{6f}']), ('\u{3007}',  &['\u{4f}'])
	];
	const CONFUSABLES: &'static [char] = &[('\u{436}',  &['\u{61}'])];`)
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"a": "a", "0": "0", "І": "i", "١": "1", "ا": "l", "а": "a", "Г": "Γ", "ʍ": "m", "ӏ": "l", "Ӏ": "l", "ж": "ж",
		"丨": "l", "ᅵ": "ᅵ", "০": "0", "〇": "o", "丁": "t",
	} {
		if got := resolve(in, prototypes); got != want {
			t.Errorf("%q looks like %q, want %q", in, got, want)
		}
	}
	if got := ambiguousBesideLatin([]rune("a〇丁乙"), prototypes); got != "〇丨" {
		t.Errorf("ambiguous are %q", got)
	}
	if _, err := parseConfusables("no table"); err == nil {
		t.Error("no table: no error")
	}
}

// TestFiller: a line has as many entries as fit, and none is lost.
func TestFiller(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	rows := filler{to: &b}
	for range 7 {
		rows.add(strings.Repeat("x", 33))
	}
	rows.add(strings.Repeat("y", 2*maxLine))
	lines := strings.Split(b.String(), "\n")
	if len(lines) != 5 || len(lines[0]) != 2*33+1 || len(lines[4]) != 2*maxLine || strings.Count(b.String(), "x") != 7*33 {
		t.Errorf("%d lines: %q", len(lines), lines)
	}
}
