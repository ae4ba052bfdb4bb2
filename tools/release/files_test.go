package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// built writes what `make release` builds before it packs, with short texts in place of programs.
func built(t *testing.T) string {
	t.Helper()
	from := t.TempDir()
	for name, text := range map[string]string{
		"enroll-linux-amd64": "program for amd64", "enroll-linux-arm64": "program for arm64", "enroll-1.2.3.tgz": "chart",
		"enroll.cdx.json": "{}", "image/oci-layout": "{}", "image/blobs/sha256/0": "blob",
	} {
		file := filepath.Join(from, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return from
}

// release runs tools/make/release.sh.
func release(args ...string) (string, error) {
	out, err := exec.Command("../make/release.sh", args...).CombinedOutput()
	return string(out), err
}

// command runs a program in a folder and fails the test if it fails.
func command(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %v\n%s", args, err, out)
	}
}

// TestReleaseFiles: the files of a release are complete, the same each time, and match their checksums,
// of which the list is signed.
func TestReleaseFiles(t *testing.T) {
	t.Parallel()
	folder, from := t.TempDir(), built(t)
	command(t, folder, "openssl", "genpkey", "-algorithm", "ed25519", "-out", "key.pem")
	command(t, folder, "openssl", "pkey", "-in", "key.pem", "-pubout", "-out", "public.pem")
	to, again := filepath.Join(folder, "one"), filepath.Join(folder, "two")
	for _, to := range []string{to, again} {
		if out, err := release("v1.2.3", from, to, filepath.Join(folder, "key.pem")); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	var names []string
	entries, err := os.ReadDir(to)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := []string{
		"CHANGES-v1.2.3.md", "SHA256SUMS", "SHA256SUMS.sig", "enroll-chart-v1.2.3.tgz", "enroll-v1.2.3-image.tar",
		"enroll-v1.2.3-linux-amd64.tar.gz", "enroll-v1.2.3-linux-arm64.tar.gz", "enroll-v1.2.3.cdx.json",
	}
	if !slices.Equal(names, want) {
		t.Errorf("files: %v", names)
	}
	command(t, to, "sha256sum", "--check", "--strict", "SHA256SUMS")
	command(t, to, "openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "../public.pem",
		"-in", "SHA256SUMS", "-sigfile", "SHA256SUMS.sig")
	command(t, folder, "cmp", "one/SHA256SUMS", "two/SHA256SUMS")
	sums, err := os.ReadFile(filepath.Join(to, "SHA256SUMS"))
	if err != nil || strings.Count(string(sums), "\n") != len(want)-2 {
		t.Errorf("%s, %v", sums, err)
	}
	changes, err := os.ReadFile(filepath.Join(to, "CHANGES-v1.2.3.md"))
	if err != nil || !strings.HasPrefix(string(changes), "## [") || strings.Count(string(changes), "\n## [") != 0 {
		t.Errorf("%.300s, %v", changes, err)
	}
	program := packed(t, filepath.Join(to, "enroll-v1.2.3-linux-arm64.tar.gz"), "./enroll-v1.2.3-linux-arm64/enroll")
	if program != "program for arm64" {
		t.Errorf("the program is %q", program)
	}
}

// packed returns a file of an archive. It must be executable and belong to root.
func packed(t *testing.T, archive, name string) string {
	t.Helper()
	file, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	for files := tar.NewReader(plain); ; {
		header, err := files.Next()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if header.Name == name {
			if header.Mode != 0o755 || header.Uid != 0 || header.Uname != "" {
				t.Errorf("%+v", header)
			}
			text, err := io.ReadAll(files)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
	}
}

// TestReleaseRefused: nothing is written for a text that is not a version, over a folder that exists, with a key
// that does not exist, or without one of the parts.
func TestReleaseRefused(t *testing.T) {
	t.Parallel()
	from, folder := built(t), t.TempDir()
	to := filepath.Join(folder, "files")
	for _, version := range []string{"", "1.2.3", "v1.2", "v1.2.3 x", "dev", "v1.2.3-5-g0123456/.."} {
		if out, err := release(version, from, to); err == nil || !strings.Contains(out, "VERSION") {
			t.Errorf("%q: %v, %s", version, err, out)
		}
	}
	if out, err := release("v1.2.3", from, folder); err == nil || !strings.Contains(out, "exists") {
		t.Errorf("a folder that exists: %v, %s", err, out)
	}
	out, err := release("v1.2.3", from, to, filepath.Join(folder, "key"))
	if err == nil || !strings.Contains(out, "RELEASE_KEY") {
		t.Errorf("a key that does not exist: %v, %s", err, out)
	}
	if err := os.Remove(filepath.Join(from, "enroll-1.2.3.tgz")); err != nil {
		t.Fatal(err)
	}
	if out, err := release("v1.2.3", from, to); err == nil {
		t.Errorf("without a chart: %s", out)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
