package wording

import (
	"slices"
	"strings"
)

// The words that a file of ids has besides the names of messages. The law treats phones of mainland China
// apart, so providers approve templates for them and for all others separately.
const (
	signKey    = "sign"
	onlyAbroad = "-abroad"
)

// idSenders are the senders that send approved templates instead of texts.
func idSenders() []string { return []string{"aliyun", "tencent"} }

// readIDs reads the ids of a sender: lines such as "login SMS_123456789". The keys are the names of the SMS without
// sms-, each also with -abroad, those of the calls, and sign. What follows a # is a comment, as in the table of prices.
func (l *loader) readIDs(f at, file, sender, text string) {
	if !slices.Contains(idSenders(), sender) {
		l.refuse(file, 0, "only %s have ids of templates", strings.Join(idSenders(), " and "))
		return
	}
	if l.words.ids[f] == nil {
		l.words.ids[f] = map[string]string{}
	}
	// Lines are counted as editors count them. A provider's id is not checked further: each has its own form, which
	// may change.
	n := 0
	for line := range strings.Lines(text) {
		n++
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		key := sender + " " + words[0]
		_, twice := l.words.ids[f][key]
		// An id that is missing is no mistake: the settings have one for every message.
		switch {
		case len(words) != 2:
			l.refuse(file, n, "a line must be a message and an id, such as login SMS_123456789")
		case words[0] != signKey && !isIDKey(words[0]): // check: template-id-key
			l.refuse(file, n, "no SMS has this name; there are code, login and so on, each also with %s, voice-code and so on, "+
				"and %s", onlyAbroad, signKey)
		// A phone that receives codes can be replaced in its account, and must then receive the notice of that, in whichever
		// language the account is used then. The template of the settings is for all languages.
		case isCodeAbroad(words[0]) && !slices.Contains(l.bounds.NoticesAbroad, sender): // check: template-notice-abroad
			l.refuse(file, n, "codes abroad need ENROLL_SMS_%s_NOTICE_TEMPLATE_ABROAD", strings.ToUpper(sender))
		case twice: // check: template-id-twice
			l.refuse(file, n, "this message has an id already")
		default:
			l.words.ids[f][key] = words[1]
		}
	}
}

// isCodeAbroad reports whether a key names an SMS with a code to a phone abroad.
func isCodeAbroad(key string) bool {
	message, abroad := strings.CutSuffix(key, onlyAbroad)
	return abroad && HasCode("sms-"+message)
}

// isIDKey reports whether a key names an SMS or a call. Senders with templates call no phones abroad.
func isIDKey(key string) bool {
	if IsSpoken(key) {
		return variables[key] != nil
	}
	_, known := variables["sms-"+strings.TrimSuffix(key, onlyAbroad)]
	return known
}
