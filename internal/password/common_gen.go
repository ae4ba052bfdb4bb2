//go:build ignore

// Command common_gen rebuilds common.txt, the list of common passwords, from
// the two packages that common.md names. It is run by hand, offline, with the
// two archives as its arguments:
//
//	go run common_gen.go django-5.2.19-py3-none-any.whl zxcvbn-ts-language-common-4.1.3.tgz
//
// It refuses archives other than those that the committed list was made from, so that a
// rebuild either gives the same bytes or fails with the reason.
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"slices"
	"strings"
)

const (
	djangoSum  = "5965d974a5218a2b68a11dd1276434707f23886525c23f0598eccedaf4f4ca00"
	djangoFile = "django/contrib/auth/common-passwords.txt.gz"
	zxcvbnSum  = "bf3027c16c069d7877e25dc8751bc819e10e479afcc5ee1a323eb2ab73129ca9"
	zxcvbnFile = "package/src/passwords.json"

	// minLength is the shortest password that any policy accepts. Shorter ones are refused
	// for their length and need not be listed.
	minLength = 8
)

// spared are entries of the sources that the list leaves out, each with its
// reason. The password in the contract's example must be accepted. The present sources
// do not have it, and a later edition must not add it.
var spared = map[string]string{
	"mypassword123": "the example of the interface's own documentation",
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: go run common_gen.go DJANGO.whl ZXCVBN.tgz")
	}
	django, err := readDjango(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	zxcvbn, err := readZxcvbn(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	set := map[string]bool{}
	for _, word := range slices.Concat(django, zxcvbn) {
		if word = strings.ToLower(word); listed(word) {
			set[word] = true
		}
	}
	text := strings.Join(slices.Sorted(maps.Keys(set)), "\n") + "\n"
	if err := os.WriteFile("common.txt", []byte(text), 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(set), "entries")
}

// listed reports whether an entry belongs in the list. All entries of the sources
// outside ASCII come from a wrong decoding, so the list is ASCII, where lower case is
// the same as case folding and NFC changes nothing.
func listed(word string) bool {
	for _, c := range []byte(word) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return len(word) >= minLength && spared[word] == ""
}

// readDjango returns the lines of Django's list, from its wheel.
func readDjango(path string) ([]string, error) {
	data, err := checked(path, djangoSum)
	if err != nil {
		return nil, err
	}
	wheel, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	packed, err := wheel.Open(djangoFile)
	if err != nil {
		return nil, err
	}
	plain, err := gzip.NewReader(packed)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(plain)
	return strings.Split(string(text), "\n"), err
}

// readZxcvbn returns the entries of zxcvbn-ts's list, from its npm archive.
func readZxcvbn(path string) ([]string, error) {
	data, err := checked(path, zxcvbnSum)
	if err != nil {
		return nil, err
	}
	plain, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	for archive := tar.NewReader(plain); ; {
		file, err := archive.Next()
		if err != nil {
			return nil, errors.Join(errors.New(zxcvbnFile), err)
		}
		if file.Name == zxcvbnFile {
			var words []string
			err := json.NewDecoder(archive).Decode(&words)
			return words, err
		}
	}
}

// checked reads a file whose SHA-256 must be want.
func checked(path, want string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != want {
		return nil, fmt.Errorf("%s is not the archive that common.md names: SHA-256 %x", path, sum)
	}
	return data, nil
}
