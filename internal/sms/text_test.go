package sms

import (
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// TestTexts: the words of each message in each language. They are all that a person without a provider's template
// gets, so a changed word has to be a decision.
func TestTexts(t *testing.T) {
	t.Parallel()
	const (
		tail, notYou = " It expires in 10 min. Do not share it.", " If it was not you, contact us at once."
		zhTail       = "验证码918273，10分钟内有效，请勿告诉任何人。"
	)
	for _, c := range []struct{ locale, purpose, code, want string }{
		{"en", "register", "918273", "Enroll: 918273 is your code to create an account." + tail},
		{"en", "login", "918273", "Enroll: 918273 is your code to log in." + tail},
		{"en", "reset", "918273", "Enroll: 918273 is your code to set a new password." + tail},
		{"en", "change", "918273", "Enroll: 918273 is your code to confirm a change of your account." + tail},
		{"en", "other", "918273", "Enroll: 918273 is your code." + tail},
		{"en", PhoneChanged, "", "Enroll: The phone number of your account was changed." + notYou},
		{"en", PasswordChanged, "", "Enroll: Your password was reset by email." + notYou},
		{"en", "other", "", "Enroll: Your account was changed." + notYou},
		{"zh-CN", "register", "918273", "【Enroll】您正在注册账号，" + zhTail},
		{"zh-CN", "login", "918273", "【Enroll】您正在登录，" + zhTail},
		{"zh-CN", "reset", "918273", "【Enroll】您正在重置密码，" + zhTail},
		{"zh-CN", "change", "918273", "【Enroll】您正在修改账号信息，" + zhTail},
		{"zh-CN", "other", "918273", "【Enroll】" + zhTail},
		{"zh-CN", PhoneChanged, "", "【Enroll】您账号的手机号已变更，如非本人操作，请立即联系客服。"},
		{"zh-CN", PasswordChanged, "", "【Enroll】您账号的密码已通过邮箱重置，如非本人操作，请立即联系客服。"},
		{"zh-CN", "other", "", "【Enroll】您的账号信息已变更，如非本人操作，请立即联系客服。"},
	} {
		m := Message{Locale: c.locale, Purpose: c.purpose, Code: c.code, ExpiresIn: 10*time.Minute + time.Second}
		got, err := Texts{Name: "Enroll"}.Of(m)
		if err != nil || got != c.want {
			t.Errorf("%s, %s: %q, %v", c.locale, c.purpose, got, err)
		}
		// Each text is one SMS with the longest name of its language.
		longest := strings.Repeat("恩", MaxName)
		if strings.HasPrefix(got, "Enroll") {
			longest = strings.Repeat("x", MaxName)
		}
		text, _ := Texts{Name: longest}.Of(m)
		if units, limit := length(text); units > limit {
			t.Errorf("%d characters, more than %d: %s", units, limit, text)
		}
	}
}

// length returns how many characters a text has on the air, and how many fit in one SMS, by 3GPP TS 23.038. Of its
// default alphabet the function knows what the texts need: letters, digits and marks of ASCII.
func length(text string) (units, limit int) {
	other := func(r rune) bool { return r > '~' || r < ' ' || strings.ContainsRune("`^{}\\[~]|", r) }
	if strings.ContainsFunc(text, other) {
		return len(utf16.Encode([]rune(text))), 70
	}
	return len(text), 160
}
