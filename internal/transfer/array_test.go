package transfer_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/transfer"
	"github.com/enroll-project/enroll/internal/transfer/source"
)

// keycloakRealm has the form of an export of a realm with its users (Keycloak 26.2, "Importing and exporting realms",
// and UserRepresentation in the documentation of the admin API, read in November 2026). Double quotes are single here.
const keycloakRealm = `{'id':'r','realm':'shop','roles':{'realm':[{'name':'users'}]},'keys':['users',{'users':[1]}],
'users':[
{'id':'8f1c8f5e-3f0b-4e0c-9d8a-000000000001','username':'alice','email':'alice@example.com','emailVerified':true,
 'firstName':'Alice','lastName':'A','enabled':true,'createdTimestamp':1600000000123,'totp':false,
 'credentials':[{'id':'x','type':'otp','secretData':'{}','credentialData':'{}'},{'id':'y','type':'password',
  'secretData':'{\'value\':` +
	`\'jN69cJ9ae4KNrD6A3k2GW2wcRdtBKSIGaBwvI7JyJarbdu53r7LF0fEqAAiw6VdSVD3lTGsTPQK0ugQXObz2Qw==\',` +
	`\'salt\':\'AAECAwQFBgcICQoLDA0ODw==\',\'additionalParameters\':{}}',
  'credentialData':'{\'hashIterations\':30000,\'algorithm\':\'pbkdf2-sha512\',\'additionalParameters\':{}}'}],
 'requiredActions':[],'realmRoles':['default-roles-shop'],'groups':[]},
{'id':'8f1c8f5e-3f0b-4e0c-9d8a-000000000002','username':'bob','email':'bob@example.com','emailVerified':false,
 'enabled':false,'credentials':[{'type':'password','secretData':'{\'value\':` +
	`\'0tOG9jzsX6E+TI3PLI0YernNjuL1xorqTN3NuEWMlkA=\',\'salt\':\'AAECAwQFBgcICQoLDA0ODw==\'}','credentialData':` +
	`'{\'hashIterations\':2,\'algorithm\':\'argon2\',\'additionalParameters\':{\'hashLength\':[\'32\'],` +
	`\'memory\':[\'19456\'],\'type\':[\'id\'],\'version\':[\'1.3\'],\'parallelism\':[\'1\']}}'}]},
{'id':'c3','username':'carol','enabled':true,'credentials':[{'type':'password','secretData':'{\'value\':` +
	`\'0tOG9jzsX6E+TI3PLI0YernNjuL1xorqTN3NuEWMlkA=\',\'salt\':\'AAECAwQFBgcICQoLDA0ODw==\'}','credentialData':` +
	`'{\'hashIterations\':2,\'algorithm\':\'argon2\',\'additionalParameters\':{\'memory\':[\'19456\'],` +
	`\'type\':[\'i\'],\'version\':[\'1.3\'],\'parallelism\':[\'1\']}}'}]},
{'id':'c4','username':'dave','enabled':true,'credentials':[{'type':'password','secretData':'x','credentialData':'y'}]},
{'id':'c5','username':'service-account-shop','serviceAccountClientId':'shop','enabled':true},
{'id':'c6','email':'erin@example.com','emailVerified':true,'enabled':true,
 'credentials':[{'type':'password-history'}],'federatedIdentities':[{'identityProvider':'google','userId':'1'}]},
{'id':'c7','username':7},
{'username':'frank','enabled':true}
],'clients':[{}]}`

// djangoDump has the form of manage.py dumpdata auth.user ("Serializing Django objects", Django 5.2, read in November
// 2026). The hashes were made by Django 5.2.19, bcrypt by PyPI's bcrypt.
const djangoDump = `[{'model':'auth.user','pk':41,'fields':{
 'password':'pbkdf2_sha256$1000$h1tPfMPD2rZ6pXlR9TLVqA$gTRhaY63hZni7JdXwcY21bFk0eaqQU2gAU1Bpnmw0gE=',
 'last_login':'2024-05-01T10:00:00.123Z','is_superuser':true,'username':'alice','first_name':'Alice','last_name':'A',
 'email':'alice@example.com','is_staff':true,'is_active':true,'date_joined':'2020-01-01T00:00:00+02:00','groups':[1]}},
{'model':'auth.user','pk':42,'fields':{'password':'bcrypt$$2b$04$abcdefghijklmnopqrstuuG9SiaY23kcHNVfZOi3ASV48v6x1TbkS',
 'username':'bob','is_active':false,'last_login':null}},
{'model':'auth.user','pk':43,'fields':{'password':` +
	`'argon2$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$0tOG9jzsX6E+TI3PLI0YernNjuL1xorqTN3NuEWMlkA',
 'username':'carol','is_active':true}},
{'model':'auth.user','pk':44,'fields':{'password':'!kXv9','username':'dave','is_active':true}},
{'model':'auth.group','pk':1,'fields':{'name':'staff'}},
{'model':'auth.user','pk':45,'fields':{'password':'bcrypt_sha256$$2b$04$abc','username':'erin','is_active':true}},
{'model':'auth.user','pk':46,'fields':7}, {'model':'auth.user','pk':1.5,'fields':{}}]`

// TestImportArrays: a row of Keycloak and of Django keeps its meaning, with a hash that a login verifies.
func TestImportArrays(t *testing.T) {
	t.Parallel()
	quotes := strings.NewReplacer(`\'`, `\"`, `'`, `"`)
	for from, c := range map[string]struct {
		file        string
		want, where []string
	}{
		source.FromKeycloak: {keycloakRealm, []string{
			"changed; second factors: not imported; id: changed", "changed; id: changed", "refused; password_hash: unknown",
			"refused; password_hash: unknown", "refused; row: identifier_needed",
			"changed; identities: not imported; id: changed", "refused; malformed",
			"refused; id: required",
		}, []string{
			`user_name = 'alice' AND email = 'alice@example.com' AND email_verified_at = created_at AND first_name = 'Alice'
				AND created_at = '2020-09-13 12:26:40.123Z' AND status = 1 AND password_hash LIKE '$pbkdf2-sha512$i=30000,l=64$%'`,
			`user_name = 'bob' AND email_verified_at IS NULL AND status = 0 AND password_hash = '$argon2id$v=19$m=19456,t=2,` +
				`p=1$AAECAwQFBgcICQoLDA0ODw$0tOG9jzsX6E+TI3PLI0YernNjuL1xorqTN3NuEWMlkA'`,
			"email = 'erin@example.com' AND email_verified_at IS NOT NULL AND password_hash IS NULL",
		}},
		source.FromDjango: {djangoDump, []string{
			"imported", "imported", "imported", "refused; row: identifier_needed", "refused; password: required",
			"refused; password_hash: unknown", "refused; malformed", "refused; id: malformed",
		}, []string{
			`id = 41 AND user_name = 'alice' AND email_verified_at IS NULL AND created_at = '2019-12-31 22:00:00Z' AND
				last_login_at = '2024-05-01 10:00:00.123Z' AND password_hash LIKE '$pbkdf2-sha256$i=1000,l=32$%'`,
			"id = 42 AND status = 0 AND password_hash LIKE '$2b$04$%'",
			"id = 43 AND status = 1 AND password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'",
		}},
	} {
		d := open(t)
		_, report := d.load(quotes.Replace(c.file), func(i *transfer.ImportConfig) { i.From = from })
		if len(report) != len(c.want) {
			t.Fatalf("%s: %d lines", from, len(report))
		}
		for i, one := range report {
			if one.text() != c.want[i] || one.Line != int64(i+1) {
				t.Errorf("%s: user %d: %q, want %q", from, one.Line, one.text(), c.want[i])
			}
		}
		for _, where := range c.where {
			if d.count("users WHERE "+where) != 1 {
				t.Errorf("%s: no user with %s", from, where)
			}
		}
	}
}

// TestImportArrayFiles: a file of another form is refused, one that is cut off is reported, and no error quotes it.
func TestImportArrayFiles(t *testing.T) {
	t.Parallel()
	d := open(t)
	for content, want := range map[string]error{
		"": source.ErrNoLines, "hush": source.ErrArray, "7": source.ErrArray, `"users"`: source.ErrArray,
		"{": source.ErrArray, "{}": source.ErrArray, `{"realm":"hush"}`: source.ErrArray,
		`{"users":{}}`: source.ErrArray, `{"users":`: source.ErrArray, `{"a":{"users":[]}}`: source.ErrArray,
		"[": source.ErrArray, `[{"id":"hush"}`: source.ErrArray, `[{"id":"hush"},`: source.ErrArray,
		`[{"id":"hush"} hush`: source.ErrArray, `[{"id":"` + strings.Repeat("hush", 1<<19) + `"}]`: source.ErrArray,
		"[]": nil, `{"users":[]}`: nil,
	} {
		c := d.config(nil)
		c.From = source.FromKeycloak
		_, err := transfer.Import(t.Context(), c, strings.NewReader(content))
		if !errors.Is(err, want) || err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%.30q: %v", content, err)
		}
	}
}
