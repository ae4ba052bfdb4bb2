package swaggerui

import (
	"compress/gzip"
	"crypto/sha256"
	_ "embed" // the files below
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// What is in the binary. The two large files are compressed, 485 KB instead of
// 1.9 MB, and sent as they are to whoever takes gzip, which is every browser.
var (
	//go:embed assets/index.html
	indexHTML string
	//go:embed assets/init.js
	initJS string
	//go:embed assets/swagger-ui-bundle.js.gz
	bundleJS string
	//go:embed assets/swagger-ui.css.gz
	bundleCSS string
	//go:embed assets/favicon-32x32.png
	favicon string
	//go:embed assets/LICENSE
	license string
	//go:embed assets/NOTICE
	notice string
	//go:embed assets/swagger-ui-bundle.js.LICENSE.txt
	bundleLicense string
)

// asset is one file, in the form in which it is kept.
type asset struct {
	media  string
	body   string
	packed bool // body is gzip
	hash   string
}

func newAsset(media, body string) asset {
	sum := sha256.Sum256([]byte(body))
	return asset{media: media, body: body, hash: hex.EncodeToString(sum[:16])}
}

func newPacked(media, body string) asset {
	a := newAsset(media, body)
	a.packed = true
	return a
}

// serve answers GET and HEAD. The two codings of a file are two representations, so
// each has an ETag of its own (RFC 9110, section 8.8.3.3).
func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	unpack := a.packed && !takesGzip(r.Header.Values("Accept-Encoding"))
	etag, size := `"`+a.hash+`"`, len(a.body)
	switch {
	case unpack:
		etag, size = `"`+a.hash+`-identity"`, a.unpackedSize()
	case a.packed:
		h.Set("Content-Encoding", "gzip")
	}
	if a.packed {
		h.Set("Vary", "Accept-Encoding")
	}
	h.Set("ETag", etag)
	h.Set("Cache-Control", "no-cache")
	if matches(r.Header.Values("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", a.media)
	h.Set("Content-Length", strconv.Itoa(size))
	if r.Method == http.MethodHead {
		return
	}
	var body io.Reader = strings.NewReader(a.body)
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
func (a asset) unpackedSize() int {
	return int(binary.LittleEndian.Uint32([]byte(a.body[len(a.body)-4:])))
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
