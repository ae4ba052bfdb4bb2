//go:build unix

package archive

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/ulikunitz/xz"
)

// Bounds of an unpacked build. The pinned ones have about 1,000 files and 200 MB.
const (
	maxEntries  = 10_000
	maxUnpacked = 1 << 30 // bytes
)

// npmPrefix is where the files are in the npm format; the rest of that archive
// is not needed.
const npmPrefix = "package/native/"

// unpack unpacks an archive into the new folder dir. All files are made through an
// [os.Root], so that no name and no symbolic link of the archive can lead out of dir,
// even if a check of this file were wrong.
func unpack(archive string, format Format, dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	switch format {
	case Jar:
		err = unpackJar(archive, root)
	case Npm:
		err = unpackNpm(archive, root)
	default:
		err = fmt.Errorf("unknown format %d", format)
	}
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	return openModes(dir)
}

// unpackJar unpacks the only .txz of a jar.
func unpackJar(archive string, root *os.Root) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer z.Close()
	// The rest of a jar is metadata of Java.
	for _, member := range z.File {
		if !strings.HasSuffix(member.Name, ".txz") {
			continue
		}
		f, err := member.Open()
		if err != nil {
			return err
		}
		defer f.Close()
		plain, err := xz.NewReader(f)
		if err != nil {
			return err
		}
		return unpackTar(plain, "", root)
	}
	return errors.New("no .txz in the archive")
}

// unpackNpm unpacks the files below npmPrefix and makes their links.
func unpackNpm(archive string, root *os.Root) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	// The gzip stream needs no bound of its own: unpackTar stops at its bounds and reads no further.
	plain, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	if err := unpackTar(plain, npmPrefix, root); err != nil {
		return err
	}
	return linkNpm(root)
}

// linkNpm makes the symbolic links that the npm format cannot hold. The list names
// both ends of a link by paths that begin with native/.
func linkNpm(root *os.Root) error {
	text, err := root.ReadFile("pg-symlinks.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	// Source is the file that exists, and Target the link to make. npm leaves links out of what it packs,
	// so the package brings this list, which its own script would work off at the installation.
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(text, &links); err != nil {
		return err
	}
	if len(links) > maxEntries {
		return errors.New("too many links")
	}
	// Links are relative, because the tree is renamed after this.
	for _, l := range links {
		name := strings.TrimPrefix(l.Target, "native/")
		to, err := filepath.Rel(path.Dir(name), strings.TrimPrefix(l.Source, "native/"))
		if err != nil {
			return err
		}
		if err := link(root, name, to); err != nil {
			return err
		}
	}
	return nil
}

// unpackTar unpacks the entries below prefix. It refuses kinds that no build has, such
// as devices and hard links, and stops at maxEntries and maxUnpacked.
func unpackTar(r io.Reader, prefix string, root *os.Root) error {
	left := int64(maxUnpacked)
	entries := tar.NewReader(r)
	for range maxEntries {
		h, err := entries.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		// The size of a skipped entry counts as well, because its content is decompressed, too.
		if left -= h.Size; left < 0 {
			return fmt.Errorf("more than %d bytes", int64(maxUnpacked))
		}
		name, below := strings.CutPrefix(h.Name, prefix)
		name = path.Clean(name)
		if !below || name == "." {
			continue
		}
		if !filepath.IsLocal(name) {
			return fmt.Errorf("entry %q leads out of the folder", h.Name)
		}
		// Of the modes in the archive only the owner's execute bit is used; openModes sets
		// the rest.
		switch h.Typeflag {
		case tar.TypeDir:
			err = root.MkdirAll(name, 0o755)
		case tar.TypeReg:
			err = writeFile(root, name, h.FileInfo().Mode(), entries)
		case tar.TypeSymlink:
			err = link(root, name, h.Linkname)
		default:
			err = fmt.Errorf("entry %q is neither file, folder nor symbolic link", h.Name)
		}
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("more than %d entries", maxEntries)
}

// writeFile writes one file. O_EXCL refuses a name that exists, so that no entry can
// write through a link that an earlier entry made.
func writeFile(root *os.Root, name string, mode fs.FileMode, from io.Reader) error {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600|mode.Perm()&0o100)
	if err != nil {
		return err
	}
	// unpackTar has counted the size against maxUnpacked.
	_, err = io.Copy(f, from) // the tar reader ends it after the size of the header
	return errors.Join(err, f.Close())
}

// link makes a symbolic link. It returns an error if the link or its target is outside
// of the folder.
func link(root *os.Root, name, to string) error {
	if !filepath.IsLocal(name) || path.IsAbs(to) || !filepath.IsLocal(path.Join(path.Dir(name), to)) {
		return fmt.Errorf("link %q to %q leads out of the folder", name, to)
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	return root.Symlink(to, name)
}

// openModes lets every account read the build and run its programs, because PostgreSQL
// may run as another account. It sets the modes after the fact: those of new files
// depend on the umask of this process.
func openModes(dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		// Chmod would change the target of a link, and a link has no mode of its own on Linux.
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if info.IsDir() || info.Mode().Perm()&0o100 != 0 {
			mode = 0o755
		}
		return os.Chmod(name, mode)
	})
}
