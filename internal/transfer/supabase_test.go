package transfer_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/transfer"
	"github.com/enroll-project/enroll/internal/transfer/source"
)

// supabaseUsers makes a table with the columns of auth.users that matter, and some others (User in package models and
// the migrations of supabase/auth, read in November 2026). The hash of bob is of the test of its package crypto.
const supabaseUsers = `CREATE TEMP TABLE auth_users (instance_id uuid, id uuid NOT NULL, aud text,
	role text, email text,
	encrypted_password text, email_confirmed_at timestamptz, invited_at timestamptz, confirmation_token text,
	last_sign_in_at timestamptz, raw_app_meta_data jsonb, raw_user_meta_data jsonb, is_super_admin boolean,
	created_at timestamptz, updated_at timestamptz, phone text, phone_confirmed_at timestamptz,
	banned_until timestamptz, is_sso_user boolean NOT NULL DEFAULT false, deleted_at timestamptz,
	is_anonymous boolean NOT NULL DEFAULT false);
INSERT INTO auth_users (id, email, encrypted_password, email_confirmed_at, last_sign_in_at, raw_app_meta_data,
	raw_user_meta_data, created_at, updated_at, phone, phone_confirmed_at, banned_until, is_sso_user, deleted_at,
	is_anonymous) VALUES
('00000000-0000-0000-0000-000000000001', 'alice@example.com', 'BCRYPT', '2023-05-05 05:05:05.123456Z',
	'2024-01-01Z', '{"provider": "email", "providers": ["email", "phone"]}', '{"full_name": "Alice \"A\", B", "name": "x",
	"bio": "a\nb",
	"avatar_url": "https://example.com/a.png"}', '2020-09-13 12:26:40.123Z', '2021-01-01Z', '8613800138001',
	'2023-05-06Z', '2020-01-01Z', false, NULL, false),
('00000000-0000-0000-0000-000000000002', 'bob@example.com', 'FBSCRYPT', '2023-05-05Z', NULL, NULL, NULL,
	'2020-01-01Z', NULL, '', NULL, '2999-01-01Z', false, NULL, false),
('00000000-0000-0000-0000-000000000003', 'carol@example.com', '', '2023-05-05Z', NULL, '{"providers": ["google"]}',
	'[]', NULL, NULL, NULL, NULL, NULL, false, NULL, false),
('00000000-0000-0000-0000-000000000004', 'dave@example.com', NULL, '2023-05-05Z', NULL, '{"providers": ["google"]}',
	'{"name": 7}', NULL, NULL, '8613800138004', NULL, 'infinity', false, NULL, false),
('00000000-0000-0000-0000-000000000005', NULL, NULL, NULL, NULL, '{}', NULL, NULL, NULL, NULL, NULL, NULL, false,
	NULL, true),
('00000000-0000-0000-0000-000000000006', 'frank@example.com', 'BCRYPT', '2023-05-05Z', NULL, NULL, NULL, NULL, NULL,
	NULL, NULL, NULL, false, '2024-01-01Z', false),
('00000000-0000-0000-0000-000000000007', 'grace@example.com', 'BCRYPT', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
	NULL, false, NULL, false),
('00000000-0000-0000-0000-000000000008', 'heidi@example.com', NULL, '2023-05-05Z', NULL, NULL, NULL, NULL, NULL, NULL,
	NULL, NULL, true, NULL, false),
('00000000-0000-0000-0000-000000000009', 'ivan@example.com', '$argon2i$v=19$m=16,t=2,p=1$bGJR$NfEn', '2023-05-05Z',
	NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, NULL, false)`

const fbscrypt = "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=ou9tdYTGyYm8kuR6Dt0Bp0kDuAYoXrK16mbZO4yGwAn3oLspjnN0/c41v8xZ" +
	"nO1n14J3MjKj1b2g6AUCAlFwMw==$C0sHCg9ek77hsg==$zKVTMvnWVw5BBOZNUdnsalx4c4c7y/w7IS5p6Ut2+CfEFFlz37J9huyQfov4iizN" +
	"8dbjvEJlM5tQaJP84+hfTw=="

// TestImportSupabase: a user in a copy of auth.users, which PostgreSQL has written, keeps its meaning, and what is lost
// is noted. A repetition changes nothing.
func TestImportSupabase(t *testing.T) {
	t.Parallel()
	d := open(t)
	connection, err := d.pool.Acquire(t.Context())
	d.fatal(err)
	defer connection.Release()
	hashes := strings.NewReplacer("FBSCRYPT", fbscrypt, "BCRYPT", bcrypt)
	_, err = connection.Exec(t.Context(), hashes.Replace(supabaseUsers))
	d.fatal(err)
	var file bytes.Buffer
	const query = "COPY (TABLE auth_users ORDER BY id) TO STDOUT CSV HEADER"
	_, err = connection.Conn().PgConn().CopyTo(t.Context(), &file, query)
	d.fatal(err)
	d.twice(file.String(), func(i *transfer.ImportConfig) {
		i.From, i.Reading.Emails, i.Reading.Phones = source.FromSupabase, true, true
	}, []string{
		"changed; id: changed", "changed; id: changed", "changed; identities: not imported; id: changed",
		"changed; phone: not verified; identities: not imported; id: changed", "refused; anonymous", "refused; deleted",
		"refused; row: identifier_needed", "changed; identities: not imported; id: changed",
		"refused; password_hash: unknown",
	}, []string{
		`real_name = 'Alice "A", B' AND email = 'alice@example.com' AND phone = '+8613800138001' AND
			email_verified_at = '2023-05-05 05:05:05.123456Z' AND
			created_at = '2020-09-13 12:26:40.123Z' AND updated_at = '2021-01-01Z' AND last_login_at = '2024-01-01Z' AND
			avatar_url = 'https://example.com/a.png' AND status = 1 AND password_hash = '` + bcrypt + "'",
		"email = 'bob@example.com' AND status = 0 AND password_hash LIKE '$firebase-scrypt$ln=14,r=8,p=1$C0sHCg9ek77hsgc$%'",
		"email = 'dave@example.com' AND phone IS NULL AND real_name = '' AND status = 0 AND password_hash IS NULL",
		"email = 'heidi@example.com' AND status = 1",
	})
}

// TestImportSupabaseFiles: a file of another table is refused, and a row whose values cannot be read is reported. The
// SQL editor of the dashboard writes NULL as a word, and fewer columns if fewer are selected.
func TestImportSupabaseFiles(t *testing.T) {
	t.Parallel()
	d := open(t)
	supabase := func(i *transfer.ImportConfig) { i.From, i.Reading.Emails = source.FromSupabase, true }
	const head = "id,email,encrypted_password,email_confirmed_at,banned_until,is_anonymous,deleted_at\n"
	files := map[string]error{"": source.ErrNoLines, "hush": source.ErrSupabase, head: nil}
	for _, column := range []string{
		"id", "email", "encrypted_password", "email_confirmed_at", "banned_until", "deleted_at",
	} {
		files[strings.Replace(head, column, "x", 1)] = source.ErrSupabase
	}
	for content, want := range files {
		c := d.config(nil)
		supabase(&c)
		if _, err := transfer.Import(t.Context(), c, strings.NewReader(content)); !errors.Is(err, want) {
			t.Errorf("%.30q: %v", content, err)
		}
	}
	_, report := d.load(head+"a,a@example.com,null,2024-05-01 10:00:00.123456+00,null,false,NULL\n"+
		"b,b@example.com,NULL,2024-05-01 10:00:00+05:30,,,\n"+"c,c@example.com,,2024-05-01 10:00:00,,f,\n"+
		"d,d@example.com,,2024-05-01T10:00:00Z,tomorrow,f,\n"+"e,e@example.com,,2024-05-01T10:00:00Z,,maybe,\n"+
		"f,f@example.com,,2024-05-01T10:00:00Z\n"+strings.Repeat("g", 65)+",g@example.com,,2024-05-01T10:00:00Z,,f,\n"+
		",h@example.com,,2024-05-01T10:00:00Z,,f,\n", supabase)
	for i, want := range []string{
		"changed; id: changed", "changed; id: changed", "refused; email_confirmed_at: malformed",
		"refused; banned_until: malformed", "refused; is_anonymous: malformed", "refused; malformed",
		"refused; id: malformed", "refused; id: required",
	} {
		if i >= len(report) || report[i].text() != want || report[i].Line != int64(i+2) {
			t.Errorf("line %d is not %q: %+v", i+2, want, report)
		}
	}
	if d.count("users WHERE email = 'b@example.com' AND email_verified_at = '2024-05-01 04:30:00Z'") != 1 {
		t.Error("the offset of a time is not read")
	}
}

// TestImportSupabaseVerified: without the operator's word, no address that Supabase has confirmed counts as verified.
// With it, one that is not confirmed does not.
func TestImportSupabaseVerified(t *testing.T) {
	t.Parallel()
	const rows = "id,email,phone,email_confirmed_at,phone_confirmed_at,encrypted_password,banned_until,deleted_at\n" +
		"a,a@example.com,8613800138001,2024-05-01 10:00:01Z,2024-05-01 10:00:01Z,,,\n" +
		"b,b@example.com,8613800138002,2024-05-01 10:00:01Z,,,,\n" +
		"c,c@example.com,8613800138003,,2024-05-01 10:00:01Z,,,\n"
	const email, phone, id = "; email: not verified", "; phone: not verified", "; id: changed"
	const none = phone + "; row: identifier_needed"
	for _, c := range []struct {
		emails, phones bool
		want           [3]string
	}{
		{false, false, [3]string{"refused" + email + none, "refused" + email + none, "refused" + none}},
		{true, false, [3]string{"changed" + phone + id, "changed" + phone + id, "refused" + none}},
		{false, true, [3]string{"changed" + email + id, "refused" + email + none, "changed" + id}},
		{true, true, [3]string{"changed" + id, "changed" + phone + id, "changed" + id}},
	} {
		d := open(t)
		_, report := d.load(rows, func(i *transfer.ImportConfig) {
			i.From, i.Reading.Emails, i.Reading.Phones = source.FromSupabase, c.emails, c.phones
		})
		for i, want := range c.want {
			if got := report[i].text(); got != want {
				t.Errorf("%+v, row %d: %s", c, i, got)
			}
		}
		verified := d.count("users WHERE email_verified_at = '2024-05-01 10:00:01Z'")
		if want := map[bool]int{true: 2}[c.emails]; verified != want {
			t.Errorf("%+v: %d emails are verified, want %d", c, verified, want)
		}
	}
}
