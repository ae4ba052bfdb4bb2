package main

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// compile builds the release binary for an architecture, as `make image` does.
func compile(t *testing.T, architecture string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "enroll")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-tags", "release",
		"-ldflags", "-s -w -X main.version=v9", "-o", name, "./cmd/enroll")
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+architecture)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return name
}

// image writes a layout and returns its folder and the digest that was printed.
func image(t *testing.T, binary string) (folder, digest string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "image")
	sbom := filepath.Join(t.TempDir(), "sbom.json")
	if err := os.WriteFile(sbom, []byte(`{"bomFormat":"CycloneDX"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	args := []string{"-out", folder, "-version", "v9", "-sbom", sbom, "amd64=" + binary, "arm64=" + binary}
	if err := run(args, &out); err != nil {
		t.Fatal(err)
	}
	return folder, out.String()
}

// open returns the image index of a layout, and its image of an architecture.
func open(t *testing.T, folder, architecture string) (v1.ImageIndex, v1.Image) {
	t.Helper()
	path, err := layout.FromPath(folder)
	if err != nil {
		t.Fatal(err)
	}
	top, err := path.ImageIndex()
	if err != nil {
		t.Fatal(err)
	}
	list, err := top.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	index, err := top.ImageIndex(list.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	images, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range images.Manifests {
		if m.Platform.Architecture == architecture {
			image, err := index.Image(m.Digest)
			if err != nil {
				t.Fatal(err)
			}
			return index, image
		}
	}
	t.Fatalf("there is no image for %s", architecture)
	return nil, nil
}

// unpack extracts the only layer into a folder, and lists its files with their modes.
func unpack(t *testing.T, image v1.Image, folder string) (files []string) {
	t.Helper()
	layers, err := image.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	text, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	for archive := tar.NewReader(text); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		} else if err != nil {
			t.Fatal(err)
		}
		if header.Uid != 0 || header.Gid != 0 || header.Mode&0o022 != 0 {
			t.Errorf("%s can be changed by others", header.Name)
		}
		files = append(files, header.Name)
		name := filepath.Join(folder, header.Name)
		if header.Typeflag == tar.TypeDir {
			err = os.Mkdir(name, 0o755)
		} else {
			var content []byte
			if content, err = io.ReadAll(archive); err == nil {
				err = os.WriteFile(name, content, os.FileMode(header.Mode))
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestImage builds two images of one binary, which are the same, unpacks one, and runs it as its
// user in a root of its own, where there is nothing else and nothing can be written. From there it
// migrates a database and registers a user.
func TestImage(t *testing.T) {
	t.Parallel()
	binary := compile(t, runtime.GOARCH)
	folder, digest := image(t, binary)
	if _, again := image(t, binary); again != digest {
		t.Errorf("two builds: %s and %s", digest, again)
	}
	_, built := open(t, folder, runtime.GOARCH)
	config, err := built.ConfigFile()
	if err != nil || config.Config.User != "65532:65532" || !slices.Equal(config.Config.Entrypoint, []string{"/enroll"}) {
		t.Errorf("%+v, %v", config, err)
	}
	root, err := os.MkdirTemp("", "enroll-image-") // testing's folders are closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	want := []string{"enroll", "etc/", "etc/ssl/", "etc/ssl/certs/", "etc/ssl/certs/ca-certificates.crt"}
	if files := unpack(t, built, root); !slices.Equal(files, want) {
		t.Errorf("files: %v", files)
	}
	authorities, err := os.ReadFile(filepath.Join(root, "etc/ssl/certs/ca-certificates.crt"))
	n := strings.Count(string(authorities), "BEGIN")
	if err != nil || n < 100 || !x509.NewCertPool().AppendCertsFromPEM(authorities) {
		t.Errorf("%d certificate authorities, %v", n, err)
	}
	if os.Getuid() != 0 {
		t.Skip("a root of its own needs root")
	}
	c := container{root, config.Config.Env, syscall.Credential{Uid: 65532, Gid: 65532}}
	if out, err := c.command(t, []string{"version"}).CombinedOutput(); err != nil || string(out) != "enroll v9\n" {
		t.Errorf("%q, %v", out, err)
	}
	c.registers(t)
}

// TestSBOM: the inventory is in the layout, and says what it is about.
func TestSBOM(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(binary, []byte("a program"), 0o755); err != nil {
		t.Fatal(err)
	}
	folder, digest := image(t, binary)
	path, err := layout.FromPath(folder)
	if err != nil {
		t.Fatal(err)
	}
	top, err := path.ImageIndex()
	if err != nil {
		t.Fatal(err)
	}
	list, err := top.IndexManifest()
	if err != nil || len(list.Manifests) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	artifact, err := top.Image(list.Manifests[1].Digest)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := artifact.Manifest()
	if err != nil || manifest.Subject == nil || manifest.Subject.Digest.String() != strings.TrimSpace(digest) {
		t.Fatalf("%+v, %v", manifest, err)
	}
	layers, err := artifact.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	text, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	var bom struct{ BOMFormat string }
	if err := json.NewDecoder(text).Decode(&bom); err != nil || bom.BOMFormat != "CycloneDX" {
		t.Errorf("%+v, %v", bom, err)
	}
}
