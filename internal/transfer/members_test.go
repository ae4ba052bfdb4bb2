package transfer_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/transfer"
	"github.com/enroll-project/enroll/internal/transfer/source"
)

// TestImportCSV: a column is a member of the format, and a value means what it means there. A value that cannot be read
// is noted with its name, and adds nothing to its row. A repetition changes nothing.
func TestImportCSV(t *testing.T) {
	t.Parallel()
	d := open(t)
	const head = "id,user_name,email,email_verified_at,phone,password_hash,real_name,birthday,status,extra,is_retailer," +
		"invite_limit,parent_id,balance\n"
	d.twice(strings.ReplaceAll(head+
		"41,Alice,alice@example.com,2024-05-01T10:00:00Z,13800138001,HASH,"+
		`"A, ""B""",1000000000,disabled,"{""a"": [1]}",TRUE,5,,12`+"\n"+
		"b7,bob,,,,HASH,NULL,,,,false,,41,\n"+
		"3,carol,,,,HASH,,,,,,,,\"0,\"\"status\"\":\"\"waiting\"\"\"\n"+
		"4,dave,,,,HASH,,,,{,,,,\n"+
		"5,erin,,yesterday,,HASH,,,,,,,,\n"+
		"6,frank,,,,HASH,,soon,,,,,,\n"+
		"7,grace,,,,HASH,,,,,maybe,,,\n"+
		"8,heidi,,,,HASH\n"+
		"9,ivan,,,,HASH,,,,,,,,,\n"+
		"10,judy,,,,HASH,Andr\xe9,,,,,,,\n"+
		",mallory,,,,HASH,,,,,,,,\n"+
		strings.Repeat("x", 65)+",nina,,,,HASH,,,,,,,,\n"+
		"13,oscar,,,,HASH,,,,,,1.5,,\n"+
		"14,peggy,,,,HASH,,,off,,,,,\n", "HASH", bcrypt),
		func(i *transfer.ImportConfig) { i.From = source.FromCSV }, []string{
			"imported", "changed; id: changed", "refused; balance: malformed", "refused; extra: malformed",
			"refused; email_verified_at: malformed", "refused; birthday: malformed", "refused; is_retailer: malformed",
			"refused; malformed", "refused; malformed", "refused; real_name: malformed", "refused; id: required",
			"refused; id: malformed", "refused; invite_limit: malformed", "refused; status: malformed",
		}, []string{
			`id = 41 AND user_name = 'Alice' AND email_verified_at = '2024-05-01 10:00:00Z' AND phone = '+8613800138001' AND
				password_hash = '` + bcrypt + `' AND real_name = 'A, "B"' AND birthday = '2001-09-09 01:46:40Z' AND status = 0
				AND extra = '{"a": [1]}' AND is_retailer AND invite_limit = 5 AND balance = 12`,
			"user_name = 'bob' AND real_name = 'NULL' AND parent_id = 41 AND status = 1",
		})
}

// TestImportCSVFiles: each member can be a column. A file with another column, with two of one name, or without names
// is refused before its first row, and no error quotes it.
func TestImportCSVFiles(t *testing.T) {
	t.Parallel()
	d := open(t)
	for content, want := range map[string]error{
		"": source.ErrNoLines, "user_name\n": source.ErrMembers, "id,fone\n": source.ErrMembers,
		"id,user_name,user_name\n": source.ErrMembers, "id,\n": source.ErrMembers, "id,kind\n": source.ErrMembers,
		"41,hush,hush@example.com\n": source.ErrMembers, "id;user_name\n": source.ErrMembers,
		"\ufeffID, User_Name\n": nil,
		"id,site_id,parent_id,user_name,email,email_verified_at,phone,password_hash,real_name,first_name,last_name," +
			"avatar_url,introduce,birthday,extra,group_id,status,is_retailer,balance,total_reward,invite_code," +
			"invite_limit,invites_used,created_at,updated_at,last_login_at,expires_at,delete_at,user_name_changed_at," +
			"phone_since,email_since\n": nil,
	} {
		c := d.config(nil)
		c.From = source.FromCSV
		_, err := transfer.Import(t.Context(), c, strings.NewReader(content))
		if !errors.Is(err, want) || err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%.30q: %v", content, err)
		}
	}
	// The rows up to the next quotation mark would become one value. Those before are stored.
	const rows = "id,user_name,password_hash\n1,alice,HASH\n2,bob\"\n3,carol,\"HASH\n4,dave,HASH\n5,erin,HASH\"\n"
	c := d.config(nil)
	c.From = source.FromCSV
	_, err := transfer.Import(t.Context(), c, strings.NewReader(strings.ReplaceAll(rows, "HASH", bcrypt)))
	if err == nil || !strings.Contains(err.Error(), "line 3") || d.count("users") != 1 {
		t.Errorf("a quotation mark without its partner: %v, %d users", err, d.count("users"))
	}
}
