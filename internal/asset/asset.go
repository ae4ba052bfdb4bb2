// Package asset serves files that are compiled into the binary. Each file has an ETag,
// so that clients can cache it, and every answer, refusals included, has the security
// headers of its [Site].
package asset

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Site maps paths to files. It must not be changed after its first use, and is then
// safe for concurrent use.
type Site struct {
	// Files are the answers to GET and HEAD, by path; "/" is the front page.
	Files map[string]File
	// Redirects maps the other paths that are answered to the Location of a 302 answer. A Location
	// may be relative to its path.
	Redirects map[string]string
	// Headers are set on every answer, refusals included.
	Headers map[string]string
}

// ServeHTTP answers 404 for a path that is not listed and 405 for another method than GET
// and HEAD. Clients may cache a file but must revalidate it at each use (ETag), since the
// next deployment may have another file under the same name.
func (s Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for name, value := range s.Headers {
		h.Set(name, value)
	}
	f, ok := s.Files[r.URL.Path]
	location, moved := s.Redirects[r.URL.Path]
	if !ok && !moved {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	if moved {
		// http.Redirect is not used, because it would make the location absolute.
		h.Set("Location", location)
		w.WriteHeader(http.StatusFound)
		return
	}
	f.serve(w, r)
}

// File is one file. It is made by [New], [Packed] or [Pack].
type File struct {
	media string
	body  string // as it is stored: gzip for Packed and Pack
	hash  string
	// unpacked returns the content without compression. It is nil if body is not compressed.
	unpacked func() string
}

// New returns a file that is sent as it is, with its media type.
func New(media, body string) File {
	sum := sha256.Sum256([]byte(body))
	return File{media: media, body: body, hash: hex.EncodeToString(sum[:16])}
}

// Packed returns a file from its gzip-compressed content. Few clients do not accept gzip.
// At the first request of such a client the file is unpacked once and kept: a copy for
// each request would let clients fill the memory.
func Packed(media, gz string) File {
	f := New(media, gz)
	f.unpacked = sync.OnceValue(func() string { return unpack(gz) })
	return f
}

// Pack is Packed for content that is not compressed yet.
func Pack(media, body string) File {
	var b bytes.Buffer
	// None of the three calls can fail: the level is valid, and a buffer takes each write.
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = io.WriteString(w, body)
	_ = w.Close()
	return Packed(media, b.String())
}

// unpack panics for a file that is not gzip. Files are compiled in, and the tests
// read each of them.
func unpack(gz string) string {
	r, err := gzip.NewReader(strings.NewReader(gz))
	if err != nil {
		panic(err)
	}
	body, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return string(body)
}

// serve answers GET and HEAD, conditions and ranges included (RFC 9110, sections 13
// and 14). The two codings of a file are two representations, so each has an ETag of
// its own (section 8.8.3.3).
func (f File) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	body, etag := f.body, `"`+f.hash+`"`
	if f.unpacked != nil {
		h.Set("Vary", "Accept-Encoding")
		if takesGzip(r.Header.Values("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			// ServeContent sets no Content-Length if there is a Content-Encoding. It answers
			// a failed If-Match without a body, and would leave this length in place.
			if r.Header.Get("If-Match") == "" {
				h.Set("Content-Length", strconv.Itoa(len(body)))
			}
		} else {
			body, etag = f.unpacked(), `"`+f.hash+`-identity"`
		}
	}
	h.Set("Content-Type", f.media)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", etag)
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(body))
}

// takesGzip reports whether Accept-Encoding allows gzip (RFC 9110, section 12.5.3). The
// entry gzip decides, or else the entry * for any coding. The weight q=0 forbids it. By
// the RFC a request without the header allows every coding. Here such a request does not
// allow gzip, since clients that send no such header can rarely unpack it.
func takesGzip(lines []string) bool {
	var star bool
	for part := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		coding, params, _ := strings.Cut(part, ";")
		name, value, _ := strings.Cut(strings.TrimSpace(params), "=")
		weight, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		refused := strings.EqualFold(strings.TrimSpace(name), "q") && err == nil && weight == 0
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			return !refused
		case "*":
			star = !refused
		}
	}
	return star
}
