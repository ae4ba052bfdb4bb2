//go:build unix

package devpg

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// fetchTimeout bounds the download of one build. 23 MB at 1 Mbit/s take three minutes.
	fetchTimeout = 5 * time.Minute
	// maxArchive bounds an archive in bytes; the largest pinned one has 51 MB.
	maxArchive = 100 << 20
	// fetchLock is the file in the cache that a process locks while it fetches.
	fetchLock = "fetch.lock"
)

// fetch returns the programs' folder of the first build that is in a cache or can be
// downloaded. Of several processes that need a build at the same time, one downloads
// it and the others wait.
func fetch(ctx context.Context, c Config, who account) (string, error) {
	if len(c.Builds) == 0 {
		return "", fmt.Errorf("devpg: %w", ErrNoBinaries)
	}
	if dir, ok := cachedPrograms(ctx, c, who); ok {
		return dir, nil
	}
	cache, err := cacheFolder(ctx, c, who)
	if err != nil {
		return "", err
	}
	lock, err := waitForLock(ctx, filepath.Join(cache, fetchLock))
	if err != nil {
		return "", err
	}
	defer func() { _ = unlock(lock) }() // closing the file releases the lock in any case
	// Another process may have downloaded it while this one waited for the lock.
	if dir, ok := cachedPrograms(ctx, c, who); ok {
		return dir, nil
	}
	// Try the addresses one after another: a network may block one of them. A kept
	// connection would outlive the start.
	defer c.HTTP.CloseIdleConnections()
	var failures []error
	for _, b := range c.Builds {
		c.Say("no PostgreSQL found: fetching one from %s", host(b))
		err := fetchBuild(ctx, c.HTTP, cache, b)
		if err == nil {
			return filepath.Join(cached(cache, b), "bin"), nil
		}
		failures = append(failures, fmt.Errorf("%s: %w", host(b), err))
	}
	return "", fmt.Errorf("devpg: %w (fetching failed: %s)", ErrNoBinaries, oneLine(failures))
}

// cachedPrograms returns the folder of programs of a build that was fetched
// earlier, for this data folder or another one.
func cachedPrograms(ctx context.Context, c Config, who account) (dir string, ok bool) {
	caches := cacheFolders(c)
	if c.Cache == "" && c.Elsewhere == "" && who.switched {
		caches = append(caches, systemFolder) // where `enroll serve --dev` put it
	}
	for _, cache := range caches {
		for _, b := range c.Builds {
			dir := filepath.Join(cached(cache, b), "bin")
			// A cache of another account may hold any program, so it is not used. The
			// folder exists, so ownFolder makes none here.
			if isFolder(dir) && ownFolder(cache, os.Geteuid(), os.Getegid(), 0o755) == nil && who.enter(ctx, dir) == nil {
				return dir, true
			}
		}
	}
	return "", false
}

// fetchBuild downloads, verifies and unpacks one build. It comes to its final
// name by a rename, so that a reader sees a complete build or none; of two
// processes that fetch at once, the slower takes the result of the faster.
func fetchBuild(ctx context.Context, client *http.Client, cache string, b Build) error {
	// In the cache's own folder: a rename works only within one file system.
	temp, err := os.MkdirTemp(cache, "fetch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	archive := filepath.Join(temp, "archive")
	if err := download(ctx, client, b, archive); err != nil {
		return err
	}
	tree := filepath.Join(temp, "tree")
	if err := unpack(archive, b.Format, tree); err != nil {
		return err
	}
	if err := os.Rename(tree, cached(cache, b)); err != nil && !isFolder(cached(cache, b)) {
		return err
	}
	return nil
}

// download writes the archive of a build to a file. It returns an error if the archive
// is larger than maxArchive or has another checksum; the caller deletes the file.
func download(ctx context.Context, client *http.Client, b Build, to string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.URL, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		// The url.Error around it repeats the whole address.
		if wrapped := new(url.Error); errors.As(err, &wrapped) {
			return wrapped.Err
		}
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %s", resp.Status)
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	// One byte more than the bound shows that the archive is too large. The checksum is
	// compared before the archive is opened: the code that unpacks it sees only
	// archives that are pinned.
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(resp.Body, maxArchive+1))
	if err != nil {
		return err
	}
	if n > maxArchive {
		return fmt.Errorf("archive of more than %d bytes", maxArchive)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != strings.ToLower(b.SHA256) {
		return fmt.Errorf("archive has checksum %s, expected %s", got, b.SHA256)
	}
	return nil
}

// cacheFolder returns a folder for downloaded builds that belongs to this process's
// account and that PostgreSQL's account can enter.
func cacheFolder(ctx context.Context, c Config, who account) (string, error) {
	var failures []error
	for _, dir := range cacheFolders(c) {
		parent := filepath.Dir(dir)
		err := os.MkdirAll(parent, 0o755)
		if err == nil {
			err = who.enter(ctx, parent)
		}
		if err == nil {
			err = ownFolder(dir, os.Geteuid(), os.Getegid(), 0o755)
		}
		if err == nil {
			return dir, nil
		}
		failures = append(failures, err)
	}
	return "", fmt.Errorf("devpg: no folder for the fetched PostgreSQL: %s", oneLine(failures))
}

// cacheFolders lists the candidates, those first that several data folders can
// share.
func cacheFolders(c Config) []string {
	if c.Cache != "" {
		return []string{c.Cache}
	}
	var dirs []string
	if user, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, filepath.Join(user, "enroll"))
	}
	return append(dirs, slices.Insert(elsewhere(c), 1, filepath.Join(c.Dir, "cache"))...)
}

// cached returns the folder of a build. Its name has the checksum, so that each build
// has a folder of its own.
func cached(cache string, b Build) string {
	return filepath.Join(cache, "postgres-"+strings.ToLower(b.SHA256))
}

// isFolder reports whether path is a folder, or a link to one.
func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// host returns the part of a build's address that a message shows.
func host(b Build) string {
	u, err := url.Parse(b.URL)
	if err != nil {
		return "a malformed address"
	}
	return u.Host
}

// oneLine joins errors by semicolons; errors.Join would use line breaks.
func oneLine(errs []error) string {
	texts := make([]string, len(errs))
	for i, err := range errs {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}
