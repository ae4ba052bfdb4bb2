package command

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/transfer/source"
)

// TestExportFile: only this account can read an export, a file that exists stays as it is, and a half file is removed.
// Standard output has the users and nothing else.
func TestExportFile(t *testing.T) {
	t.Parallel()
	environ, _ := operatorDatabase(t)
	name := filepath.Join(t.TempDir(), "users.ndjson")
	var out bytes.Buffer
	if err := run(t.Context(), []string{"user", "export", name}, environ, &out); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(name)
	if err != nil || !strings.Contains(string(written), `"password_hash":"$"`) {
		t.Errorf("%v: %s", err, written)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if strings.Contains(out.String(), "alice") || !strings.Contains(out.String(), "1") {
		t.Errorf("prints %s", &out)
	}
	if err := run(t.Context(), []string{"user", "export", name}, environ, &out); err == nil ||
		!strings.Contains(err.Error(), "exists") {
		t.Errorf("over a file that exists: %v", err)
	}
	var piped bytes.Buffer
	if err := run(t.Context(), []string{"user", "export", "-"}, environ, &piped); err != nil ||
		piped.String() != string(written) {
		t.Errorf("%v: to standard output:\n%s", err, &piped)
	}
	half := filepath.Join(t.TempDir(), "half")
	closed := append(environ[:len(environ):len(environ)], "ENROLL_DATABASE_URL=postgres://127.0.0.1:1/x")
	if err := run(t.Context(), []string{"user", "export", half}, closed, &out); err == nil {
		t.Error("an export without a database succeeds")
	}
	if _, err := os.Stat(half); !os.IsNotExist(err) {
		t.Errorf("a half file is left: %v", err)
	}
}

// filesOfOthers returns the files of other systems that docs/transfer.md names, by their names.
func filesOfOthers(hash string) map[string]string {
	return map[string]string{
		"firebase.json": `{"users": [{"localId": "f", "phoneNumber": "+8613800138006"}]}`,
		"supabase.csv": "id,email,email_confirmed_at,encrypted_password,phone,phone_confirmed_at," +
			"banned_until,deleted_at\ns,,,,8613800138008,2024-05-01 10:00:00+00,,\n",
		"auth0.ndjson": `{"user_id": "auth0|x", "username": "auth0", "password_hash": "` + hash + `"}`,
		"kratos.json": `[{"id": "k", "traits": {"username": "kratos"}, "credentials": {"password": {"identifiers": ["a"], ` +
			`"config": {"hashed_password": "` + hash + `"}}}}]`,
		"hash.txt": "algorithm: SCRYPT, base64_signer_key: " + strings.Repeat("A", 86) + "==, base64_salt_separator: " +
			"Bw==, rounds: 8, mem_cost: 14",
		"users.json": `[{"pk": 71, "fields": {"username": "django", "is_active": true, "password": "` +
			strings.Replace(hash, "$", "argon2$", 1) + `"}}]`,
		"anqicms.sql": "-- MySQL dump 10.13\nINSERT INTO `user_groups` (id, title) VALUES (3, 'Gold');\n" +
			"INSERT INTO `users` (id, user_name, phone, password, status, group_id) VALUES " +
			"(9,'dora','13800138009','" + hash + "',1,3);\n-- Dump completed\n",
		"realm.json": `{"users": [{"id": "k", "email": "k@example.com", "emailVerified": true, "enabled": true}]}`,
	}
}

// TestTransferPage runs the commands of docs/transfer.md that need no other program, in their order, from one
// deployment to another. The page's own example of a file is imported, too, with a hash of this program.
func TestTransferPage(t *testing.T) {
	t.Parallel()
	from, _ := operatorDatabase(t)
	to, count := operatorDatabase(t)
	page, err := os.ReadFile("../../docs/transfer.md")
	if err != nil {
		t.Fatal(err)
	}
	folder, ran := t.TempDir(), 0
	example := func(heading, kind, hash string) (text string) {
		_, text, _ = strings.Cut(string(page), heading)
		_, text, _ = strings.Cut(text, "```"+kind+"\n")
		text, _, _ = strings.Cut(text, "```")
		return strings.NewReplacer("$2y$10$…", hash, "$2a$04$…", hash).Replace(text)
	}
	hasher, err := password.New(password.Config{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	hash, err := hasher.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	files := filesOfOthers(hash)
	files["users.csv"] = example("## From AnQiCMS", "csv", `"`+hash+`"`)
	files["members.csv"] = example("## From CSV", "csv", `"`+hash+`"`)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range commandLines.FindAllStringSubmatch(string(page), -1) {
		if strings.Contains(line[1], "|") {
			continue
		}
		args, environ := strings.Fields(line[1]), from
		for i, arg := range args {
			if slices.Contains([]string{".ndjson", ".csv", ".json", ".sql", ".txt"}, filepath.Ext(arg)) {
				args[i] = filepath.Join(folder, arg)
			}
		}
		if args[1] != "export" {
			environ = to
		}
		var out bytes.Buffer
		if err := run(t.Context(), append(args, "--json"), environ, &out); err != nil {
			t.Errorf("enroll %s: %v", line[1], err)
		}
		if strings.Contains(line[1], "anqicms") && !strings.Contains(out.String(), `"changed": 1`) {
			t.Errorf("enroll %s prints:\n%s", line[1], &out)
		}
		ran++
	}
	report, err := os.ReadFile(filepath.Join(folder, "report.ndjson"))
	// No login can verify the hash of operatorDatabase, so its row is refused.
	if ran != 13 || count(`users WHERE user_name IN ('django', 'kratos') OR email = 'k@example.com' OR
		phone = '+8613800138006'`) != 4 ||
		err != nil || !bytes.Contains(report, []byte("password_hash: unknown")) {
		t.Errorf("%d commands, %v: %s", ran, err, report)
	}
	name := filepath.Join(folder, "example")
	lines := strings.Replace(example("## The format", "json", hash), `"alice"`, `"zoe"`, 1)
	if err := os.WriteFile(name, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"user", "import", name, "--source", "other", "--json"}, to, &out); err != nil ||
		!strings.Contains(out.String(), `"imported": 1`) || !strings.Contains(out.String(), `"groups": 1`) {
		t.Errorf("%v: %s", err, &out)
	}
	if count("users WHERE id = 41 AND user_name = 'zoe' AND created_at < '2021-01-01' AND password_hash = '"+
		hash+"'") != 1 {
		t.Error("the user of the example is not there")
	}
}

// TestProgress: a long run prints a line every two seconds, a short one none, and JSON has none.
func TestProgress(t *testing.T) {
	t.Parallel()
	for json, want := range map[bool]string{false: "2000 rows\n4500 rows\n", true: ""} {
		var out bytes.Buffer
		at := time.Unix(0, 0)
		say := (&desk{out: &out, json: json}).progress(func() time.Time { return at })
		for _, after := range []time.Duration{0, 1999, 2000, 3999, 4500} {
			at = time.Unix(0, 0).Add(after * time.Millisecond)
			say("%d rows\n", after)
		}
		if out.String() != want {
			t.Errorf("json %v prints %q, want %q", json, &out, want)
		}
	}
}

// TestImportFormats: the help and the completion of the shell have each format that an import reads.
func TestImportFormats(t *testing.T) {
	t.Parallel()
	var help, completed bytes.Buffer
	for args, out := range map[string]*bytes.Buffer{
		"user import --help":             &help,
		"__complete user import --from ": &completed,
	} {
		if err := run(t.Context(), strings.Split(args, " "), nil, out); err != nil {
			t.Errorf("enroll %s: %v", args, err)
		}
	}
	for _, format := range source.Formats() {
		if !strings.Contains(help.String(), format) || !strings.Contains(completed.String(), format+"\n") {
			t.Errorf("%s is missing in\n%s%s", format, &help, &completed)
		}
	}
}
