// Command image writes an OCI image of the release binary without a container engine: `make image`.
// The same binaries give the same bytes on every machine. The image has the binary and the
// certificate authorities of Mozilla, and no shell.
package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// user is the user and the group by their ids. The image has no file of names.
const user = "65532:65532"

// inventory is the media type of the SBOM.
const inventory = "application/vnd.cyclonedx+json"

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

// run writes the layout and prints the digest of the image index.
func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	folder := flags.String("out", "", "folder of the OCI layout, which must not exist")
	version := flags.String("version", "dev", "version, and name of the image in the layout")
	sbom := flags.String("sbom", "", "inventory in CycloneDX, attached to the image")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *folder == "" || flags.NArg() == 0 {
		return errors.New("usage: image -out FOLDER [-version V] [-sbom FILE] ARCHITECTURE=BINARY …")
	}
	if _, err := os.Stat(*folder); err == nil {
		return fmt.Errorf("%s exists", *folder)
	}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, pair := range flags.Args() {
		architecture, binary, _ := strings.Cut(pair, "=")
		image, err := build(architecture, binary, *version)
		if err != nil {
			return fmt.Errorf("%s: %w", architecture, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{
			Platform: &v1.Platform{OS: "linux", Architecture: architecture},
		}})
	}
	return write(*folder, *version, *sbom, index, out)
}

// write writes the index, and the SBOM as an artifact whose subject is the index.
func write(folder, version, sbom string, index v1.ImageIndex, out io.Writer) error {
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	name := layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": version})
	if err := path.AppendIndex(index, name); err != nil {
		return err
	}
	if sbom != "" {
		text, err := os.ReadFile(sbom)
		if err != nil {
			return err
		}
		subject, err := partial.Descriptor(index)
		if err != nil {
			return err
		}
		artifact := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), inventory)
		if artifact, err = mutate.AppendLayers(artifact, static.NewLayer(text, inventory)); err != nil {
			return err
		}
		if err := path.AppendImage(mutate.Subject(artifact, *subject).(v1.Image)); err != nil {
			return err
		}
	}
	digest, err := index.Digest()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, digest)
	return err
}

// build returns the image of one architecture. All times in the image are the epoch.
func build(architecture, binary, version string) (v1.Image, error) {
	files, err := layer(binary)
	if err != nil {
		return nil, err
	}
	compressed, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(files)), nil
	}, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.Append(base, mutate.Addendum{
		Layer: compressed, History: v1.History{Created: v1.Time{Time: time.Unix(0, 0).UTC()}, CreatedBy: "make image"},
	})
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = "linux", architecture, v1.Time{Time: time.Unix(0, 0).UTC()}
	config.Config = v1.Config{
		User: user, Entrypoint: []string{"/enroll"}, Cmd: []string{"serve"}, WorkingDir: "/",
		// Loopback of a container cannot be reached from outside. Do not publish 9090.
		Env:          []string{"ENROLL_ADDR=:8080", "ENROLL_OPS_ADDR=:9090"},
		ExposedPorts: map[string]struct{}{"8080/tcp": {}, "9090/tcp": {}},
		Labels: map[string]string{
			"org.opencontainers.image.title": "enroll", "org.opencontainers.image.version": version,
		},
		// Docker uses this check. In Kubernetes use /livez and /readyz.
		Healthcheck: &v1.HealthConfig{Test: []string{"CMD", "/enroll", "ready"},
			Interval: 10 * time.Second, Timeout: 6 * time.Second, StartPeriod: 20 * time.Second, Retries: 3},
	}
	return mutate.ConfigFile(image, config)
}

// layer is the file system as a tar archive. Its files belong to root, so that the service cannot
// change them.
func layer(binary string) ([]byte, error) {
	program, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	for _, f := range []struct {
		name string
		mode int64
		text []byte
	}{
		{"enroll", 0o555, program},
		{"etc/", 0o755, nil},
		{"etc/ssl/", 0o755, nil},
		{"etc/ssl/certs/", 0o755, nil},
		{"etc/ssl/certs/ca-certificates.crt", 0o444, roots()},
	} {
		header := &tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.text)), ModTime: time.Unix(0, 0),
			Typeflag: tar.TypeReg, Format: tar.FormatPAX}
		if strings.HasSuffix(f.name, "/") {
			header.Typeflag = tar.TypeDir
		}
		if err := archive.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(f.text); err != nil {
			return nil, err
		}
	}
	err = archive.Close()
	return buffer.Bytes(), err
}

// roots returns the certificate authorities in PEM. They come from a module whose version is pinned: with
// the authorities of the machine, the image would depend on the machine. Authorities that Mozilla trusts under a
// condition only are left out, because a file cannot state the condition.
func roots() []byte {
	var buffer bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			_ = pem.Encode(&buffer, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate})
		}
	}
	return buffer.Bytes()
}
