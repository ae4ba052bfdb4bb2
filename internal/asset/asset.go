// Package asset serves files that are compiled into the binary, each with the
// caching that its bytes allow and all of them with the same guard: no answer leaves
// without the headers of its [Site].
package asset

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Site maps paths to files. It is never changed once it is made, and safe for
// concurrent use.
type Site struct {
	// Files are the answers to GET and HEAD, by path; "/" is the front page.
	Files map[string]File
	// Headers are set on every answer, refusals included.
	Headers map[string]string
}

// ServeHTTP answers 404 for a path that is not listed and 405 for another method.
// Every file may be kept and must be asked about each time (ETag), since the next
// deployment may bring others under the same names.
func (s Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for name, value := range s.Headers {
		h.Set(name, value)
	}
	f, ok := s.Files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	f.serve(w, r)
}

// File is one file, in the form in which it is kept.
type File struct {
	media  string
	body   string
	packed bool // body is gzip
	hash   string
}

// New is a file that is sent as it is, with its media type.
func New(media, body string) File {
	sum := sha256.Sum256([]byte(body))
	return File{media: media, body: body, hash: hex.EncodeToString(sum[:16])}
}

// Packed is a file that is given compressed by gzip, and unpacked only for whoever
// does not take that.
func Packed(media, gz string) File {
	f := New(media, gz)
	f.packed = true
	return f
}

// Pack is Packed for a file that is given as it is.
func Pack(media, body string) File {
	var b bytes.Buffer
	// The level is one that exists, and a buffer takes everything.
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = io.WriteString(w, body)
	_ = w.Close()
	return Packed(media, b.String())
}

// serve answers GET and HEAD. The two codings of a file are two representations, so
// each has an ETag of its own (RFC 9110, section 8.8.3.3).
func (f File) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	unpack := f.packed && !takesGzip(r.Header.Values("Accept-Encoding"))
	etag, size := `"`+f.hash+`"`, len(f.body)
	switch {
	case unpack:
		etag, size = `"`+f.hash+`-identity"`, f.unpackedSize()
	case f.packed:
		h.Set("Content-Encoding", "gzip")
	}
	if f.packed {
		h.Set("Vary", "Accept-Encoding")
	}
	h.Set("ETag", etag)
	h.Set("Cache-Control", "no-cache")
	if matches(r.Header.Values("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", f.media)
	h.Set("Content-Length", strconv.Itoa(size))
	if r.Method == http.MethodHead {
		return
	}
	var body io.Reader = strings.NewReader(f.body)
	if unpack {
		// While it is sent: whoever refuses gzip costs no memory.
		var err error
		if body, err = gzip.NewReader(body); err != nil {
			return // a file of ours that is no gzip: the tests read each whole
		}
	}
	_, _ = io.Copy(w, body) // what fails here is a visitor who left
}

// unpackedSize is what the last four bytes of a gzip file say (RFC 1952).
func (f File) unpackedSize() int {
	return int(binary.LittleEndian.Uint32([]byte(f.body[len(f.body)-4:])))
}

// matches compares weakly, as If-None-Match is to be (RFC 9110, section 13.1.2).
func matches(lines []string, etag string) bool {
	for given := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		given = strings.TrimPrefix(strings.TrimSpace(given), "W/")
		if given == etag || given == "*" {
			return true
		}
	}
	return false
}

// takesGzip reads Accept-Encoding (RFC 9110, section 12.5.3): gzip by name decides, any
// coding (*) otherwise, and a weight of zero is a no. No header means anything goes
// there; here it means no, since what sends none is rarely able to unpack.
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
