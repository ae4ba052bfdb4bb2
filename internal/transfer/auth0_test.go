package transfer_test

import (
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/transfer"
	"github.com/enroll-project/enroll/internal/transfer/source"
)

// The files have the forms of three pages in Auth0's documentation, read in November 2026: "Bulk User Import Schema and
// Examples", "Bulk User Exports" with "User Profile Structure", and "How to Use the Password Hashes Export from Auth0".
// The scrypt hash of dora is an example of the first, and digests are of Python's hashlib. Double quotes are single
// here.
const (
	auth0Bulk = `[
{'user_id':'2000','email':'alice@example.com','email_verified':true,'username':'alice','given_name':'Alice',
 'family_name':'A','name':'Alice A','nickname':'al','picture':'https://example.com/a.png','password_hash':'BCRYPT',
 'blocked':false,'app_metadata':{'roles':['admin']},'user_metadata':{'theme':'light'}},
{'user_id':'2001','email':'bob@example.com','email_verified':true,'name':'bob@example.com','blocked':true,
 'custom_password_hash':{'algorithm':'sha1','hash':{'value':'B4FB72222C9B61F7C6AC1CFFEAAD9FDEC11D334E',
  'encoding':'hex'},'salt':{'value':'Af8=','encoding':'base64','position':'suffix'}},
 'mfa_factors':[{'totp':{'secret':'2PRXZWZAYYDAWCD'}}]},
{'user_id':'2002','email':'carol@example.com','email_verified':true,
 'custom_password_hash':{'algorithm':'sha256','hash':{'value':'3BtFSPxhy3jTLkW6NK8qbabPuGJc7rUQ9AYZDeAW7v4=',
  'encoding':'base64'},'salt':{'value':'abc123'},'password':{'encoding':'utf8'}}},
{'user_id':'2003','email':'dora@example.com','email_verified':true,'custom_password_hash':{'algorithm':'scrypt',
 'hash':{'value':'097f6197e1b41538f723e32aa7a68e8d76227d8e432ce5faa4882a913032db29','encoding':'hex'},
 'salt':{'value':'abc123','encoding':'utf8'},'keylen':32,'cost':4096}},
{'user_id':'2004','username':'erin','custom_password_hash':{'algorithm':'argon2','hash':{'value':'ARGON2'}}},
{'user_id':'2005','username':'frank','custom_password_hash':{'algorithm':'bcrypt','hash':{'value':'BCRYPT',
 'encoding':'utf8'},'salt':{'value':'abc123'}}},
{'user_id':'2006','username':'grace','custom_password_hash':{'algorithm':'hmac','hash':{'value':'AAAA',
 'encoding':'base64','digest':'sha1','key':{'value':'736868','encoding':'hex'}}}},
{'user_id':'2007','username':'heidi','custom_password_hash':{'algorithm':'md5','hash':{
 'value':'973d98ac221d7e433fd7c417aa41027a','encoding':'hex'},'password':{'encoding':'ucs2'}}},
{'user_id':'2008','username':'ivan','custom_password_hash':{'algorithm':'scrypt','cost':4097,
 'hash':{'value':'097f6197e1b41538f723e32aa7a68e8d76227d8e432ce5faa4882a913032db29','encoding':'hex'},
 'salt':{'value':'abc123'}}},
{'user_id':'2009','username':'judy','custom_password_hash':{'algorithm':'sha1','hash':{'value':'XX','encoding':'hex'}}},
{'email':'mallory@example.com','email_verified':true}, {'user_id':7}, {'user_id':'LONG'}
]`
	auth0Lines = `{'user_id':'auth0|5dea9f9c82dd7c0e76e4ec93','email':'nina@example.com','email_verified':true,` +
		`'created_at':'2019-12-06T18:36:12.412Z','updated_at':'2020-01-01T00:00:00Z','last_login':'2021-01-01T00:00:00Z',` +
		`'identities':[{'connection':'Username-Password-Authentication','provider':'auth0','isSocial':false},` +
		`{'connection':'google-oauth2','provider':'google-oauth2','isSocial':true}],'multifactor':['guardian']}
{'user_id':'google-oauth2|1065','email':'oscar@example.com','email_verified':true}
{'user_id':'sms|5dea','blocked':false,'phone_number':'+8613800138003','phone_verified':true,` +
		`'name':'+8613800138003',` +
		`'identities':[{'provider':'sms'}]}
{'user_id':'auth0|5def','blocked':true,'email':'peg@example.com','email_verified':false,'phone_number':'+8613800138004'}
`
	auth0Hashes = `{'_id':{'$oid':'5dea9f9c82dd7c0e76e4ec94'},'email_verified':true,'email':'quinn@example.com',` +
		`'passwordHash':'BCRYPT','password_set_date':{'$date':'2019-12-06T18:36:12.412Z'},'tenant':'t',` +
		`'created_at':{'$date':'2019-12-06T18:36:12.412Z'},'connection':'c','_tmp_is_unique':true}
{'_id':{'$oid':'5dea9f9c82dd7c0e76e4ec95'},'alt_id':'euclid','passwordHash':'BCRYPT','identifiers':[` +
		`{'type':'email','value':'rob@example.com','verified':true},{'type':'username','value':'rob'},` +
		`{'type':'phone_number','value':'+8613800138005','verified':false}]}
{'user_id':'auth0|5dea9f9c82dd7c0e76e4ec94','email':'quinn@example.com'}
{'_id':{'$oid':'5dea9f9c82dd7c0e76e4ec96'},'created_at':'hush'}
`
)

// TestImportAuth0: a user in each of the three files of Auth0 keeps its meaning, with a hash that a login verifies.
// What is lost is noted. A repetition changes nothing.
func TestImportAuth0(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer(`'`, `"`, "BCRYPT", bcrypt, "ARGON2", argon2, "LONG", strings.Repeat("x", 65))
	hasher := quickHasher(t)
	const imported, unread = "changed; id: changed", "refused; password_hash: unknown"
	for file, c := range map[string]struct{ want, where []string }{
		auth0Bulk: {[]string{
			"imported", "changed; second factors: not imported", "imported", "imported", "imported", unread, unread, unread,
			unread, unread, "refused; password_hash: not in the file; id: required", "refused; malformed",
			"refused; id: malformed",
		}, []string{
			`id = 2000 AND user_name = 'alice' AND email = 'alice@example.com' AND email_verified_at IS NOT NULL AND
				real_name = 'Alice A' AND first_name = 'Alice' AND last_name = 'A' AND status = 1 AND
				avatar_url = 'https://example.com/a.png' AND password_hash = '` + bcrypt + "'",
			"id = 2001 AND real_name = '' AND status = 0 AND password_hash LIKE '$wrapped$sha1$$Af8$argon2id$%'",
			"id = 2002 AND password_hash LIKE '$wrapped$sha256$YWJjMTIz$$argon2id$%'",
			"id = 2003 AND password_hash = '$scrypt$ln=12,r=8,p=1$YWJjMTIz$CX9hl+G0FTj3I+Mqp6aOjXYifY5DLOX6pIgqkTAy2yk'",
			"id = 2004 AND password_hash = '" + argon2 + "'",
		}},
		auth0Lines: {[]string{
			"changed; identities: not imported; password_hash: not in the file; second factors: not imported; " +
				"blocked: not in the file; id: changed",
			"changed; identities: not imported; blocked: not in the file; id: changed", imported,
			"refused; phone: not verified; password_hash: not in the file; row: identifier_needed",
		}, []string{
			`email = 'nina@example.com' AND created_at = '2019-12-06 18:36:12.412Z' AND email_verified_at = created_at AND
				updated_at = '2020-01-01 00:00:00Z' AND last_login_at = '2021-01-01 00:00:00Z' AND password_hash IS NULL`,
			"email = 'oscar@example.com'", "phone = '+8613800138003' AND real_name = ''",
		}},
		auth0Hashes: {[]string{"changed; blocked: not in the file; id: changed",
			"changed; phone: not verified; blocked: not in the file; id: changed", "refused; id: repeated",
			"refused; malformed"},
			[]string{
				`email = 'quinn@example.com' AND created_at = '2019-12-06 18:36:12.412Z' AND password_hash = '` + bcrypt + "'",
				"email = 'rob@example.com' AND user_name = 'rob' AND phone IS NULL AND email_verified_at IS NOT NULL",
				"id = (SELECT user_id FROM imported_users WHERE source_id = 'euclid')",
			}},
	} {
		open(t).twice(text.Replace(file), func(i *transfer.ImportConfig) {
			i.From, i.Rules.Hasher = source.FromAuth0, hasher
		}, c.want, c.where)
	}
}
