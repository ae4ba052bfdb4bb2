//go:build unix

package archive

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
	"strings"
	"time"
)

const (
	// fetchTimeout bounds the download of one build. 23 MB at 1 Mbit/s take three minutes.
	fetchTimeout = 5 * time.Minute
	// maxArchive bounds an archive in bytes; the largest pinned one has 51 MB.
	maxArchive = 100 << 20
)

// Folder returns the folder of the build in a cache. Its name has the checksum, so that each build
// has a folder of its own.
func (b Build) Folder(cache string) string {
	return filepath.Join(cache, "postgres-"+strings.ToLower(b.SHA256))
}

// Host returns the part of the build's address that a message shows.
func (b Build) Host() string {
	u, err := url.Parse(b.URL)
	if err != nil {
		return "a malformed address"
	}
	return u.Host
}

// Fetch downloads the build, compares its checksum and unpacks it into [Build.Folder]. The folder
// gets its name by a rename, so that a reader sees a complete build or none; of two processes that
// fetch at once, the slower takes the result of the faster.
func (b Build) Fetch(ctx context.Context, client *http.Client, cache string) error {
	// In the cache's own folder: a rename works only within one file system.
	temp, err := os.MkdirTemp(cache, "fetch-")
	if err != nil {
		return err
	}
	// If the process is killed, the folder stays. The next fetch uses another name.
	defer os.RemoveAll(temp)
	archive := filepath.Join(temp, "archive")
	if err := b.download(ctx, client, archive); err != nil {
		return err
	}
	// For a moment the disk needs space for both the archive and the tree.
	tree := filepath.Join(temp, "tree")
	if err := unpack(archive, b.Format, tree); err != nil {
		return err
	}
	// A rename onto a folder that has files fails, so that a build in use is never replaced.
	if err := os.Rename(tree, b.Folder(cache)); err != nil {
		if info, missing := os.Stat(b.Folder(cache)); missing != nil || !info.IsDir() {
			return err
		}
	}
	return nil
}

// download writes the archive of a build to a file. It returns an error if the archive
// is larger than maxArchive or has another checksum; the caller deletes the file.
func (b Build) download(ctx context.Context, client *http.Client, to string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	// Redirects are followed: the checksum decides, not the address.
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
	// Any other answer is a page for people. An error about its checksum would mislead.
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %s", resp.Status)
	}
	// Mode 0600: until its checksum is compared, the file may hold any data.
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
