package sms

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ringFor is how long a phone rings. It is short, so that most mailboxes do not answer: those who can listen to a
// mailbox would hear the code.
const ringFor = 20 * time.Second

// TwilioVoice calls phones by the Calls resource of Twilio, version 2010-04-01, and speaks the code. It is safe for
// concurrent use.
type TwilioVoice struct{ twilio Twilio }

// NewTwilioVoice returns an error if a setting is missing or out of bounds. Its errors hold no secret. It makes no
// connection. From must be a phone in E.164 that Twilio knows as the account's, because a call has no other sender.
func NewTwilioVoice(cfg TwilioConfig) (*TwilioVoice, error) {
	if err := cfg.Texts.checkSpoken(); err != nil {
		return nil, fmt.Errorf("sms: twilio: %w", err)
	}
	// A Messaging Service and an alphanumeric sender ID send SMS only.
	if !canCall(cfg.From) {
		return nil, errors.New("sms: twilio: a call needs a phone such as +15005550006 as its sender")
	}
	endpoint, err := cfg.check()
	if err != nil {
		return nil, err
	}
	endpoint.Path = "/2010-04-01/Accounts/" + cfg.AccountSID + "/Calls.json"
	return &TwilioVoice{Twilio{config: cfg, endpoint: endpoint.String(), client: apiClient(cfg.RootCAs)}}, nil
}

// canCall reports whether a sender is a phone in E.164. A name can send messages only.
func canCall(from string) bool {
	digits, ok := strings.CutPrefix(from, "+")
	return ok && len(digits) >= 7 && strings.Trim(digits, "0123456789") == ""
}

// twilioVoices has the voice and the language of each language of [locale.All]. Twilio lists them in "Text-to-Speech".
// Without a voice, Twilio takes the one that the account is set to, which may not know the language.
var twilioVoices = map[string][2]string{
	"en": {"Polly.Joanna", "en-US"}, "zh-CN": {"Polly.Zhiyu", "cmn-CN"}, "zh-TW": {"Google.cmn-TW-Standard-A", "cmn-TW"},
	"ja": {"Polly.Mizuki", "ja-JP"}, "ko": {"Polly.Seoyeon", "ko-KR"}, "es": {"Polly.Conchita", "es-ES"},
	"fr": {"Polly.Lea", "fr-FR"}, "de": {"Polly.Vicki", "de-DE"}, "pt-BR": {"Polly.Camila", "pt-BR"},
	"ru": {"Polly.Tatyana", "ru-RU"}, "vi": {"Google.vi-VN-Standard-A", "vi-VN"},
	"th": {"Google.th-TH-Standard-A", "th-TH"}, "id": {"Google.id-ID-Standard-A", "id-ID"}, "ar": {"Polly.Zeina", "arb"},
}

// Send starts the call and waits for the answer of Twilio, not for that of the person: at most until the timeout or the
// end of ctx.
func (v *TwilioVoice) Send(ctx context.Context, m Message) error {
	document, err := v.document(m)
	if err != nil {
		return err
	}
	// The resource has no ValidityPeriod, so a call that Twilio has in its queue may have a code that has expired. A
	// recording, which is off unless asked for, would keep the code in the account.
	form := url.Values{
		"To": {m.Phone}, "From": {v.twilio.config.From}, "Twiml": {document},
		"Timeout": {strconv.Itoa(int(ringFor / time.Second))},
	}
	// No StatusCallback: receipts are those of SMS.
	return v.twilio.create(ctx, form)
}

// document returns the TwiML of a call: the text twice, with a pause between.
func (v *TwilioVoice) document(m Message) (string, error) {
	voice := twilioVoices[m.Locale]
	text, err := v.twilio.config.Texts.Spoken(m)
	if err != nil {
		return "", err
	}
	var escaped strings.Builder
	// Operators choose the name and the words, which may have an ampersand.
	if err := xml.EscapeText(&escaped, []byte(text)); err != nil {
		return "", errors.New("sms: twilio: the document of a call cannot be built")
	}
	say := fmt.Sprintf(`<Say voice="%s" language="%s">%s</Say>`,
		voice[0], voice[1], escaped.String()) // check: twiml-escape
	// The second time is for a person that had no pen at hand.
	return `<Response>` + say + `<Pause length="1"/>` + say + `</Response>`, nil
}

// Close closes idle connections. It does not affect calls in progress.
func (v *TwilioVoice) Close() { v.twilio.Close() }
