package settings

import (
	"slices"
	"strings"
	"testing"
)

// TestMailSettings: a deployment has one sender of mails. Errors name each setting that it lacks, and each of another
// sender.
func TestMailSettings(t *testing.T) {
	t.Parallel()
	ses := []string{"ENROLL_MAIL=ses", "ENROLL_MAIL_SES_REGION=eu-central-1", "ENROLL_MAIL_SES_KEY_ID=AKIA",
		"ENROLL_MAIL_SES_SECRET_KEY=s", "ENROLL_MAIL_FROM=a@example.com"}
	const url = "ENROLL_SMTP_URL=smtp://mail.example.com"
	for _, c := range []struct {
		environ      []string
		sender, want string // the sender, or what the error has
	}{
		{nil, "", ""},
		{[]string{url}, "smtp", ""},
		{[]string{url, "ENROLL_MAIL=smtp"}, "smtp", ""},
		{ses, "ses", ""},
		{append(slices.Clone(ses), "ENROLL_METHODS=email"), "ses", ""},
		{[]string{"ENROLL_MAIL=smtp"}, "", "ENROLL_MAIL=smtp needs ENROLL_SMTP_URL"},
		{append(slices.Clone(ses), url), "", "ENROLL_SMTP_URL is set, but ENROLL_MAIL is not smtp"},
		{[]string{url, ses[1]}, "", "ENROLL_MAIL_SES_REGION is set, but ENROLL_MAIL is not ses"},
		{[]string{ses[2]}, "", "ENROLL_MAIL_SES_KEY_ID is set, but ENROLL_MAIL is not ses"},
		{slices.Delete(slices.Clone(ses), 1, 2), "", "ENROLL_MAIL=ses needs ENROLL_MAIL_SES_REGION"},
		{slices.Delete(slices.Clone(ses), 2, 3), "", "ENROLL_MAIL=ses needs ENROLL_MAIL_SES_KEY_ID"},
		{slices.Delete(slices.Clone(ses), 3, 4), "", "ENROLL_MAIL=ses needs ENROLL_MAIL_SES_SECRET_KEY"},
		{slices.Delete(slices.Clone(ses), 4, 5), "", "ENROLL_MAIL=ses needs ENROLL_MAIL_FROM"},
		{append(slices.Delete(slices.Clone(ses), 2, 4), "ENROLL_AWS_ROLE=instance"), "ses", ""},
		{append(slices.Delete(slices.Clone(ses), 3, 4), "ENROLL_AWS_ROLE=instance"), "",
			"ENROLL_MAIL=ses needs ENROLL_MAIL_SES_SECRET_KEY"},
		{append(slices.Clone(ses), "ENROLL_AWS_ROLE=instance"), "", "ENROLL_AWS_ROLE is set, but"},
		{append(slices.Clone(ses), "ENROLL_AWS_ROLE=instance", "ENROLL_SMS=sns", "ENROLL_SMS_NAME=x",
			"ENROLL_SMS_SNS_REGION=eu-central-1"), "ses", ""},
		{[]string{"ENROLL_AWS_ROLE=instance"}, "", "ENROLL_AWS_ROLE is set, but"},
		{[]string{"ENROLL_AWS_ROLE=chain"}, "", "ENROLL_AWS_ROLE"},
		{[]string{"ENROLL_MAIL=pigeon"}, "", "ENROLL_MAIL"},
	} {
		got, err := Read(false, c.environ)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) ||
			err == nil && got.MailSender() != c.sender {
			t.Errorf("%q: %q, %v", c.environ, got.MailSender(), err)
		}
	}
}
