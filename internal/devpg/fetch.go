//go:build unix

package devpg

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// fetchLock is the file in the cache that a process locks while it fetches.
const fetchLock = "fetch.lock"

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
		c.Say("no PostgreSQL found: fetching one from %s", b.Host())
		err := b.Fetch(ctx, c.HTTP, cache)
		if err == nil {
			return filepath.Join(b.Folder(cache), "bin"), nil
		}
		failures = append(failures, fmt.Errorf("%s: %w", b.Host(), err))
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
			dir := filepath.Join(b.Folder(cache), "bin")
			// A cache of another account may hold any program, so it is not used. The
			// folder exists, so ownFolder makes none here.
			if isFolder(dir) && ownFolder(cache, os.Geteuid(), os.Getegid(), 0o755) == nil && who.enter(ctx, dir) == nil {
				return dir, true
			}
		}
	}
	return "", false
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

// cacheFolders lists the candidates, best first. A folder that several data folders
// share is preferred to one of this data folder, because it saves downloads.
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

// isFolder reports whether path is a folder, or a link to one.
func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// oneLine joins errors by semicolons; errors.Join would use line breaks.
func oneLine(errs []error) string {
	texts := make([]string, len(errs))
	for i, err := range errs {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}
