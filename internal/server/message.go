package server

import (
	"cmp"
	"embed"
	"io/fs"
	"slices"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/message"
)

// messages has one file for each language, in the form of package message. A key is a reason, alone
// or with an operation's id ("email_taken.register"), or "ok." and an operation's id for its success. A
// third part names a special outcome ("ok.login.deletionCanceled"). A text of a reason alone must be true
// in every operation that has no text of its own for this reason.
// TestMessagesFitTheirOperation checks which words an operation's texts may have.
//
// A key may end in a variant: "@sms" if codes can be sent by SMS, "@image" if captchas are images without a proof of
// work, "@mail" if emails can be verified, "@name" if people can register by user name and not by phone, "@name_phone"
// if by both, "@invite" if sign-up is by invitation, and "@closed" if it is closed. TestMessagesNameWhatThereIs checks
// which words each text may have.
//
//go:embed message/*.json
var messages embed.FS

// newLanguages returns the messages of a deployment's languages in the given variants. nil means all languages.
func newLanguages(set *locale.Set, variants ...string) (*message.Languages, error) {
	// The folder is embedded and its name constant, so an error would mean a broken build.
	files, err := fs.Sub(messages, "message")
	if err != nil {
		return nil, err
	}
	return message.Load(files, cmp.Or(set, locale.Default()), variants...)
}

// The variants of messages.
const (
	variantSMS       = "sms"
	variantImage     = "image"
	variantMail      = "mail"
	variantName      = "name" // and not by phone
	variantNamePhone = "name_phone"
	variantInvite    = "invite"
	variantClosed    = "closed"
)

// variants returns the variants that apply to a deployment. They are chosen once, at the
// start: settings do not change while a process runs.
func variants(o account.Offers) (names []string) {
	if o.SMS {
		names = append(names, variantSMS)
	}
	if o.Captcha == captcha.KindImage {
		names = append(names, variantImage)
	}
	if o.Mail {
		names = append(names, variantMail)
	}
	switch o.Signup {
	case account.SignupClosed:
		return append(names, variantClosed)
	case account.SignupInvite:
		names = append(names, variantInvite)
	}
	if slices.Contains(o.Methods, account.ByUserName) {
		if slices.Contains(o.Methods, account.ByPhone) {
			return append(names, variantNamePhone)
		}
		return append(names, variantName)
	}
	return names
}
