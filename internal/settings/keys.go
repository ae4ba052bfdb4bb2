package settings

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

// devSecretMark begins a secret that --dev has made. A colon is not a character of
// base64, so that such a secret cannot be decoded as a real one.
const devSecretMark = "dev:"

// Keygen writes a new signing key and a new secret into the folder args[0], and
// prints the settings that use them. A new folder gets mode 0700, and the files 0600.
func Keygen(args []string, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("keygen needs the folder to write to, for example: enroll keygen ./keys")
	}
	keyFile, secretFile := filepath.Join(args[0], "token-key.pem"), filepath.Join(args[0], "secret")
	// A P-256 key, because ES256 is what all verifiers know (docs/decisions.md, 9).
	key, err := token.GenerateKey(false)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(args[0], 0o700); err != nil {
		return err
	}
	// An overwritten signing key cannot verify the tokens it signed. An overwritten secret cannot recognize
	// remembered idempotency keys. So an existing file is an error.
	for name, content := range map[string][]byte{keyFile: key, secretFile: []byte(newSecret() + "\n")} {
		if err := create(name, content); err != nil {
			return fmt.Errorf("%w; keygen overwrites nothing: choose another folder", err)
		}
	}
	// The output is in the form of an environment file, and has no secret itself.
	_, err = fmt.Fprintf(out, "ENROLL_TOKEN_KEYS=%s\nENROLL_SECRET_FILE=%s\n", keyFile, secretFile)
	return err
}

// newSecret returns 32 random bytes in base64: the keys that are derived from it
// (HKDF with SHA-256) are no stronger than 256 bits.
func newSecret() string {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails: crypto/rand
	return base64.StdEncoding.EncodeToString(secret)
}

// create writes a new file. It returns fs.ErrExist if the file exists: a link, in
// contrast to a rename, does not overwrite. So of several processes that share a
// folder one creates the file, and the others read a complete one. The file has
// mode 0600, which CreateTemp gives it.
func create(name string, content []byte) error {
	// The temporary file is in the same folder, because a link cannot cross file systems.
	temp, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(content)
	// Sync before the link: after a power failure the file is complete or absent.
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Link(temp.Name(), name)
}

// MakeDevKeys reads each key for which there is no setting from the data folder, and
// creates it there if it is missing. The keys are kept in files, so that tokens and
// codes stay valid after a restart.
func (c *Config) MakeDevKeys() error {
	if err := c.makeDevKeys(); err != nil {
		return fmt.Errorf("ENROLL_DATA_DIR: %w", nameless(err))
	}
	return nil
}

func (c *Config) makeDevKeys() error {
	if err := os.MkdirAll(c.DataDir, 0o755); err != nil {
		return err
	}
	// The names of the files differ from those of keygen, so that neither folder can be used as the other by mistake.
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

// ensure creates a file if it does not exist. That another process creates it
// meanwhile is not an error.
func ensure(name string, content func() ([]byte, error)) error {
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	// Two processes may both come here. create decides which file is kept, and each of
	// them then reads that one.
	made, err := content()
	if err != nil {
		return err
	}
	if err := create(name, made); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// SecretBytes decodes ENROLL_SECRET. Outside --dev it refuses a development secret: it
// may have been copied or committed together with the data folder.
func (c Config) SecretBytes() ([]byte, error) {
	encoded, development := strings.CutPrefix(c.Secret, devSecretMark)
	if development && !c.Dev {
		return nil, errors.New("ENROLL_SECRET is a development secret, which others may know: " +
			"make one with enroll keygen DIR")
	}
	secret, err := base64.StdEncoding.DecodeString(encoded)
	// The error does not say whether the form or the length is wrong, so that it reveals nothing about the secret.
	if err != nil || len(secret) < 32 {
		return nil, errors.New("ENROLL_SECRET must be 32 bytes or more in base64: make one with enroll keygen DIR")
	}
	return secret, nil
}

// SigningKeys reads the keys that sign and verify tokens; the first of them signs.
// Outside --dev it refuses development keys, for the reason that SecretBytes gives.
func (c Config) SigningKeys() ([]token.Key, error) {
	// If both are set, the key files win: a verifier with a public key cannot sign.
	if len(c.TokenKeys) == 0 {
		key, err := token.NewHS256([]byte(c.TokenSecret))
		if err != nil {
			return nil, fmt.Errorf("ENROLL_TOKEN_SECRET: %w", err)
		}
		return []token.Key{key}, nil
	}
	var keys []token.Key
	for i, name := range c.TokenKeys {
		// An error has the number of a file and not its name: the setting may hold a key by mistake.
		content, err := ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("ENROLL_TOKEN_KEYS: file %d: %w", i+1, err)
		}
		// One file may hold several keys, one after another, as a secret that a cluster
		// mounts often does.
		parsed, err := token.ParseKeys(content)
		if err != nil {
			return nil, fmt.Errorf("ENROLL_TOKEN_KEYS: file %d: %w", i+1, err)
		}
		for _, key := range parsed {
			if key.Development() && !c.Dev {
				return nil, fmt.Errorf("ENROLL_TOKEN_KEYS: file %d has a development key, which others may know: "+
					"make one with enroll keygen DIR", i+1)
			}
		}
		keys = append(keys, parsed...)
	}
	return keys, nil
}
