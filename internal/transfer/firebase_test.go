package transfer_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/transfer"
	"github.com/enroll-project/enroll/internal/transfer/source"
)

// firebaseParameters are those in the README of github.com/firebase/scrypt, in the form that Firebase's console shows
// ("auth:import and auth:export" in the documentation of the Firebase CLI, read in November 2026).
const firebaseParameters = `hash_config {
  algorithm: SCRYPT,
  base64_signer_key: jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,
  base64_salt_separator: Bw==,
  rounds: 8,
  mem_cost: 14,
}
`

// firebaseUsers has the form of firebase auth:export (src/accountExporter.ts of firebase-tools, read in November 2026).
// The hash of alice is that of the README of github.com/firebase/scrypt, and the one of erin is REDACTED in base64.
// Double quotes are single here.
const firebaseUsers = `{'users': [
{'localId':'PYwZ0BlXb4','email':'alice@example.com','emailVerified':true,'passwordHash':` +
	`'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',` +
	`'salt':'42xEC+ixf3L2lw==','displayName':'Alice A','photoUrl':'https://example.com/a.png',` +
	`'lastSignedInAt':'1700000000456','createdAt':'1600000000123','disabled':false,` +
	`'customAttributes':'{\'admin\':true}','providerUserInfo':[]},
{'localId':'u2','phoneNumber':'+8613800138002','createdAt':'1600000000000','disabled':true,'providerUserInfo':[]},
{'localId':'u3','email':'carol@example.com','emailVerified':true,'createdAt':'1600000000000',` +
	`'providerUserInfo':[{'providerId':'google.com','rawId':'1','email':'carol@example.com'},` +
	`{'providerId':'github.com','rawId':'2'}]},
{'localId':'u4','createdAt':'1600000000000','providerUserInfo':[]},
{'localId':'u5','email':'erin@example.com','emailVerified':true,'passwordHash':'UkVEQUNURUQ=','salt':'42xEC+i='},
{'localId':'u6','email':'frank@example.com','emailVerified':false,'passwordHash':` +
	`'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',` +
	`'salt':'42xEC+ixf3L2lw==','providerUserInfo':[{'providerId':'password'}]},
{'localId':'u7','email':7}, {'phoneNumber':'+8613800138008'},
{'localId':'LONG','phoneNumber':'+8613800138009'}
]}`

// TestImportFirebase: a user of Firebase keeps its meaning, and what is lost is noted. A repetition changes nothing.
func TestImportFirebase(t *testing.T) {
	t.Parallel()
	d := open(t)
	hash, err := source.ReadFirebaseHash(firebaseParameters)
	d.fatal(err)
	content := strings.NewReplacer(`\'`, `\"`, `'`, `"`, "LONG", strings.Repeat("x", 65)).Replace(firebaseUsers)
	d.twice(content, func(i *transfer.ImportConfig) { i.From, i.Reading.Firebase = source.FromFirebase, hash }, []string{
		"changed; id: changed", "changed; id: changed", "changed; identities: not imported; id: changed",
		"refused; row: identifier_needed", "refused; password_hash: unknown", "refused; row: identifier_needed",
		"refused; malformed", "refused; id: required", "refused; id: malformed",
	}, []string{
		`email = 'alice@example.com' AND email_verified_at = created_at AND created_at = '2020-09-13 12:26:40.123Z' AND
			last_login_at = '2023-11-14 22:13:20.456Z' AND real_name = 'Alice A' AND status = 1 AND
			avatar_url = 'https://example.com/a.png' AND password_hash = '$firebase-scrypt$ln=14,r=8,p=1$42xEC+ixf3L2lwc$` +
			`GjH2+Jz+dglLj5NuFkZHgBvZnv8Z8VZE5sdIgEAbIgeXy+ZfSpJLu1A++pZcpx0OhX41mDwvu2Olmp+PnfLfyQ'`,
		"phone = '+8613800138002' AND status = 0 AND password_hash IS NULL",
		"email = 'carol@example.com' AND email_verified_at IS NOT NULL AND password_hash IS NULL AND status = 1",
	})
}

// TestFirebaseHash: parameters by which no hash could be verified are refused before a row is read, and no error quotes
// them. JSON is read as well.
func TestFirebaseHash(t *testing.T) {
	t.Parallel()
	edit := func(old, now string) string { return strings.Replace(firebaseParameters, old, now, 1) }
	for name, text := range map[string]string{
		"nothing": "", "another algorithm": edit("SCRYPT", "BCRYPT"), "no algorithm": edit("algorithm: SCRYPT,", ""),
		"no key":                 edit("jxspr8", "!"),
		"a short key":            edit("jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0Qs", ""),
		"no cost":                edit("14", ""),
		"a cost above the bound": edit("14", "20"), "two projects": firebaseParameters + firebaseParameters,
		"no rounds": edit("rounds", "round"), "another separator": edit("Bw==", "B"),
	} {
		_, err := source.ReadFirebaseHash(text)
		if !errors.Is(err, source.ErrFirebaseHash) || strings.Contains(err.Error(), "jxspr8") {
			t.Errorf("%s: %v", name, err)
		}
	}
	want, err := source.ReadFirebaseHash(firebaseParameters)
	if err != nil {
		t.Fatal(err)
	}
	asJSON := `{"algorithm":"SCRYPT","base64_signer_key":"jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNm` +
		`dZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==","base64_salt_separator":"Bw==","rounds":8,"mem_cost":14}`
	if got, err := source.ReadFirebaseHash(asJSON); err != nil || got != want {
		t.Errorf("JSON: %v", err)
	}
	d := open(t)
	c := d.config(nil)
	c.From = source.FromFirebase
	if _, err := transfer.Import(t.Context(), c, strings.NewReader("{")); !errors.Is(err, source.ErrFirebaseHash) {
		t.Errorf("without parameters: %v", err)
	}
}
