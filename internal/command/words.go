package command

import (
	"fmt"
	"os"
	"strings"

	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/internal/wording"
)

// Both functions are here and not in package main, because enroll template show shows what the service sends.

// sampleCode is no code of a person: it is the same in each run, so that a print of it in a ticket gives nothing away.
// It stands for a code where files are checked and shown. All codes have as many digits.
var sampleCode = "123456789"[:code.Digits]

// NewWords reads the operator's words of messages, and returns nil if none are set. It is read once: a change of a
// file takes effect at the next start.
func NewWords(c settings.Config) (*wording.Words, error) {
	// Without a folder each message has its built-in words, and nothing is to be checked.
	if c.Templates == "" {
		return nil, nil
	}
	// All replicas must have the same files, or one person gets two texts. This cannot be checked here.
	// A sample stands for the longest code and the longest line of a host, so the length of an SMS is known before one is
	// sent. The names are needed to see that a text with {name} has one.
	// The files are bounded and read within a moment, so a start does not wait for them.
	words, err := wording.Load(os.DirFS(c.Templates), wording.Bounds{
		Locale: c.Locale,
		Sites:  c.Sites, SMSName: c.SMSName, MailName: mail.SenderName(c.SMTPURL, c.MailFrom),
		Code: sampleCode, Minutes: fmt.Sprint(int(code.Life.Minutes())), CodeLines: NewTexts(c, nil).Lines(sampleCode),
		Retrieved: c.SMSAppHash != "", NoticesAbroad: c.NoticesAbroad(),
	})
	if err != nil {
		// One line for each mistake, so that each can be found by the name of the setting.
		return nil, fmt.Errorf("ENROLL_TEMPLATES: %s", strings.ReplaceAll(err.Error(), "\n", "\nENROLL_TEMPLATES: "))
	}
	return words, nil
}

// NewTexts returns the words of the senders that send texts.
// They check themselves when a sender is made: a deployment without such a sender needs no name.
func NewTexts(c settings.Config, words *wording.Words) sms.Texts {
	return sms.Texts{Name: c.SMSName, Words: words, Locales: c.Languages.Tags(), Host: c.SMSHost,
		AppHash: c.SMSAppHash}
}
