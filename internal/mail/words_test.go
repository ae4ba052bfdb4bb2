package mail_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/net/html"

	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/wording"
)

// written returns the words of files.
func written(t *testing.T, files map[string]string) *wording.Words {
	t.Helper()
	folder := fstest.MapFS{}
	for name, text := range files {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	words, err := wording.Load(folder, wording.Bounds{
		Sites: []int64{1, 2}, MailName: "<Shop>", Code: "918273", Minutes: "10",
	})
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// TestOwnLetters: the operator's words arrive in all three parts of a mail, and the built-in ones where there are
// none. HTML without a file is made from the text.
func TestOwnLetters(t *testing.T) {
	t.Parallel()
	words := written(t, map[string]string{
		"en/mail-code.subject.txt":              "Your code from {name}",
		"en/mail-code.txt":                      "Use {code}\nwithin {minutes} min.",
		"en/mail-code.html":                     "<p title='{name}'>Use <b>{code}</b> &amp; be happy</p>",
		"en/mail-login.txt":                     "Log in:\n\n{code}\n\na < b\n& c",
		"site-2/en/mail-code.txt":               "two {code}",
		"zh-CN/mail-password-changed.txt":       "密码已于 {time} 修改。",
		"zh-CN/mail-deletion-requested.txt":     "将于 {time} 注销。",
		"zh-CN/mail-deletion-canceled.txt":      "注销已撤销。",
		"zh-CN/mail-deleted.txt":                "已于 {time} 注销。",
		"en/mail-deletion-canceled.subject.txt": "Your account stays",
	})
	cfg := mail.SMTPConfig{From: `"<Shop>" <noreply@site.example>`, Words: words,
		Now: func() time.Time { return noticed.Add(time.Hour) }}
	for _, c := range []struct {
		about                 string
		site                  int64
		locale, purpose, code string
		until                 time.Time
		subject, text, html   string
	}{
		{"all three", 1, "en", "verify", "918273", time.Time{}, "Your code from <Shop>", "Use 918273\nwithin 10 min.\n",
			"<p title='&lt;Shop&gt;'>Use <b>918273</b> &amp; be happy</p>"},
		{"HTML from the text", 1, "en", "login", "918273", time.Time{}, "Your code from <Shop>",
			"Log in:\n\n918273\n\na < b\n& c\n", "<p>a &lt; b<br>\n&amp; c</p>"},
		{"the site's own", 2, "en", "verify", "918273", time.Time{}, "Your code from <Shop>", "two 918273\n",
			"<p>two 918273</p>"},
		{"built in", 1, "zh-CN", "login", "918273", time.Time{}, "【<Shop>】邮箱验证码", "", `<p class="code">918273</p>`},
		{"a change", 1, "zh-CN", mail.PasswordChanged, "", time.Time{}, "【<Shop>】您的密码已修改",
			"密码已于 2026-11-22 12:05 UTC 修改。\n", "<p>密码已于 2026-11-22 12:05 UTC 修改。</p>"},
		{"a deletion", 1, "zh-CN", mail.DeletionRequested, "", noticed.Add(24 * time.Hour), "【<Shop>】您的账号即将注销",
			"将于 2026-11-23 12:05 UTC 注销。\n", "<p>将于 2026-11-23 12:05 UTC 注销。</p>"},
		{"requested again", 1, "zh-CN", mail.DeletionCanceled, "", noticed.Add(24 * time.Hour), "【<Shop>】您的账号即将注销",
			"将于 2026-11-23 12:05 UTC 注销。\n", "<p>"},
		{"deleted", 1, "zh-CN", mail.DeletionRequested, "", noticed, "【<Shop>】您的账号已注销",
			"已于 2026-11-22 12:05 UTC 注销。\n", "<p>"},
		{"canceled since", 1, "zh-CN", mail.DeletionRequested, "", time.Time{}, "【<Shop>】账号注销已撤销", "注销已撤销。\n", "<p>"},
		{"a subject alone", 1, "en", mail.DeletionCanceled, "", time.Time{}, "Your account stays", "", "<p>Hello,</p>"},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			got := deliver(t, mail.Message{To: message.To, SiteID: c.site, Locale: c.locale, Purpose: c.purpose, Code: c.code,
				ExpiresIn: 10 * time.Minute, At: noticed, Until: c.until}, cfg)
			if got.subject != c.subject || c.text != "" && got.body != c.text || !strings.Contains(got.html, c.html) {
				t.Errorf("subject %q, text:\n%s\nHTML:\n%s", got.subject, got.body, got.html)
			}
		})
	}
}

// TestLetterPage: the built-in HTML says the same as the text, has both color schemes, loads nothing and runs nothing.
func TestLetterPage(t *testing.T) {
	t.Parallel()
	for _, tag := range locale.All() {
		for _, purpose := range []string{mail.ForLogin, mail.PasswordChanged, mail.DeletionRequested} {
			m := message
			m.Locale, m.Purpose, m.At = tag, purpose, noticed
			got := deliver(t, m, mail.SMTPConfig{From: `"<b>Shop</b>" <noreply@site.example>`})
			for _, sign := range []string{`<html lang="` + tag + `" dir="` + locale.Direction(tag) + `">`,
				"@media (prefers-color-scheme: dark)", `<meta name="color-scheme" content="light dark">`} {
				if !strings.Contains(got.html, sign) {
					t.Errorf("%s, %s: no %s in\n%s", tag, purpose, sign, got.html)
				}
			}
			for _, sign := range []string{"<img", "url(", "@import", "<script", "<link", "<b>", "src=", "href="} {
				if strings.Contains(got.html, sign) {
					t.Errorf("%s, %s: %s in\n%s", tag, purpose, sign, got.html)
				}
			}
			if shown := shownText(t, got.html); shown != strings.Join(strings.Fields(got.body), " ") {
				t.Errorf("%s, %s: the HTML shows\n%s\nand the text is\n%s", tag, purpose, shown, got.body)
			}
		}
	}
}

// shownText returns the words that a page shows.
func shownText(t *testing.T, page string) string {
	t.Helper()
	node, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for n := range node.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "title" {
			words = append(words, strings.Fields(n.Data)...)
		}
	}
	return strings.Join(words, " ")
}
