package server_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/leave"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/transfer"
	"github.com/enroll-project/enroll/internal/transfer/source"
)

// bring imports a file and returns its report.
func (d *deployment) bring(from, content string, change ...func(*transfer.ImportConfig)) string {
	d.Helper()
	names, err := leave.NewNames(make([]byte, 32), time.Hour)
	fatal(d, err)
	phones, err := identifier.NewPhoneRules("CN", []string{"CN"})
	fatal(d, err)
	var report bytes.Buffer
	c := transfer.ImportConfig{
		Pool: d.pool, By: audit.Actor{Kind: audit.Command, Name: "mover"}, From: from, Source: from, Site: 1,
		DefaultGroup: 2, Now: d.now.Now, Report: &report,
		Sites: []int64{1},
		Rules: &operator.Rules{Phones: phones, Names: names, Rand: rand.Reader, Hasher: d.hasher},
	}
	for _, f := range change {
		f(&c)
	}
	_, err = transfer.Import(d.Context(), c, strings.NewReader(content))
	fatal(d, err)
	return report.String()
}

// TestImportedHashes: a user with a hash of another system logs in with the old password and with no other one, and
// has a hash of this deployment from then on. The ids are below those of registrations. What made the hashes is named
// in foreign.TestKnownHashes.
func TestImportedHashes(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	for i, written := range []string{
		"$2b$04$abcdefghijklmnopqrstuuG9SiaY23kcHNVfZOi3ASV48v6x1TbkS",
		"pbkdf2_sha256$1000$h1tPfMPD2rZ6pXlR9TLVqA$gTRhaY63hZni7JdXwcY21bFk0eaqQU2gAU1Bpnmw0gE=",
		"pbkdf2_sha1$1000$h1tPfMPD2rZ6pXlR9TLVqA$XL0deiI2+6m8JBnTILDLAYJckFI=",
		"$pbkdf2-sha512$i=30000$AAECAwQFBgcICQoLDA0ODw==$jN69cJ9ae4KNrD6A3k2GW2wcRdtBKSIGaBwvI7JyJarbdu53r7LF0fEqAAiw6VdSV" +
			"D3lTGsTPQK0ugQXObz2Qw==",
		"$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$iPuEdcQpYxpTDpQhDwuKg9aCHi7S3zTkgVX4bKeo944",
		"scrypt$1024$h1tPfMPD2rZ6pXlR9TLVqA$8$5$rmUBp0zonnzHXYaS+0RMvuSzYc68RUQASVLFlmDkGhQh9TiDdjWBMuS4CwlDs4WShQs+aDWtBh" +
			"wqjMe9zwLJUg==",
		"$5$abcdefghijklmnop$QKbwEjzqK/F13KsBD6GzO3kXBGn6PuRX3vA8uxs1gC6",
		"$6$abcdefghijklmnop$RtaD5sIhWL0Swo7CvF.NJPwxGK5RCDdAwEliYZMzuNxVPh1h7kEWxcJJPyelq3iBen7tgMFPydyGvK.lJJijh/",
		"md5$seasalt$b914e1cdc66a2b81f4cd307552347973", "sha1$$8650fb12541b93fd5f61b7800769c5de593265d5",
		"{SSHA256}W/6gk8tTaCm7ZvjIZHEXZ3+X3u5Gfwkz/ffkEVOVgEtzYWx0c2FsdA==", "$1$abcdefgh$yi0HvUHlSO2oYseyDXFXS1",
		// This hash was made with `openssl enc -aes-256-ctr` and a key from Python's hashlib.scrypt.
		"$firescrypt$ln=10,r=8,p=1$AAECAwQFBgcICQ$sPrFlwBUSmU+OXakc94WVf/UC+PbFdHfyfAAnCq3eToY4qETqnjOfktRQly" +
			"G0HYdd2bgqESEPIWZgXu0WIFRAg$Bw$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyM" +
			"zQ1Njc4OTo7PD0+Pw",
	} {
		name := fmt.Sprintf("imported%d", i)
		row, err := json.Marshal(map[string]any{"kind": "user", "id": i + 1, "user_name": name, "password_hash": written})
		fatal(t, err)
		report := d.bring(source.FromNDJSON, `{"kind":"header","format":"enroll-users","version":1}`+"\n"+string(row)+
			"\n"+`{"kind":"end","users":1}`+"\n")
		if !strings.Contains(report, `"result":"imported"`) {
			t.Errorf("%s: %s", written, report)
		}
		login := body{"user_name": name, "password": "MyPassword123"}
		d.post("/api/login", login.with("password", "mypassword123")).is(t, 422, "credentials_wrong")
		hashed := func() int {
			return d.count("users WHERE user_name_key = '" + name + "' AND password_hash LIKE '$argon2id$%'")
		}
		if hashed() != 0 {
			t.Errorf("%s: a wrong password replaces the hash", written)
		}
		for range 2 {
			d.post("/api/login", login).is(t, 200, "")
			if hashed() != 1 {
				t.Errorf("%s: the hash was not replaced", written)
			}
		}
	}
}

// TestImportedUsers: a user in a file of another system logs in by the identifier and the password of that system.
// What made the hashes is named in the tests of package transfer.
func TestImportedUsers(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	hash, err := source.ReadFirebaseHash("algorithm: SCRYPT, rounds: 8, mem_cost: 14, base64_salt_separator: Bw==, " +
		"base64_signer_key: jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==")
	fatal(t, err)
	for _, c := range []struct{ from, content, email, password string }{
		{source.FromFirebase, `{"users": [{"localId":"a","email":"firebase@example.com","emailVerified":true,` +
			`"passwordHash":"lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",` +
			`"salt":"42xEC+ixf3L2lw=="}]}`, "firebase@example.com", "user1password"},
		{source.FromKratos, `[{"id":"a","traits":{"email":"kratos@example.com"},"verifiable_addresses":[{"via":"email",` +
			`"value":"kratos@example.com","verified":true}],"credentials":{"password":{"identifiers":["a"],"config":{` +
			`"hashed_password":"$sha1$pf=e1NBTFR9e1BBU1NXT1JEfQ==$NW9wbWtnejAzcg==$2qU2SGWP8viTM1md3FiI3+rjWXQ="}}}}]`,
			"kratos@example.com", "test"},
		{source.FromAuth0, `{"_id":{"$oid":"a"},"email":"auth0@example.com","email_verified":true,` +
			`"passwordHash":"$2b$04$abcdefghijklmnopqrstuuG9SiaY23kcHNVfZOi3ASV48v6x1TbkS"}`, "auth0@example.com",
			"MyPassword123"},
		// As in Auth0's documentation of bulk imports, but for the password. The hash was made with Python's hashlib.scrypt.
		{source.FromAuth0, `[{"user_id":"b","email":"bulk@example.com","email_verified":true,"custom_password_hash":{` +
			`"algorithm":"scrypt","hash":{"value":"be484388187bf11bb9f0e6c3f129e3beab9a3b7194b74234f33c390143677c19",` +
			`"encoding":"hex"},"salt":{"value":"abc123","encoding":"utf8"},"keylen":32,"cost":4096}}]`, "bulk@example.com",
			"MyPassword123"},
		{source.FromSupabase, "banned_until,deleted_at,id,email,email_confirmed_at," +
			"encrypted_password\n,,a,supabase@example.com,2024-05-01 10:00:00.123456+00," +
			"\"$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=ou9tdYTGyYm8kuR6Dt0Bp0kDuAYoXrK16mbZO4y" +
			"GwAn3oLspjnN0/c41v8xZnO1n14J3MjKj1b2g6AUCAlFwMw==$C0sHCg9ek77hsg==$zKVTMvnWVw5BBOZNUdnsalx4c4c7y/w7IS5p6Ut2" +
			"+CfEFFlz37J9huyQfov4iizN8dbjvEJlM5tQaJP84+hfTw==\"\n", "supabase@example.com", "mytestpassword"},
		{source.FromCSV, "id,email,email_verified_at,password_hash\na,csv@example.com,2024-05-01T10:00:00Z," +
			"$2b$04$abcdefghijklmnopqrstuuG9SiaY23kcHNVfZOi3ASV48v6x1TbkS\n", "csv@example.com", "MyPassword123"},
	} {
		report := d.bring(c.from, c.content, func(i *transfer.ImportConfig) {
			i.Reading.Firebase, i.Reading.Emails = hash, true
		})
		login := body{"email": c.email, "password": c.password}
		d.post("/api/login", login.with("password", c.password+"x")).is(t, 422, "credentials_wrong")
		d.post("/api/login", login).is(t, 200, "")
		if d.count("users WHERE email_key = '"+c.email+"' AND password_hash LIKE '$argon2id$%'") != 1 {
			t.Errorf("%s: the hash was not replaced: %s", c.from, report)
		}
	}
}

// TestImportedOfAnqicms: a user of a dump of AnQiCMS logs in with the old password, and is in the group of the dump.
func TestImportedOfAnqicms(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	report := d.bring(source.FromAnQiCMS, "-- MySQL dump 10.13\n"+
		"INSERT INTO `user_groups` (`id`, `title`) VALUES (3,'Gold');\n"+
		"INSERT INTO `users` (`id`, `user_name`, `password`, `status`, `group_id`) VALUES\n"+
		"(1,'oldmember','$2b$04$abcdefghijklmnopqrstuuG9SiaY23kcHNVfZOi3ASV48v6x1TbkS',1,3);\n-- Dump completed\n")
	if !strings.Contains(report, `"kind":"user","id":1,"user_id":1,"result":"imported"`) {
		t.Fatal(report)
	}
	login := body{"user_name": "oldmember", "password": "MyPassword123"}
	d.post("/api/login", login.with("password", "mypassword123")).is(t, 422, "credentials_wrong")
	d.post("/api/login", login).is(t, 200, "")
	if d.count("users WHERE id = 1 AND group_id = 3 AND password_hash LIKE '$argon2id$%'") != 1 {
		t.Error("the hash is not replaced, or the group is another one")
	}
}
