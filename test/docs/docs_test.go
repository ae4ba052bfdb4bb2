//go:build docs

package docs

import (
	"encoding/base64"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// stage has the program of Enroll, its URL, and the secret of its SMS posts.
type stage struct{ enroll, url, smsSecret string }

func newStage(t *testing.T) stage {
	t.Helper()
	s := stage{os.Getenv("ENROLL_URL"), os.Getenv("STAGE_URL"), os.Getenv("STAGE_SMS_SECRET")}
	if s.enroll == "" || s.url == "" || s.smsSecret == "" {
		t.Fatal("there is no stage: run make test-docs")
	}
	return s
}

func TestIntegrate(t *testing.T) {
	t.Parallel()
	s, p, k := newStage(t), read(t, "integrate.md"), unpack(t)
	tokens := newTokens(t, s)
	for _, v := range verifiers(k, p) {
		t.Run("verify/"+v.name, func(t *testing.T) {
			t.Parallel()
			v.verifies(t, s, tokens)
		})
	}
	sent, said := newPost(t, s)
	sameShape(t, jsonOf(t, "docs/sms.md", "sms.code"), sent.Body)
	for name, command := range receivers(k, p) {
		t.Run("receive/"+name, func(t *testing.T) {
			t.Parallel()
			receives(t, s.smsSecret, sent, said, command(t))
		})
	}
	t.Run("register", func(t *testing.T) {
		t.Parallel()
		registers(t, s, k.write(t, p.program("register.mjs"), "node", "register.mjs"))
	})
	t.Run("proxy", func(t *testing.T) {
		t.Parallel()
		stands(t, s, k)
	})
	t.Run("half requests", func(t *testing.T) {
		t.Parallel()
		halves(t, s, k)
	})
	t.Run("secret", func(t *testing.T) {
		t.Parallel()
		out, err := exec.Command("bash", "-c", p.program("secret.sh")).Output()
		key, decoded := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(string(out)), "whsec_"))
		if err != nil || decoded != nil || len(key) != 32 {
			t.Errorf("%v, %v: %s", err, decoded, out)
		}
	})
}
