package settings

import "fmt"

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
			case used && need[1] == "":
				errs = append(errs, fmt.Errorf("ENROLL_MAIL=%s needs %s", of.sender, need[0]))
			case !used && need[1] != "" && (i == 0 || need[0] == "ENROLL_MAIL_SES_KEY_ID"): // check: mail-one-sender
				errs = append(errs, fmt.Errorf("%s is set, but ENROLL_MAIL is not %s", need[0], of.sender))
			}
		}
	}
	return errs
}
