//go:build unix

package archive

import (
	"archive/tar"
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestUnpackIsBounded: an archive that declares more than 1 GiB is refused before its content is read, even if the
// large entry would be skipped.
func TestUnpackIsBounded(t *testing.T) {
	t.Parallel()
	for _, name := range []string{npmPrefix + "bin/postgres", "package/other"} {
		var packed bytes.Buffer
		header := &tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: 1<<30 + 1}
		if err := tar.NewWriter(&packed).WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		if err := unpackTar(&packed, npmPrefix, root); err == nil || !strings.Contains(err.Error(), "more than 1073741824") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
