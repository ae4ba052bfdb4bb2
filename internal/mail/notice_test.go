package mail_test

import (
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/mail"
)

// noticed is the time of the change in the tests' notices. A letter has it in UTC.
var noticed = time.Date(2026, 11, 22, 20, 5, 0, 0, time.FixedZone("", 8*3600))

// The parts of the notices that several of them have.
const (
	at, until = "2026-11-22 12:05 UTC", "2026-12-22 12:05 UTC"
	enYou     = "If it was you, you need not do anything.\n\n"
	zhYou     = "如果这是您本人的操作，无需任何处理。\n\n"
	enForgot  = "If it was not you, please set a new password at once: choose \"Forgot password\" where you log in. " +
		"If that does not work, please contact the operator of the site.\n"
	zhForgot = "如果不是您本人的操作，请立即在登录处选择“忘记密码”，重新设置密码；如仍无法登录，请联系网站运营方。\n"
	enBack   = " back and set a new password. If that does not work, please contact the operator of the site.\n"
	zhBack   = "并设置新密码；如仍无法登录，请联系网站运营方。\n"
	enLogin  = "If it was not you, please log in with your password at once, change the "
	zhLogin  = "如果不是您本人的操作，请立即使用密码登录，改回原来的"
	enGone   = "your account was deleted on 2026-11-22 13:05 UTC. The request was confirmed with the account's " +
		"password or with a code sent to its phone number or email address.\n\n" +
		"If it was not you, please contact the operator of the site.\n"
	zhGone = "您的账号已于 2026-11-22 13:05 UTC 注销。申请注销时，已通过密码或验证码验证身份。\n\n" +
		"如果不是您本人的操作，请联系网站运营方。\n"
)

// noticeCase is a notice and its words. It is sent an hour after the change.
type noticeCase struct {
	purpose, locale string
	until           time.Time
	subject, body   string
}

func (tc noticeCase) test(t *testing.T) {
	t.Helper()
	t.Run(tc.subject, func(t *testing.T) {
		t.Parallel()
		m := message
		m.Code, m.Locale, m.Purpose, m.At, m.Until = "", tc.locale, tc.purpose, noticed, tc.until
		want := "Hello,\n\n" + tc.body + "\nThis message was sent automatically. Please do not reply.\n"
		if tc.locale == "zh-CN" {
			want = "您好！\n\n" + tc.body + "\n本邮件由系统自动发送，请勿回复。\n"
		}
		sent := func() time.Time { return noticed.Add(time.Hour) }
		got := deliver(t, m, mail.SMTPConfig{From: "noreply@site.example", Now: sent})
		if got.subject != tc.subject {
			t.Errorf("subject %q, want %q", got.subject, tc.subject)
		}
		if got.body != want {
			t.Errorf("body:\n%s\nwant:\n%s", got.body, want)
		}
	})
}

// TestNoticeWords: each kind of notice, in each language, says what was done and when, and what a person who
// did not do it should do.
func TestNoticeWords(t *testing.T) {
	t.Parallel()
	for _, tc := range []noticeCase{
		{mail.PasswordChanged, "en", time.Time{}, "Your password was changed",
			"the password of your account was changed on " + at + ". All devices were logged out.\n\n" + enYou + enForgot},
		{mail.PasswordChanged, "zh-CN", time.Time{}, "您的密码已修改",
			"您的账号密码已于 " + at + " 修改，所有设备均已退出登录。\n\n" + zhYou + zhForgot},
		{mail.PhoneChanged, "en", time.Time{}, "Your phone number was changed",
			"the phone number of your account was changed on " + at + ".\n\n" + enYou + enLogin + "number" + enBack},
		{mail.PhoneChanged, "zh-CN", time.Time{}, "您的手机号已变更",
			"您账号的手机号已于 " + at + " 变更。\n\n" + zhYou + zhLogin + "手机号" + zhBack},
		{mail.EmailChanged, "en", time.Time{}, "Your email address was changed",
			"the email address of your account was changed on " + at + ".\n\n" + enYou + enLogin + "address" + enBack},
		{mail.EmailChanged, "zh-CN", time.Time{}, "您的邮箱已变更",
			"您账号的邮箱已于 " + at + " 变更。\n\n" + zhYou + zhLogin + "邮箱" + zhBack},
	} {
		tc.test(t)
	}
}

// TestDeletionNoticeWords: a notice of a deletion says how the deletion stands when it is sent.
func TestDeletionNoticeWords(t *testing.T) {
	t.Parallel()
	month, soon := noticed.AddDate(0, 1, 0), noticed.Add(time.Hour)
	for _, tc := range []noticeCase{
		{mail.DeletionRequested, "en", month, "Your account will be deleted",
			"the deletion of your account was requested on " + at + ". All devices were logged out. The account and its " +
				"data will be deleted on " + until + ".\n\nIf you want to keep your account, log in before then: that " +
				"cancels the deletion.\n\nIf it was not you, please log in and change your password at once.\n"},
		{mail.DeletionRequested, "zh-CN", month, "您的账号即将注销",
			"我们于 " + at + " 收到您的账号注销申请，所有设备均已退出登录。账号及其数据将于 " + until + " 删除。\n\n" +
				"如果您想保留账号，请在此之前登录，注销申请会自动撤销。\n\n如果不是您本人的操作，请立即登录并修改密码。\n"},
		{mail.DeletionRequested, "en", noticed, "Your account was deleted",
			"your account was deleted on " + at + ". The request was confirmed with the account's password or with a " +
				"code sent to its phone number or email address.\n\nIf it was not you, please contact the operator of the site.\n"},
		{mail.DeletionRequested, "zh-CN", noticed, "您的账号已注销",
			"您的账号已于 " + at + " 注销。申请注销时，已通过密码或验证码验证身份。\n\n如果不是您本人的操作，请联系网站运营方。\n"},
		// The notice is sent after the deletion was due.
		{mail.DeletionRequested, "en", soon, "Your account was deleted", enGone},
		{mail.DeletionRequested, "zh-CN", soon, "您的账号已注销", zhGone},
		// The deletion was canceled before its notice was sent.
		{mail.DeletionRequested, "en", time.Time{}, "Your account will not be deleted",
			"the deletion of your account was requested on " + at + ". A login has canceled it since, so your account " +
				"stays as it is.\n\nIf it was not you, please change your password at once.\n"},
		{mail.DeletionRequested, "zh-CN", time.Time{}, "账号注销已撤销",
			"我们于 " + at + " 收到您的账号注销申请。此后账号重新登录，申请已自动撤销，账号保持不变。\n\n" +
				"如果不是您本人的操作，请立即修改密码。\n"},
		{mail.DeletionCanceled, "en", time.Time{}, "Your account will not be deleted",
			"your account was to be deleted. A login on " + at + " has canceled the deletion, so your account stays as it " +
				"is.\n\n" + enForgot},
		{mail.DeletionCanceled, "zh-CN", time.Time{}, "账号注销已撤销",
			"您此前申请了注销账号。" + at + " 账号重新登录，申请已自动撤销，账号保持不变。\n\n" + zhForgot},
		// The deletion was requested again before the notice was sent.
		{mail.DeletionCanceled, "en", month, "Your account will be deleted",
			"a login on " + at + " has canceled the deletion of your account. It was requested again since. All devices " +
				"were logged out. The account and its data will be deleted on " + until + ".\n\nIf you want to keep your " +
				"account, log in before then: that cancels the deletion.\n\nIf it was not you, please log in and change " +
				"your password at once.\n"},
		{mail.DeletionCanceled, "zh-CN", month, "您的账号即将注销",
			at + " 账号重新登录，注销申请已自动撤销。此后我们再次收到您的账号注销申请，所有设备均已退出登录。账号及其数据将于 " +
				until + " 删除。\n\n如果您想保留账号，请在此之前登录，注销申请会自动撤销。\n\n" +
				"如果不是您本人的操作，请立即登录并修改密码。\n"},
		{mail.DeletionCanceled, "en", soon, "Your account was deleted", enGone},
		{mail.DeletionCanceled, "zh-CN", soon, "您的账号已注销", zhGone},
	} {
		tc.test(t)
	}
}
