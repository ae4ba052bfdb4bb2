package transfer_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/transfer"
	"github.com/enroll-project/enroll/internal/transfer/source"
)

// kratosPages has the form of two pages of GET /admin/identities?include_credential=password of Ory Kratos, one after
// the other (Identity in the reference of its API, and WithDeclassifiedCredentials in identity/identity.go of
// ory/kratos, read in November 2026). The hash of alice is of hash/hasher_test.go there. Double quotes are single here.
const kratosPages = `[
{'id':'9f425a8d-7efc-4768-8f23-7647a74fdf13','schema_id':'default','state':'active',
 'state_changed_at':'2024-01-01T00:00:00Z','traits':{'email':'alice@example.com','username':'alice',
 'name':{'first':'Alice','last':'A'},'phone':'+8613800138001'},
 'credentials':{'password':{'type':'password','identifiers':['alice@example.com','alice'],
  'config':{'hashed_password':'SHA1'},'version':0},
  'totp':{'type':'totp','identifiers':['9f425a8d']},'lookup_secret':{'identifiers':['9f425a8d']},
  'oidc':{'type':'oidc','identifiers':['google:1']},'webauthn':{'type':'webauthn','identifiers':[]}},
 'verifiable_addresses':[{'id':'x','value':'alice@example.com','verified':true,'via':'email','status':'completed',
  'verified_at':'2023-05-05T05:05:05.123456789Z'},
  {'value':'+8613800138001','verified':true,'via':'sms','status':'completed'}],
 'recovery_addresses':[{'value':'alice@example.com','via':'email'}],'metadata_public':{'a':1},'metadata_admin':null,
 'created_at':'2020-09-13T12:26:40.123456Z','updated_at':'2021-01-01T00:00:00Z','organization_id':null},
{'id':'k2','state':'inactive','traits':{'username':'bob','name':'Bob B','phone_number':'+8613800138002'},
 'credentials':{'password':{'identifiers':['bob'],'config':{'hashed_password':'BCRYPT'}},
  'code':{'identifiers':['+8613800138002']}},
 'verifiable_addresses':[{'value':'+8613800138002','verified':false,'via':'sms'}]},
{'id':'k3','state':'active','created_at':'2020-01-01T00:00:00Z',
 'traits':{'emails':['c@example.com','carol@example.com']},
 'credentials':{'password':{'identifiers':['carol@example.com'],'config':{}}},'verifiable_addresses':[
 {'value':'c@example.com','verified':false,'via':'email'},
 {'value':'carol@example.com','verified':true,'via':'email'}]}
][]
[{'id':'k4','state':'active','traits':{'email':'dave@example.com'},
 'credentials':{'password':{'identifiers':['dave@example.com'],'config':{'hashed_password':'BCRYPT'}}},
 'verifiable_addresses':[{'value':'dave@example.com','verified':false,'via':'email'}]},
{'id':'k5','traits':{'username':'erin'},'credentials':{'password':{'identifiers':['erin']}}},
{'id':'k6','state':'gone','traits':{'username':'frank'},
 'credentials':{'password':{'identifiers':['frank'],'config':{'hashed_password':'BCRYPT'}}}},
{'id':'k7','traits':{'username':'grace'},
 'credentials':{'password':{'identifiers':['grace'],'config':{'hashed_password':'$hmac-md5$AAAA$AAAA'}}}},
{'id':'k8','traits':[]}, 7, {'traits':{'username':'heidi'},'credentials':{}}, {'id':'k9','credentials':{}},
{'id':'k11','traits':{'username':'judy'}},{'id':'k12','traits':{},'credentials':{},
 'verifiable_addresses':[{'value':'kim@example.com','verified':true,'via':'email'}]}
]
{'id':'k10','traits':{'username':'ivan','email':7},'credentials':{'password':{'identifiers':['ivan'],
 'config':{'hashed_password':'BCRYPT'}}}}
`

// TestImportKratos: an identity of Kratos keeps its meaning, with a hash that a login verifies, on all pages of a file.
// What is lost is noted. A repetition changes nothing.
func TestImportKratos(t *testing.T) {
	t.Parallel()
	d := open(t)
	content := strings.NewReplacer(`'`, `"`, "BCRYPT", bcrypt, "SHA1",
		"$sha1$pf=e1NBTFR9e1BBU1NXT1JEfQ==$NW9wbWtnejAzcg==$2qU2SGWP8viTM1md3FiI3+rjWXQ=").Replace(kratosPages)
	config := func(i *transfer.ImportConfig) { i.From, i.Rules.Hasher = source.FromKratos, quickHasher(t) }
	d.twice(content, config, []string{
		"changed; identities: not imported; second factors: not imported; id: changed",
		"changed; phone: not verified; id: changed", "changed; id: changed", "refused; row: identifier_needed",
		"refused; password_hash: not in the file", "refused; status: malformed", "refused; password_hash: unknown",
		"refused; malformed", "refused; malformed", "refused; id: required", "refused; row: identifier_needed",
		"refused; password_hash: not in the file", "changed; id: changed", "changed; id: changed",
	}, []string{
		`user_name = 'alice' AND email = 'alice@example.com' AND email_verified_at = '2023-05-05 05:05:05.123456Z' AND
			phone = '+8613800138001' AND first_name = 'Alice' AND last_name = 'A' AND status = 1 AND
			created_at = '2020-09-13 12:26:40.123456Z' AND updated_at = '2021-01-01 00:00:00Z' AND
			password_hash LIKE '$wrapped$sha1$NW9wbWtnejAzcg$$argon2id$%'`,
		"user_name = 'bob' AND phone IS NULL AND real_name = 'Bob B' AND status = 0 AND password_hash = '" + bcrypt + "'",
		"email = 'carol@example.com' AND email_verified_at = created_at AND password_hash IS NULL",
		"email = 'kim@example.com' AND password_hash IS NULL", "user_name = 'ivan' AND email IS NULL AND status = 1",
	})
	d = open(t)
	_, report := d.load(content, config, func(i *transfer.ImportConfig) { i.Reading.Phones = true })
	if report[1].text() != "changed; id: changed" || d.count("users WHERE phone = '+8613800138002'") != 1 {
		t.Errorf("an operator vouches for phones: %s", report[1].text())
	}
}

// TestImportValues: users stand in arrays or one after the other. A file of another form is refused, one that is cut
// off within a user or an array is reported, and no error quotes it.
func TestImportValues(t *testing.T) {
	t.Parallel()
	d := open(t)
	for content, want := range map[string]error{
		"": source.ErrNoLines, " \n": source.ErrNoLines, "hush": source.ErrArray, "7": source.ErrArray,
		`"hush"`: source.ErrArray, "]": source.ErrArray, "{": source.ErrArray, "[": source.ErrArray,
		`[{"id":"hush"}`: source.ErrArray, `{"id":"hush"`: source.ErrArray, `[{"id":"hush"},`: source.ErrArray,
		`{"id":"hush"}]`: source.ErrArray, `{"id":"hush"}hush`: source.ErrArray, `[] [{"id":"hush"`: source.ErrArray,
		`{"id":"` + strings.Repeat("hush", 1<<19) + `"}`: source.ErrArray,
		"[]": nil, "{}": nil, "[]\n[]\n": nil, "{}\n{}\n": nil, `{"id":"a"} [{"id":"b"}] {"id":"c"}`: nil,
	} {
		c := d.config(nil)
		c.From = source.FromKratos
		_, err := transfer.Import(t.Context(), c, strings.NewReader(content))
		if !errors.Is(err, want) || err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%.30q: %v", content, err)
		}
	}
}
