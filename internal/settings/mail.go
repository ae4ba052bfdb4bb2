package settings

import (
	"errors"
	"fmt"
	"strings"
)

// MailSender returns the sender of mails: smtp or ses, or "" if none is set. Then no email can be verified, and no code
// is sent to one. With --dev the service writes such codes to its log instead.
//
// There is no order of senders as with SMS: an operator would have to verify the domain with each of them, and a mail
// server queues by itself what it cannot deliver at once.
func (c Config) MailSender() string {
	if c.Mail == "" && c.SMTPURL != "" {
		return "smtp" // older deployments have no ENROLL_MAIL
	}
	return c.Mail
}

// byRole reports whether a setting of an access key may be missing, because the keys of a role are used. keyID is the
// sender's. A key without its secret is an error nevertheless.
// The Region and the sender's name are needed in any case.
func (c Config) byRole(keyID, setting string) bool {
	ofKey := strings.HasSuffix(setting, "_KEY_ID") || strings.HasSuffix(setting, "_SECRET_KEY")
	return ofKey && keyID == "" && c.AWSRole != ""
}

// checkRole returns an error if no sender would use the keys of the role. The operator would believe that one does.
func (c Config) checkRole() (errs []error) {
	// A sender that has an access key uses that one, so that an operator can change one sender after the other.
	used := c.SMS.has("sns") && c.SNSKeyID == "" || c.MailSender() == "ses" && c.SESKeyID == ""
	if c.AWSRole != "" && !used { // check: role-used
		errs = append(errs, errors.New("ENROLL_AWS_ROLE is set, but neither sns nor ses is a sender without an access key"))
	}
	return errs
}

// checkMail returns the errors of the senders' settings: what the sender lacks, and the settings of the other one. A
// deployment has one sender, so a second one that is set up shows a mistake.
func (c Config) checkMail() (errs []error) {
	// All errors are reported at once, at the start. Otherwise a sender that lacks a setting would fail only when the
	// first person waits for a code.
	for _, of := range []struct {
		sender string
		needs  [][2]string // name and value; the first also shows that the sender is set up
	}{
		{"smtp", [][2]string{{"ENROLL_SMTP_URL", c.SMTPURL}}},
		{"ses", [][2]string{
			{"ENROLL_MAIL_SES_REGION", c.SESRegion},
			{"ENROLL_MAIL_SES_KEY_ID", c.SESKeyID},
			{"ENROLL_MAIL_SES_SECRET_KEY", c.SESSecretKey},
			{"ENROLL_MAIL_FROM", c.MailFrom},
		}},
	} {
		for i, need := range of.needs {
			switch used := c.MailSender() == of.sender; {
			case used && need[1] == "" && c.byRole(c.SESKeyID, need[0]):
			case used && need[1] == "":
				errs = append(errs, fmt.Errorf("ENROLL_MAIL=%s needs %s", of.sender, need[0]))
			case !used && need[1] != "" && (i == 0 || need[0] == "ENROLL_MAIL_SES_KEY_ID"): // check: mail-one-sender
				errs = append(errs, fmt.Errorf("%s is set, but ENROLL_MAIL is not %s", need[0], of.sender))
			}
		}
	}
	return errs
}
