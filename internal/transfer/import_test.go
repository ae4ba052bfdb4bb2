package transfer_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/transfer"
	"github.com/enroll-project/enroll/internal/transfer/source"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestImportRules: identifiers and texts are checked by the rules of a registration. What cannot be kept is left out
// and noted. A row is refused if its user could not log in or is deleted, or if it is malformed or names an unknown
// site.
func TestImportRules(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, mac := range d.names.MACs(1, "former", "former") {
		d.exec("INSERT INTO kept_names VALUES (1, $1, $2)", mac, d.now.Add(time.Hour))
	}
	hash := `'password_hash':'` + argon2 + `'`
	django := "salt$gTRhaY63hZni7JdXwcY21bFk0eaqQU2gAU1Bpnmw0gE="
	rows := [][2]string{
		{`{'id':1,'user_name':'Bob','password_hash':'` + bcrypt + `'}`, "imported"},
		{`{'id':'2','phone':'138 0013 8001','status':'disabled','group_id':9}`, "changed; group_id: group_unknown"},
		{`{'id':'b7f-4','email':'b@example.com','email_verified_at':'2026-01-01T00:00:00Z'}`, "changed; id: changed"},
		{`{'id':4,'user_name':'carol','email':'c','phone':'1',` + hash + `}`,
			"changed; email: email_invalid; phone: phone_invalid"},
		{`{'id':5,'user_name':'admin','phone':'13800138005'}`, "changed; user_name: user_name_reserved"},
		{`{'id':6,'user_name':'former','phone':'13800138006'}`, "changed; user_name: user_name_taken"},
		{`{'id':7,'user_name':'dave','real_name':'\u0007','avatar_url':'javascript:x','birthday':99999999999,'extra':[1],` +
			hash + `}`, "changed; extra: extra_invalid; real_name: real_name_invalid; avatar_url: avatar_url_invalid; " +
			"birthday: birthday_invalid"},
		{`{'id':8,'user_name':'eve','extra':{'a':'\u0000'},` + hash + `}`, "changed; extra: extra_invalid"},
		{`{'id':9,'user_name':'erin','invite_code':'A B',` + hash + `}`, "changed; invite_code: changed"},
		{`{'id':9007199254740993,'phone':'13800138007'}`, "changed; id: changed"},
		{`{'id':11,'user_name':'frank'}`, "refused; row: identifier_needed"},
		{`{'id':12,'email':'d@example.com',` + hash + `}`, "refused; row: identifier_needed"},
		{`{'id':13,'phone':'13800138008','password_hash':'` + unknown + `'}`, "refused; password_hash: unknown"},
		{`{'id':27,'user_name':'django','password_hash':'pbkdf2_sha256$1000$` + django + `'}`, "imported"},
		{`{'id':28,'user_name':'costly','password_hash':'pbkdf2_sha256$2000001$` + django + `'}`,
			"refused; password_hash: unknown"},
		{`{'id':14,'phone':'13800138008','site_id':3}`, "refused; site_id: site_unknown"},
		{`{'id':15,'phone':'13800138008','status':'off'}`, "refused; status: malformed"},
		{`{'id':16,'phone':'13800138008','delete_at':'2020-01-01T00:00:00Z'}`, "refused; deleted"},
		{`{'phone':'13800138008'}`, "refused; id: required"},
		{`{'id':1.5,'phone':'13800138008'}`, "refused; id: malformed"},
		{`{'id':18,'phone':13800138008}`, "refused; phone: malformed"},
		{`{'id':19,'phone':'13800138008','fone':''}`, "refused; malformed"},
		{`{'id':20,'phone':'13800138008'} {}`, "refused; malformed"},
		{`{'id':21,'phone':'13800138008'`, "refused; malformed"},
		{`{'kind':'person','id':22,'phone':'13800138008'}`, "refused; kind: malformed"},
		{`{'id':23,'real_name':'` + strings.Repeat("x", 300_000) + `'}`, "refused; line_too_long"},
		{`{'id':24,'phone':'13800138024','invite_limit':1,'invites_used':2}`, "refused; users_invites_check"},
		{`{'id':25,'phone':'13800138025','balance':-1}`, "refused; users_balance_check"},
		{`{'id':26,'phone':'13800138026','extra':{}}`, "imported"},
	}
	var lines, want []string
	for _, row := range rows {
		lines, want = append(lines, row[0]), append(want, row[1])
	}
	counts, report := d.load(file(lines...))
	for i, one := range report {
		if one.text() != want[i] || one.Line != int64(i+2) {
			t.Errorf("line %d: %q, want %q", one.Line, one.text(), want[i])
		}
	}
	if len(report) != len(rows) || counts.Rows != int64(len(rows)) || counts.Refused != 17 {
		t.Errorf("%d lines, %+v", len(report), counts)
	}
	for _, where := range []string{
		"id = 1 AND user_name = 'Bob' AND user_name_skeleton IS NOT NULL AND group_id = 2 AND length(invite_code) = 16 " +
			"AND created_at = $1 AND last_login_at = $1 AND password_hash = '" + bcrypt + "'",
		"id = 2 AND phone = '+8613800138001' AND status = 0 AND group_id = 2 AND created_at = $1",
		"email_key = 'b@example.com' AND id >= 1000 AND email_verified_at = '2026-01-01' AND created_at = $1",
		"id = 4 AND email IS NULL AND phone IS NULL AND created_at = $1",
		"id = 27 AND created_at = $1 AND password_hash = '$pbkdf2-sha256$i=1000,l=32$c2FsdA$" +
			"gTRhaY63hZni7JdXwcY21bFk0eaqQU2gAU1Bpnmw0gE'",
		"id = 7 AND real_name = '' AND avatar_url = '' AND birthday IS NULL AND extra IS NULL AND created_at = $1",
	} {
		if d.count("users WHERE "+where, d.now) != 1 {
			t.Errorf("no user with %s", where)
		}
	}
}

// TestImportDuplicates: the earlier owner of an identifier keeps it, in the database and in the file. A verified email
// is taken from a user that has it unverified. Users of other sites are not in the way.
func TestImportDuplicates(t *testing.T) {
	t.Parallel()
	d := open(t)
	hash := `,'password_hash':'` + argon2 + `'}`
	verified := `'email_verified_at':'2026-01-01T00:00:00Z'`
	d.load(file(`{'id':1,'user_name':'alice','phone':'13800138001'`+hash,
		`{'id':2,'user_name':'bob','email':'b@example.com'`+hash), func(c *transfer.ImportConfig) { c.Source = "earlier" })
	_, report := d.load(file(
		`{'id':1,'user_name':'ALICE','phone':'13800138002'`+hash,
		`{'id':3,'user_name':'аlice','phone':'+86 138 0013 8001'`+hash, // with a Cyrillic а, which is of another script
		`{'id':4,'user_name':'carol','email':'B@example.com',`+verified+hash,
		`{'id':5,'user_name':'dave','email':'d@example.com'`+hash,
		`{'id':6,'user_name':'Dave','email':'D@example.com',`+verified+hash,
		`{'id':7,'user_name':'erin','email':'d@example.com'`+hash,
		`{'id':8,'user_name':'frank','email':'d@example.com',`+verified+hash,
		`{'id':8,'user_name':'grace'`+hash,
		`{'id':9,'site_id':2,'user_name':'alice','phone':'13800138001'`+hash,
		`{'id':10,'user_name':'CAROL'`+hash,
	))
	want := []string{
		"changed; user_name: user_name_taken; id: changed",
		"refused; user_name: user_name_mixed_scripts; phone: phone_taken; row: identifier_needed",
		"changed; email: taken from a user that has it unverified",
		"changed; email: verified by another row",
		"changed; user_name: user_name_taken",
		"changed; email: email_taken",
		"changed; email: email_taken",
		"refused; id: repeated",
		"imported",
		"refused; user_name: user_name_taken; row: identifier_needed",
	}
	for i, one := range report {
		if one.text() != want[i] {
			t.Errorf("line %d: %q, want %q", one.Line, one.text(), want[i])
		}
	}
	if d.count("users WHERE id = 2 AND email IS NULL AND email_key IS NULL") != 1 ||
		d.count("users WHERE id = 4 AND email = 'B@example.com'") != 1 ||
		d.count("users WHERE id = 5 AND email IS NULL") != 1 || d.count("users WHERE id = 6 AND user_name IS NULL "+
		"AND email_verified_at IS NOT NULL") != 1 {
		t.Error("an email has the wrong owner")
	}
	// An import writes no events about imported users, but one about a user that loses its email to one of them.
	if d.count("events WHERE user_id = 2 AND type = 'user.updated' AND fields = '{email}'") != 1 ||
		d.count("events") != 1 {
		t.Errorf("%d events", d.count("events"))
	}
	d.exec("UPDATE users SET introduce = 'a' WHERE id = 4")
	if d.count("events WHERE user_id = 4 AND seq = 1 AND type = 'user.updated'") != 1 {
		t.Error("an imported user has no events")
	}
	// The id of a user that was deleted may be imported again while its events are kept.
	d.exec("DELETE FROM users WHERE id = 4")
	d.load(file(`{'id':4,'user_name':'heidi'`+hash), func(c *transfer.ImportConfig) { c.Source = "again" })
	d.exec("UPDATE users SET introduce = 'a' WHERE user_name = 'heidi'")
	if d.count("events WHERE user_id = 4 AND seq = 3 AND type = 'user.updated'") != 1 {
		t.Error("the events of an imported id do not go on")
	}
}

// many returns the lines of n users.
func many(n int) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf(`{'id':%d,'parent_id':%d,'user_name':'user%dx','password_hash':'%s'}`, 1000+i,
			1000+i/2, i, argon2))
	}
	return lines
}

// torn ends with an error, as a connection that is cut.
type torn struct{ io.Reader }

var errTorn = errors.New("torn")

func (r torn) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	if errors.Is(err, io.EOF) {
		err = errTorn
	}
	return n, err
}

// TestImportRepeated: an import that stops keeps what it has stored. A repetition imports the rest, once, and a user
// that was deleted meanwhile does not come back.
func TestImportRepeated(t *testing.T) {
	t.Parallel()
	d := open(t)
	whole := file(many(2500)...)
	counts, err := transfer.Import(t.Context(), d.config(nil), torn{strings.NewReader(whole[:len(whole)/2])})
	if !errors.Is(err, errTorn) || counts.Imported == 0 || counts.Imported == 2500 ||
		d.count("users") != int(counts.Imported) {
		t.Fatalf("%+v, %v", counts, err)
	}
	d.exec("UPDATE users SET user_name = 'new', user_name_key = 'new', user_name_skeleton = 'new' WHERE id = 1009")
	d.exec("UPDATE users SET parent_id = NULL WHERE parent_id = 1011; DELETE FROM users WHERE id = 1011")
	again, report := d.load(whole)
	if again.Present+again.Refused != counts.Imported || again.Rows != 2500 || again.Refused != 1 ||
		report[11].text() != "refused; deleted" {
		t.Errorf("%+v, %+v", again, report[11])
	}
	if d.count("users") != 2499 || d.count("users WHERE id = 1009 AND user_name = 'new'") != 1 ||
		d.count("users WHERE parent_id IS NOT NULL AND parent_id <> id") < 2490 {
		t.Errorf("%d users", d.count("users"))
	}
	if third, _ := d.load(whole); third.Present != 2499 || third.Refused != 1 {
		t.Errorf("%+v", third)
	}
}

// TestImportSameUsers: users of an export that are imported where they come from are recognized.
func TestImportSameUsers(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.exec(everyState)
	// A user changes its identifiers after the export. If it were not recognized, its row would make a second user,
	// with the former name and password.
	d.exec("UPDATE users SET user_name = 'former', user_name_key = 'former', user_name_skeleton = 'former' WHERE id = 5")
	was := d.export(0)
	d.exec("UPDATE users SET user_name = 'new', user_name_key = 'new', user_name_skeleton = 'new', phone = NULL, " +
		"email = NULL, email_key = NULL, email_verified_at = NULL WHERE id = 5")
	if counts, report := d.load(was); counts.Present != 5 || d.count("users") != 5 {
		t.Errorf("%+v: %+v", counts, report)
	}
}

// TestImportIDs: a registration gets no id that a row may keep, and a row no id that a user has.
func TestImportIDs(t *testing.T) {
	t.Parallel()
	d := open(t)
	_, report := d.load(file(`{'id':1005,'phone':'13800138001'}`, `{'id':'x','phone':'13800138002'}`,
		`{'id':1004,'phone':'13800138003'}`))
	ids := []int64{report[0].User, report[1].User, report[2].User}
	if ids[0] != 1005 || ids[1] <= 1005 || ids[2] != 1004 {
		t.Errorf("the ids are %d", ids)
	}
	// A registration draws the next ids.
	for range 3 {
		var id int64
		d.fatal(d.pool.QueryRow(t.Context(), `INSERT INTO users (site_id, phone, real_name, avatar_url, group_id, status,
				is_retailer, balance, total_reward, invite_code, invites_used, created_at, updated_at, last_login_at)
			VALUES (1, '+86138' || 20000000 + (random() * 1e7)::int, '', '', 2, 1, false, 0, 0, gen_random_uuid(), 0, now(),
				now(), now()) RETURNING id`).Scan(&id))
		if slices.Contains(ids, id) {
			t.Errorf("the id %d is given twice", id)
		}
	}
}

// TestImportInviters: an inviter is found by its id in the source, before and after its row, also in a later file and
// if it has another id here.
func TestImportInviters(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.load(file(`{'id':1,'phone':'13800138001'}`), func(c *transfer.ImportConfig) { c.Source = "earlier" })
	counts, report := d.load(file(`{'id':3,'parent_id':1,'phone':'13800138003'}`,
		`{'id':1,'parent_id':9,'phone':'13800138002'}`, `{'id':4,'parent_id':4,'phone':'13800138004'}`,
		`{'id':5,'parent_id':8,'phone':'13800138005'}`))
	inviter := report[1].User
	if inviter == 1 || counts.Waiting != 2 || d.count("users WHERE id = 3 AND parent_id = $1", inviter) != 1 {
		t.Errorf("%+v: %+v", counts, report)
	}
	counts, _ = d.load(file(`{'id':9,'phone':'13800138009'}`))
	if counts.Waiting != 1 || d.count("users AS c JOIN users AS p ON p.id = c.parent_id WHERE c.id = $1 AND "+
		"p.phone = '+8613800138009'", inviter) != 1 {
		t.Errorf("%+v", counts)
	}
}

// TestImportDry: a dry run reports what the import would, also about rows that are far apart, and changes nothing.
func TestImportDry(t *testing.T) {
	t.Parallel()
	d := open(t)
	hash := `,'password_hash':'` + argon2 + `'}`
	lines := slices.Concat([]string{`{'kind':'group','site_id':1,'id':7,'title':'seven'}`,
		`{'id':1,'user_name':'alice','email':'a@example.com'` + hash}, many(1200), []string{
		`{'id':2,'parent_id':1,'user_name':'Alice','phone':'13800138001','group_id':7}`,
		`{'id':3,'email':'a@example.com','email_verified_at':'2026-01-01T00:00:00Z'}`,
		`{'id':1,'user_name':'another'` + hash,
	})
	dry, planned := d.load(file(lines...), func(c *transfer.ImportConfig) { c.DryRun = true })
	if d.count("users")+d.count("groups")+d.count("imported_users")+d.count("audit_entries") != 0 {
		t.Error("a dry run has changed something")
	}
	did, report := d.load(file(lines...))
	dry.Groups, dry.Waiting = did.Groups, did.Waiting
	if dry != did || did.Changed != 2 || did.Refused != 1 {
		t.Errorf("%+v, and a dry run said %+v", did, dry)
	}
	for i, one := range report {
		if one.text() != planned[i].text() {
			t.Errorf("line %d: %q, and a dry run said %q", one.Line, one.text(), planned[i].text())
		}
	}
}

// TestImportRace: an identifier that is taken while its row is being stored is left out, as one that was taken before.
func TestImportRace(t *testing.T) {
	t.Parallel()
	d := open(t)
	tx, err := d.pool.Begin(t.Context())
	d.fatal(err)
	_, err = tx.Exec(t.Context(), `INSERT INTO users (site_id, phone, real_name, avatar_url, group_id, status, is_retailer,
			balance, total_reward, invite_code, invites_used, created_at, updated_at, last_login_at)
		VALUES (1, '+8613800138001', '', '', 2, 1, false, 0, 0, 'x', 0, now(), now(), now())`)
	d.fatal(err)
	var counts transfer.Counts
	var report bytes.Buffer
	c := d.config(&report)
	// The id in the source is a text, so no id of a user is held: that would wait for the registration.
	wait := pgtest.Blocked(t, d.pool, func() (err error) {
		counts, err = transfer.Import(t.Context(), c, strings.NewReader(file(
			`{'id':'a','user_name':'alice','phone':'13800138001','password_hash':'`+argon2+`'}`)))
		return err
	})
	d.fatal(tx.Commit(t.Context()))
	d.fatal(wait())
	if counts.Changed != 1 || !strings.Contains(report.String(), "phone: phone_taken") || d.count("users") != 2 {
		t.Errorf("%+v: %s", counts, &report)
	}
}

// TestImportHoldsIDs: the ids of rows are held only once no registration is in flight, which may have drawn one.
func TestImportHoldsIDs(t *testing.T) {
	t.Parallel()
	d := open(t)
	tx, err := d.pool.Begin(t.Context())
	d.fatal(err)
	var drawn int64
	d.fatal(tx.QueryRow(t.Context(), `INSERT INTO users (site_id, phone, real_name, avatar_url, group_id, status,
			is_retailer, balance, total_reward, invite_code, invites_used, created_at, updated_at, last_login_at)
		VALUES (1, '+8613800138001', '', '', 2, 1, false, 0, 0, 'x', 0, now(), now(), now()) RETURNING id`).Scan(&drawn))
	var counts transfer.Counts
	wait := pgtest.Blocked(t, d.pool, func() (err error) {
		counts, err = transfer.Import(t.Context(), d.config(nil), strings.NewReader(file(
			fmt.Sprintf(`{'id':%d,'phone':'13800138002'}`, drawn+1), fmt.Sprintf(`{'id':%d,'phone':'13800138003'}`, drawn))))
		return err
	})
	d.fatal(tx.Commit(t.Context()))
	d.fatal(wait())
	if counts.Imported != 1 || counts.Changed != 1 ||
		d.count("users WHERE id = $1 AND phone = '+8613800138002'", drawn+1) != 1 {
		t.Errorf("%+v", counts)
	}
}

// TestImportFiles: a file of another format changes nothing, and a file that is cut off is an error after its rows.
func TestImportFiles(t *testing.T) {
	t.Parallel()
	d := open(t)
	good := file(`{'id':1,'phone':'13800138001'}`)
	for content, want := range map[string]error{
		"":          source.ErrNoLines,
		"id,name\n": source.ErrFormat,
		strings.Replace(good, `"version":1`, `"version":2`, 1): source.ErrFormat,
	} {
		if _, err := transfer.Import(t.Context(), d.config(nil), strings.NewReader(content)); !errors.Is(err, want) {
			t.Errorf("%.20q: %v", content, err)
		}
	}
	if d.count("users")+d.count("audit_entries") != 0 {
		t.Error("a file that is none has changed something")
	}
	for content, want := range map[string]error{
		good[:strings.LastIndex(good, `{"kind":"end"`)]:    source.ErrCutOff,
		strings.Replace(good, `"users":1`, `"users":2`, 1): source.ErrCount,
		good + "\n": source.ErrBehind,
		strings.TrimSuffix(strings.ReplaceAll(good, "\n", "\r\n"), "\r\n"): nil,
		"\ufeff" + good: nil,
	} {
		counts, err := transfer.Import(t.Context(), d.config(nil), strings.NewReader(content))
		if !errors.Is(err, want) || counts.Rows != 1 || d.count("users") != 1 {
			t.Errorf("%q: %+v, %v", content, counts, err)
		}
	}
	c := d.config(nil)
	c.Source = "My System"
	if _, err := transfer.Import(t.Context(), c, strings.NewReader(good)); !errors.Is(err, transfer.ErrSource) {
		t.Errorf("a source with a blank: %v", err)
	}
}

// TestImportWeak: a weak hash is wrapped before it is stored, once for each row, and not in a dry run. Without a hasher
// it is refused.
func TestImportWeak(t *testing.T) {
	t.Parallel()
	d := open(t)
	registry := prometheus.NewRegistry()
	hasher, err := password.New(password.Config{
		Params: password.Params{Memory: 64, Passes: 1}, MaxWait: time.Minute, Metrics: registry,
	})
	d.fatal(err)
	var lines []string
	for i := range 40 {
		lines = append(lines, fmt.Sprintf(`{'id':%d,'user_name':'weak%d','password_hash':'md5$$%032x'}`, 1000+i, i, i))
	}
	lines = append(lines, `{'id':2000,'password_hash':'md5$$00000000000000000000000000000000'}`,
		`{'id':2001,'user_name':'digits','password_hash':'00000000000000000000000000000000'}`)
	hashed := func() uint64 {
		families, err := registry.Gather()
		d.fatal(err)
		for _, f := range families {
			if f.GetName() == "enroll_password_hash_seconds" {
				return f.GetMetric()[0].GetHistogram().GetSampleCount()
			}
		}
		t.Error("no metric")
		return 0
	}
	for _, run := range []struct {
		hasher, dry               bool
		imported, present, hashes int
	}{
		{false, false, 0, 0, 0}, {true, true, 40, 0, 0}, {true, false, 40, 0, 41}, {true, false, 0, 40, 42},
	} {
		counts, report := d.load(file(lines...), func(c *transfer.ImportConfig) {
			if c.DryRun = run.dry; run.hasher {
				c.Rules.Hasher = hasher
			}
		})
		if int(counts.Imported) != run.imported || int(counts.Present) != run.present || int(hashed()) != run.hashes {
			t.Errorf("%+v: %+v, %d hashes", run, counts, hashed())
		}
		if last := report[41].text(); last != "refused; password_hash: unknown" {
			t.Errorf("digits alone: %s", last)
		}
	}
	if n := d.count("users WHERE password_hash LIKE '$wrapped$md5$$$argon2id$v=19$m=64,t=1,p=1$%'"); n != 40 {
		t.Errorf("%d hashes are wrapped", n)
	}
}
