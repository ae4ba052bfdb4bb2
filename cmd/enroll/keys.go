package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/enroll-project/enroll/internal/token"
)

// devSecretMark begins a secret that was made for development. It is no
// base64, so that such a secret cannot be taken for a real one.
const devSecretMark = "dev:"

// keygen writes a new signing key and a new secret, and says how to use them.
func keygen(args []string, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("keygen needs the folder to write to, for example: enroll keygen ./keys")
	}
	keyFile, secretFile := filepath.Join(args[0], "token-key.pem"), filepath.Join(args[0], "secret")
	key, err := token.GenerateKey(false)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(args[0], 0o700); err != nil {
		return err
	}
	for name, content := range map[string][]byte{keyFile: key, secretFile: []byte(newSecret() + "\n")} {
		if err := create(name, content); err != nil {
			return fmt.Errorf("%w; keygen overwrites nothing: choose another folder", err)
		}
	}
	_, err = fmt.Fprintf(out, "ENROLL_TOKEN_KEYS=%s\nENROLL_SECRET_FILE=%s\n", keyFile, secretFile)
	return err
}

func newSecret() string {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails: crypto/rand
	return base64.StdEncoding.EncodeToString(secret)
}

// create writes a new file whole or not at all, and fails if there is one:
// of several processes that share a folder one wins.
func create(name string, content []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(content)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Link(temp.Name(), name)
}

// devKeys fills in the keys that were not set with those of the data folder,
// which it makes when they are missing.
func (c *config) devKeys() error {
	if err := os.MkdirAll(c.DataDir, 0o755); err != nil {
		return fmt.Errorf("ENROLL_DATA_DIR: %w", err)
	}
	if len(c.TokenKeys) == 0 && c.TokenSecret == "" {
		name := filepath.Join(c.DataDir, "dev-token-key.pem")
		if err := ensure(name, func() ([]byte, error) { return token.GenerateKey(true) }); err != nil {
			return err
		}
		c.TokenKeys = []string{name}
	}
	if c.Secret == "" {
		name := filepath.Join(c.DataDir, "dev-secret")
		made := func() ([]byte, error) { return []byte(devSecretMark + newSecret() + "\n"), nil }
		if err := ensure(name, made); err != nil {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		c.Secret = strings.TrimSpace(string(content))
	}
	return nil
}

func ensure(name string, content func() ([]byte, error)) error {
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	made, err := content()
	if err != nil {
		return err
	}
	if err := create(name, made); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// secret decodes ENROLL_SECRET and refuses a development secret elsewhere.
func (c config) secret() ([]byte, error) {
	encoded, development := strings.CutPrefix(c.Secret, devSecretMark)
	if development && !c.dev {
		return nil, errors.New("ENROLL_SECRET is a development secret, which others may know: " +
			"make one with enroll keygen DIR")
	}
	secret, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(secret) < 32 {
		return nil, errors.New("ENROLL_SECRET must be 32 bytes or more in base64: make one with enroll keygen DIR")
	}
	return secret, nil
}

// tokenKeys reads the keys that sign and verify, and refuses development keys
// elsewhere.
func (c config) tokenKeys() ([]token.Key, error) {
	if len(c.TokenKeys) == 0 {
		key, err := token.NewHS256([]byte(c.TokenSecret))
		if err != nil {
			return nil, fmt.Errorf("ENROLL_TOKEN_SECRET: %w", err)
		}
		return []token.Key{key}, nil
	}
	var keys []token.Key
	for _, name := range c.TokenKeys {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("ENROLL_TOKEN_KEYS: %w", err)
		}
		parsed, err := token.ParseKeys(content)
		if err != nil {
			return nil, fmt.Errorf("ENROLL_TOKEN_KEYS: %s: %w", name, err)
		}
		for _, key := range parsed {
			if key.Development() && !c.dev {
				return nil, fmt.Errorf("ENROLL_TOKEN_KEYS: %s is a development key, which others may know: "+
					"make one with enroll keygen DIR", name)
			}
		}
		keys = append(keys, parsed...)
	}
	return keys, nil
}
