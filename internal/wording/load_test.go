package wording_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/enroll-project/enroll/internal/wording"
)

var bounds = wording.Bounds{Sites: []int64{1, 2}, SMSName: "Shop", MailName: "Shop & Co", Code: "918273", Minutes: "10",
	CodeLines: "\n\n@account.example.com #918273", NoticesAbroad: []string{"aliyun"}}

// folder returns files by name and text.
func folder(files map[string]string) fstest.MapFS {
	made := fstest.MapFS{}
	for name, text := range files {
		made[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return made
}

// good is a folder with one file of each kind.
func good() map[string]string {
	return map[string]string{
		"en/sms-code.txt":            "{name}: {code}, good for {minutes} min.\n",
		"en/sms-notice.txt":          "{name}: changed.",
		"en/mail-code.subject.txt":   "Hello from {name}\r\n",
		"en/mail-code.txt":           "Hello,\n\n{code}\n",
		"en/mail-code.html":          "<style>@media(p){p{color:red}} a{ }</style><!--x--><p>{name} {code}</p>",
		"en/mail-deleted.txt":        "Gone at {time}.",
		"en/aliyun.ids":              "# ours\nsign 店铺\ncode SMS_1\nlogin SMS_2\nlogin-abroad SMS_3 # away\n\n",
		"site-2/en/sms-login.txt":    "{code} for two",
		"site-2/en/mail-code.txt":    "two {code}",
		"site-2/zh-CN/tencent.ids":   "notice 42\nvoice-code 43",
		"zh-CN/sms-code.txt":         "{code}，{minutes}分钟内有效",
		".git/config":                "\x00",
		"en/.sms-code.txt.swp":       "\x00",
		"site-2/en/mail-reset.txt":   "{code}",
		"site-2/en/mail-verify.html": "<b>{code}</b>",
		"site-2/en/mail-verify.txt":  "{code}",
	}
}

// TestFind: a site's own folder counts before that of all sites, and the name of a purpose before the general one.
func TestFind(t *testing.T) {
	t.Parallel()
	words, err := wording.Load(folder(good()), bounds)
	if err != nil {
		t.Fatal(err)
	}
	values := wording.Values{Name: "Shop & Co", Code: "123456", Minutes: "10", Time: "noon"}
	for _, c := range []struct {
		site                  int64
		locale, channel, want string
		purpose, ending       string
	}{
		{1, "en", "sms", "Shop & Co: 123456, good for 10 min.", "login", wording.EndText},
		{2, "en", "sms", "123456 for two", "login", wording.EndText},
		{2, "en", "sms", "Shop & Co: 123456, good for 10 min.", "reset", wording.EndText},
		{1, "zh-CN", "sms", "123456，10分钟内有效", "another", wording.EndText},
		{1, "en", "notice", "Shop & Co: changed.", "password_changed", wording.EndText},
		{2, "en", "mail", "two 123456", "login", wording.EndText},
		{2, "en", "mail", "123456", "reset", wording.EndText},
		{2, "en", "mail", "Hello from Shop & Co", "reset", wording.EndSubject},
		{1, "en", "deleted", "Gone at noon.", "deleted", wording.EndText},
		{2, "zh-CN", "mail", "", "reset", wording.EndText},
	} {
		names := map[string][]string{"sms": wording.SMS(c.purpose, true), "notice": wording.SMS(c.purpose, false),
			"mail": wording.Mail(c.purpose, true), "deleted": wording.Mail(c.purpose, false)}[c.channel]
		got := ""
		if found := words.Find(c.site, c.locale, c.ending, names); found != nil {
			got = found.Fill(values)
		}
		if got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
	// The HTML belongs to the text of the same file. Values are escaped, and the file's own marks are not.
	html := words.Find(1, "en", wording.EndText, wording.Mail("login", true)).HTML
	if got := html.Fill(values); got != "<style>@media(p){p{color:red}} a{ }</style><!--x--><p>Shop &amp; Co 123456</p>" {
		t.Errorf("HTML: %s", got)
	}
	if words.Find(2, "en", wording.EndText, wording.Mail("login", true)).HTML != nil {
		t.Error("a text has the HTML of another file")
	}
}

// TestIDs: the id of a template by sender, site, language, purpose and place of the phone.
func TestIDs(t *testing.T) {
	t.Parallel()
	words, err := wording.Load(folder(good()), bounds)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		sender string
		site   int64
		locale string
		names  []string
		abroad bool
		want   string
	}{
		{"aliyun", 1, "en", wording.SMS("login", true), false, "SMS_2"},
		{"aliyun", 2, "en", wording.SMS("login", true), true, "SMS_3"},
		{"aliyun", 1, "en", wording.SMS("reset", true), false, "SMS_1"},
		{"aliyun", 1, "en", wording.SMS("reset", true), true, ""},
		{"aliyun", 1, "en", wording.SMS("phone_changed", false), false, ""},
		{"aliyun", 1, "zh-CN", wording.SMS("login", true), false, ""},
		{"tencent", 2, "zh-CN", wording.SMS("phone_changed", false), false, "42"},
		{"tencent", 1, "zh-CN", wording.SMS("phone_changed", false), false, ""},
		{"tencent", 2, "zh-CN", wording.Voice("login"), false, "43"},
		{"tencent", 2, "zh-CN", wording.SMS("login", true), false, ""},
		{"aliyun", 1, "en", wording.Voice("login"), false, ""},
	} {
		if got := words.ID(c.sender, c.site, c.locale, c.names, c.abroad); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
	if words.Sign("aliyun", 2, "en") != "店铺" || words.Sign("tencent", 1, "en") != "" {
		t.Error("a signature is wrong")
	}
	login := wording.SMS("login", true)
	got := words.Nearest("aliyun", 1, "fr", login, true) + words.Nearest("tencent", 1, "fr", login, true)
	if got != "enfr" {
		t.Errorf("the nearest languages are %s, want en, and fr where no file has an id", got)
	}
	var none *wording.Words
	if none.ID("aliyun", 1, "en", wording.SMS("login", true), false)+none.Sign("aliyun", 1, "en") != "" ||
		none.Find(1, "en", wording.EndText, wording.SMS("login", true)) != nil {
		t.Error("no files say something")
	}
}

// TestLoadRefuses: each mistake is an error with the file and the line.
func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, text, want string }{
		{"en/sms-code.txt", "one\n{cod} {code}", "en/sms-code.txt:2: {cod} is not a variable here"},
		{"en/sms-code.txt", "{ code } {code}", "en/sms-code.txt:1: { code } "},
		{"en/sms-code.txt", "{{code}}", "en/sms-code.txt:1: a brace"},
		{"en/sms-code.txt", "{code}\n}", "en/sms-code.txt:2: a brace"},
		{"en/sms-code.txt", "your code\nis here", "en/sms-code.txt:2: {code} is missing"},
		{"en/sms-code.txt", "{code} {time}", "en/sms-code.txt:1: {time} is not a variable here"},
		{"en/sms-code.txt", "{code}" + strings.Repeat("x", 424), "en/sms-code.txt:1: with its longest code"},
		{"en/sms-notice.txt", "{code}", "en/sms-notice.txt:1: {code} is not a variable here"},
		{"en/sms-notice.txt", strings.Repeat("x", 460), "en/sms-notice.txt:1: with its longest code"},
		{"en/sms-notice.txt", strings.Repeat("я", 202), "202 characters and needs 4 SMS"},
		{"en/sms-notice.txt", " \n", "en/sms-notice.txt: the file is empty"},
		{"en/sms-notice.txt", "a\n\xff", "en/sms-notice.txt:2: the line has a control character"},
		{"en/sms-notice.txt", "\ufeffa", "en/sms-notice.txt:1: the line has a control character"},
		{"en/sms-notice.txt", "a\x00", "en/sms-notice.txt:1: the line has a control character"},
		{"en/mail-code.txt", "no", "en/mail-code.txt:1: {code} is missing"},
		{"en/mail-code.html", "<p>\n</p>", "en/mail-code.html:2: {code} is missing"},
		{"en/mail-code.html", "<p>{{.Code}} {code}</p>", "en/mail-code.html:1: a brace"},
		{"en/mail-code.html", "<p>{{code}}</p>", "en/mail-code.html:1: "},
		{"en/mail-code.html", "\n\n<p>{code}}</p>", "en/mail-code.html:3: {code} has a further brace"},
		{"en/sms-code.txt", "\n \n{cod} {code}", "en/sms-code.txt:3: {cod} is not a variable here"},
		{"en/mail-code.html", "<p>{Code} {code}</p>", "en/mail-code.html:1: {Code} is not a variable here"},
		{"en/mail-reset.html", "{code}", "en/mail-reset.html: a mail in HTML needs its text, in mail-reset.txt"},
		{"en/mail-code.subject.txt", "a\nb", "en/mail-code.subject.txt:2: a subject has one line"},
		{"en/mail-code.subject.txt", "{code}", "en/mail-code.subject.txt:1: {code} is not a variable here"},
		{"en/mail-deletion-canceled.txt", "{time}", "{time} is not a variable here"},
		{"en/sms-code.html", "{code}", "en/sms-code.html: no message has this file"},
		{"en/sms-code.subject.txt", "{code}", "en/sms-code.subject.txt: no message has this file"},
		{"en/sms-verify.txt", "{code}", "en/sms-verify.txt: no message has this file"},
		{"en/README.md", "x", "en/README.md: no message has this file"},
		{"en/sub/a.txt", "x", "en/sub: a folder cannot be here"},
		{"sms-code.txt", "{code}", "sms-code.txt: here are folders"},
		{"site-2/sms-code.txt", "{code}", "site-2/sms-code.txt: here are folders"},
		{"site-3/en/sms-code.txt", "{code}", "site-3: ENROLL_SITES has no such site"},
		{"site-02/en/sms-code.txt", "{code}", "site-02: ENROLL_SITES has no such site"},
		{"EN/sms-code.txt", "{code}", "EN: messages have no such language"},
		{"site-2/xx/sms-code.txt", "{code}", "site-2/xx: messages have no such language; there are zh-CN, en"},
		{"en/mail-login.txt", "{code}" + strings.Repeat("x", 64<<10), "en/mail-login.txt: the file has more than"},
		{"en/twilio.ids", "code 1", "en/twilio.ids: only aliyun and tencent"},
		{"en/aliyun.ids", "code", "en/aliyun.ids:1: a line must be a message and an id"},
		{"en/aliyun.ids", "\nfly SMS_1", "en/aliyun.ids:2: no SMS has this name"},
		{"en/aliyun.ids", "voice-code TTS_1\nvoice-code-abroad TTS_2", "en/aliyun.ids:2: no SMS has this name"},
		{"en/tencent.ids", "notice-abroad 1\nlogin-abroad 2", "en/tencent.ids:2: codes abroad need " +
			"ENROLL_SMS_TENCENT_NOTICE_TEMPLATE_ABROAD"},
		{"en/aliyun.ids", "code SMS_1\ncode SMS_2", "en/aliyun.ids:2: this message has an id already"},
	} {
		files := good()
		files[c.file] = c.text
		_, err := wording.Load(folder(files), bounds)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", c.file, err, c.want)
		}
	}
	if _, err := wording.Load(folder(nil), bounds); err == nil {
		t.Error("an empty folder is accepted")
	}
}

// TestLoadReportsAll: one start shows all mistakes, and {name} needs a name.
func TestLoadReportsAll(t *testing.T) {
	t.Parallel()
	b := bounds
	b.SMSName, b.MailName = "", ""
	_, err := wording.Load(folder(map[string]string{
		"en/sms-code.txt": "{code}\n{name}", "en/mail-code.txt": "{name} {code}", "en/mail-login.txt": "{a} {b}",
	}), b)
	if err == nil || strings.Count(err.Error(), "\n") != 3 ||
		!strings.Contains(err.Error(), "en/sms-code.txt:2: {name} has no value") ||
		!strings.Contains(err.Error(), "en/mail-code.txt:1: {name} has no value") {
		t.Errorf("%v", err)
	}
}

// TestCodeLinesCount: the lines after the words count in the length of a code, and not in that of a notice.
func TestCodeLinesCount(t *testing.T) {
	t.Parallel()
	fits := strings.Repeat("x", 3*153-len("918273")-len(bounds.CodeLines))
	for text, ok := range map[string]bool{"{code}" + fits: true, "{code}x" + fits: false} {
		if _, err := wording.Load(folder(map[string]string{"en/sms-code.txt": text}), bounds); (err == nil) != ok {
			t.Errorf("%d characters: %v", len(text), err)
		}
	}
	notice := map[string]string{"en/sms-notice.txt": strings.Repeat("x", 3*153)}
	if _, err := wording.Load(folder(notice), bounds); err != nil {
		t.Error(err)
	}
}

// TestRetrieved: with the hash of an Android app a code has 140 bytes at most, each character of another alphabet two.
// A notice, which no app reads, has no such bound, and neither has a code without the hash.
func TestRetrieved(t *testing.T) {
	t.Parallel()
	b := bounds
	b.CodeLines = "\n\nFA+9qCX9VSu"
	rest := wording.MaxRetrieved - len("918273") - len(b.CodeLines)
	for _, c := range []struct {
		file, text string
		fits       bool // with the hash
	}{
		{"en/sms-code.txt", "{code}" + strings.Repeat("x", rest), true},
		{"en/sms-code.txt", "{code}x" + strings.Repeat("x", rest), false},
		{"en/sms-code.txt", "{code}" + strings.Repeat("x", rest-2) + "€", true},
		{"en/sms-code.txt", "{code}" + strings.Repeat("x", rest-1) + "€", false},
		{"zh-CN/sms-login.txt", "{code}" + strings.Repeat("验", 70-6-13), true},
		{"zh-CN/sms-login.txt", "{code}" + strings.Repeat("验", 70-6-13+1), false},
		{"zh-CN/sms-login.txt", "{code}" + strings.Repeat("x", 70-6-13) + "验", false},
		{"en/sms-notice.txt", strings.Repeat("x", 141), true},
	} {
		files := folder(map[string]string{c.file: c.text})
		b.Retrieved = false
		if _, err := wording.Load(files, b); err != nil {
			t.Errorf("%s, without a hash: %v", c.text, err)
		}
		b.Retrieved = true
		_, err := wording.Load(files, b)
		if (err == nil) != c.fits || err != nil && !strings.Contains(err.Error(), c.file+":1: with its code and") {
			t.Errorf("%s: %v", c.text, err)
		}
	}
}

// TestSegments has the bounds of 3GPP TS 23.038 and 23.040.
func TestSegments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text            string
		units, segments int
	}{
		{"", 0, 1},
		{strings.Repeat("a", 160), 160, 1}, {strings.Repeat("a", 161), 161, 2},
		{strings.Repeat("a", 306), 306, 2}, {strings.Repeat("a", 307), 307, 3},
		{strings.Repeat("é", 160), 160, 1}, {strings.Repeat("€", 80), 160, 1}, {strings.Repeat("€", 81), 162, 2},
		// 153 is odd, so a part has 76 characters of two septets and not 76.5.
		{strings.Repeat("€", 152), 304, 2}, {strings.Repeat("€", 153), 306, 3},
		{strings.Repeat("á", 70), 70, 1}, {strings.Repeat("á", 71), 71, 2},
		{strings.Repeat("验", 134), 134, 2}, {strings.Repeat("验", 135), 135, 3},
		{strings.Repeat("😀", 35), 70, 1}, {strings.Repeat("😀", 36), 72, 2},
		{strings.Repeat("😀", 66), 132, 2}, {strings.Repeat("😀", 67), 134, 3},
	} {
		units, segments := wording.Segments(c.text)
		if units != c.units || segments != c.segments {
			t.Errorf("%.8q, %d bytes: %d, %d, want %d, %d", c.text, len(c.text), units, segments, c.units, c.segments)
		}
	}
}
