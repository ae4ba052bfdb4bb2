package mail_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/enroll-project/enroll/internal/mail"
)

// opened is a decoded letter.
type opened struct {
	header              netmail.Header
	subject, body, html string
}

// open decodes a letter as a mail program does. It checks that all lines are ASCII and
// at most 78 characters long, unless a line is a single word (RFC 5322, 2.1.1).
func open(t testing.TB, data string) opened {
	t.Helper()
	for line := range strings.SplitSeq(data, "\r\n") {
		long := len(line) > 78 && strings.Contains(strings.TrimSpace(line), " ")
		notASCII := strings.ContainsFunc(line, func(r rune) bool { return r >= utf8.RuneSelf })
		if long || notASCII || strings.ContainsAny(line, "\r\n") {
			t.Errorf("line %q", line)
		}
	}
	m, err := netmail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	o := opened{header: m.Header}
	if o.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Error(err)
	}
	// A Chinese subject has 12 bytes for three characters in base64, and 27 in the other encoding. The shorter one is
	// used.
	ascii := len(strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return r
		}
		return -1
	}, o.subject))
	if others := len(o.subject) - ascii; (ascii+3*others > (ascii+others)*4/3+1) !=
		strings.Contains(m.Header.Get("Subject"), "?UTF-8?b?") {
		t.Errorf("subject %s", m.Header.Get("Subject"))
	}
	kind, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content is %s, %v", kind, err)
	}
	// NextRawPart, because NextPart decodes quoted-printable by itself.
	parts := multipart.NewReader(m.Body, parameters["boundary"])
	o.body, o.html = part(t, parts, "text/plain"), part(t, parts, "text/html")
	if _, err := parts.NextRawPart(); !errors.Is(err, io.EOF) {
		t.Errorf("after the two parts: %v", err)
	}
	return o
}

// part decodes the next part of a letter.
func part(t testing.TB, parts *multipart.Reader, want string) string {
	t.Helper()
	p, err := parts.NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	kind, parameters, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
	if err != nil || kind != want || !strings.EqualFold(parameters["charset"], "utf-8") {
		t.Errorf("content is %s %v, %v", kind, parameters, err)
	}
	var body io.Reader = p
	switch encoding := p.Header.Get("Content-Transfer-Encoding"); encoding {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, p)
	case "quoted-printable":
		body = quotedprintable.NewReader(p)
	default:
		t.Errorf("encoding %q", encoding)
	}
	decoded, err := io.ReadAll(body)
	if err != nil {
		t.Error(err)
	}
	if strings.Count(string(decoded), "\n") != strings.Count(string(decoded), "\r\n") {
		t.Error("the body has bare line ends")
	}
	return strings.ReplaceAll(string(decoded), "\r\n", "\n")
}

// deliver sends one message and returns the letter that arrived.
func deliver(t testing.TB, m mail.Message, cfg mail.SMTPConfig) opened {
	t.Helper()
	p := (&post{plain: true}).start(t)
	if err := newSMTP(t, "smtp://"+p.address, cfg).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	return open(t, p.taken()[0].data)
}

func TestLetterWords(t *testing.T) {
	t.Parallel()
	const zhTail = "，请勿告诉任何人，我们的工作人员也不会向您索取。\n\n" +
		"如果这不是您本人的操作，请忽略本邮件。没有验证码，任何人都无法使用您的邮箱地址。\n\n本邮件由系统自动发送，请勿回复。\n"
	const enTail = ". Do not share it with anyone: our staff will never ask for it.\n\n" +
		"If you did not request this code, please ignore this message. " +
		"Nobody can use your email address without the code.\n\n" +
		"This message was sent automatically. Please do not reply.\n"
	for name, tc := range map[string]struct {
		locale, purpose, from string
		life                  time.Duration
		subject, body         string
	}{
		"verify in Chinese": {
			"zh-CN", mail.ForVerify, "", 10 * time.Minute, "邮箱验证码",
			"您好！\n\n您正在验证本邮箱地址，验证码是：\n\n    918273\n\n验证码在 10 分钟内有效" + zhTail,
		},
		"sender's name in Chinese": {
			"zh-CN", mail.ForVerify, "云端商城 <noreply@site.example>", 90 * time.Second, "【云端商城】邮箱验证码",
			"您好！\n\n您正在验证本邮箱地址，验证码是：\n\n    918273\n\n验证码在 1 分钟内有效" + zhTail,
		},
		"other purpose in Chinese": {
			"zh-CN", "other", "", 59*time.Second + 999*time.Millisecond, "邮箱验证码",
			"您好！\n\n您正在进行身份验证，验证码是：\n\n    918273\n\n验证码在 59 秒内有效" + zhTail,
		},
		"verify in English": {
			"en", mail.ForVerify, "", 10 * time.Minute, "Your verification code",
			"Hello,\n\nyour code to confirm this email address is:\n\n    918273\n\nIt is valid for 10 minutes" + enTail,
		},
		"sender's name in English": {
			"en", mail.ForVerify, "Cloud Mall <noreply@site.example>", 90 * time.Second,
			"[Cloud Mall] Your verification code",
			"Hello,\n\nyour code to confirm this email address is:\n\n    918273\n\nIt is valid for 1 minute" + enTail,
		},
		"other purpose in English": {
			"en", "other", "", time.Second, "Your verification code",
			"Hello,\n\nyour verification code is:\n\n    918273\n\nIt is valid for 1 second" + enTail,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := message
			m.Locale, m.Purpose, m.ExpiresIn = tc.locale, tc.purpose, tc.life
			if tc.from == "" {
				tc.from = "noreply@site.example"
			}
			got := deliver(t, m, mail.SMTPConfig{From: tc.from})
			if got.subject != tc.subject {
				t.Errorf("subject %q, want %q", got.subject, tc.subject)
			}
			if got.body != tc.body {
				t.Errorf("body:\n%s\nwant:\n%s", got.body, tc.body)
			}
		})
	}
}

// TestDeletionAtOnceWords: the letter about a deletion at once is true for each proof that requests one: the
// password, and a code to the phone or the email.
func TestDeletionAtOnceWords(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for locale, want := range map[string][2]string{
		"zh-CN": {"【Enroll】您的账号已注销",
			"您的账号已于 2026-11-22 12:00 UTC 注销。申请注销时，已通过密码或验证码验证身份。\n\n如果"},
		"en": {"[Enroll] Your account was deleted", "your account was deleted on 2026-11-22 12:00 UTC. " +
			"The request was confirmed with the account's password or with a code sent to its phone number or email address." +
			"\n\nIf it was not you"},
	} {
		m := mail.Message{To: message.To, Purpose: mail.DeletionRequested, Locale: locale, At: at, Until: at}
		got := deliver(t, m, mail.SMTPConfig{})
		if got.subject != want[0] || !strings.Contains(got.body, want[1]) {
			t.Errorf("%s: subject %q, body:\n%s", locale, got.subject, got.body)
		}
	}
}

func TestLetterHeader(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 18, 0, 0, 999, time.FixedZone("", 8*3600))
	name := strings.Repeat("云端商城", 20)
	got := deliver(t, message, mail.SMTPConfig{
		From: name + " <noreply@site.example>", Now: func() time.Time { return at },
		Rand: strings.NewReader(strings.Repeat("a", 16)),
	})
	for field, want := range map[string]string{
		"Date":                     "Sun, 22 Nov 2026 10:00:00 +0000",
		"Message-Id":               "<" + strings.Repeat("61", 16) + "@site.example>",
		"Auto-Submitted":           "auto-generated",
		"X-Auto-Response-Suppress": "All",
		"Mime-Version":             "1.0",
		"To":                       "<wang.wei@mail.example>",
	} {
		if values := got.header[field]; len(values) != 1 || values[0] != want {
			t.Errorf("%s: %q, want %q", field, values, want)
		}
	}
	if got.subject != "【"+name+"】邮箱验证码" {
		t.Errorf("subject %q", got.subject)
	}
	from, err := got.header.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Name != name || from[0].Address != "noreply@site.example" {
		t.Errorf("from %v, %v", from, err)
	}
	// The six above, From, Subject and Content-Type.
	if len(got.header) != 9 {
		t.Errorf("%d header fields, want 9: %v", len(got.header), got.header)
	}
	for field, values := range got.header {
		if strings.Contains(strings.Join(values, "\n"), message.Code) {
			t.Errorf("%s shows the code", field)
		}
	}
}

func TestLetterIDs(t *testing.T) {
	t.Parallel()
	p := (&post{plain: true}).start(t)
	s := newSMTP(t, "smtp://"+p.address, mail.SMTPConfig{})
	for range 2 {
		if err := s.Send(t.Context(), message); err != nil {
			t.Fatal(err)
		}
	}
	a, b := open(t, p.taken()[0].data), open(t, p.taken()[1].data)
	if a.header.Get("Message-Id") == b.header.Get("Message-Id") {
		t.Error("two messages have the same id")
	}
	s = newSMTP(t, "smtp://"+p.address, mail.SMTPConfig{Rand: strings.NewReader("")})
	if err := s.Send(t.Context(), message); !errors.Is(err, io.EOF) {
		t.Errorf("without randomness: %v", err)
	}
}

// TestSMTPRefusesAddress shows that a text which could end a line or be more than one
// address opens no connection (ASVS 1.3.11).
func TestSMTPRefusesAddress(t *testing.T) {
	t.Parallel()
	p := (&post{plain: true}).start(t)
	s := newSMTP(t, "smtp://"+p.address, mail.SMTPConfig{})
	for _, to := range []string{
		"", "wang", "@mail.example", "wang@", "a@b@c.example", "wang wei@mail.example", " wang@mail.example",
		"wang@mail.example ", "wang@mail.example\r\nBcc: other@mail.example",
		"wang@mail.example\nBcc: other@mail.example", "wang\r@mail.example", "wang@mail.example\r\n",
		"wang@mail.example> SIZE=1", "<wang@mail.example>", "Wang <wang@mail.example>", "wang@mail.example (Wang)",
		"wang(x)@mail.example", "wang@mail.example,other@mail.example", "group:wang@mail.example;",
		`"wang wei"@mail.example`, `"wang"@mail.example`, `wang\@mail.example`, "王伟@mail.example",
		"wang@邮件.example", "wang@mail\x00.example", "wang\t@mail.example", "wang\x7f@mail.example",
		"wang@mail.example\u2028", "=?utf-8?q?wang?= <wang@mail.example>",
		strings.Repeat("a", 255-len("@mail.example")) + "@mail.example",
	} {
		m := message
		m.To = to
		if err := s.Send(t.Context(), m); !errors.Is(err, mail.ErrAddress) || strings.Contains(err.Error(), "wang") {
			t.Errorf("%q: error %v, want ErrAddress", to, err)
		}
	}
	// The longest address is valid, so the only error is that of the canceled context.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m := message
	m.To = strings.Repeat("a", 254-len("@mail.example")) + "@mail.example"
	if err := s.Send(ctx, m); err == nil || errors.Is(err, mail.ErrAddress) {
		t.Errorf("254 bytes: %v", err)
	}
	p.stop(t)
	if p.connections != 0 {
		t.Errorf("%d connections were made, want 0", p.connections)
	}
}

// FuzzAddress shows that an accepted address arrives unchanged, as the only recipient,
// and adds no header field.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{
		message.To, "a@[192.0.2.1]", "a@b\r\nBcc: c@d", "a@b>", "a=b+c%d!e@f", "王@b", `"a b"@c`, "a@b, c@d",
	} {
		f.Add(seed)
	}
	p := (&post{plain: true}).start(f)
	s := newSMTP(f, "smtp://"+p.address, mail.SMTPConfig{})
	f.Fuzz(func(t *testing.T, to string) {
		m := message
		m.To = to
		err := s.Send(t.Context(), m)
		if errors.Is(err, mail.ErrAddress) {
			return
		}
		var refused *mail.DeliveryError
		if errors.As(err, &refused) && refused.Kind == mail.RecipientRefused {
			return // the test's server accepts fewer addresses
		}
		if err != nil {
			t.Fatalf("%q: %v", to, err)
		}
		p.mu.Lock()
		taken := p.letters
		p.letters = nil
		p.mu.Unlock()
		if len(taken) != 1 || taken[0].to != to {
			t.Fatalf("%q arrived as %+v", to, taken)
		}
		got := open(t, taken[0].data)
		list, err := got.header.AddressList("To")
		if err != nil || len(list) != 1 || list[0].Address != to || len(got.header) != 9 {
			t.Fatalf("%q arrived as %v, %v, with %d fields", to, list, err, len(got.header))
		}
	})
}
