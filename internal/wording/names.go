package wording

import (
	"slices"
	"strings"
)

// The variables of messages. Each is a field of [Values].
const (
	varName    = "name"
	varCode    = "code"
	varMinutes = "minutes"
	varTime    = "time"
)

// Values are what the variables of a message stand for.
type Values struct {
	// Name is the name of the service, "" if none is set.
	Name string
	// Code is the code, "" in a notice.
	Code string
	// Minutes is for how long the code is valid.
	Minutes string
	// Time is when a change was made, or when the account is deleted.
	Time string
}

// of returns the value of a variable.
func (v Values) of(variable string) string {
	// Text between variables has the name "", and no value.
	return map[string]string{varName: v.Name, varCode: v.Code, varMinutes: v.Minutes, varTime: v.Time}[variable]
}

// variables has the variables of each message. A message with a code must have {code}.
var variables = map[string][]string{
	"sms-code": codes, "sms-register": codes, "sms-login": codes, "sms-reset": codes, "sms-change": codes,
	"voice-code": spoken, "voice-register": spoken, "voice-login": spoken, "voice-reset": spoken, "voice-change": spoken,
	"sms-notice": {varName}, "sms-phone-changed": {varName}, "sms-password-changed": {varName},
	"mail-code": codes, "mail-verify": codes, "mail-register": codes, "mail-login": codes, "mail-reset": codes,
	"mail-change": codes,
	// A notice of a change has the time at which it was made, so that its reader can tell it from another one.
	"mail-password-changed": timed, "mail-phone-changed": timed, "mail-email-changed": timed,
	// The request and the login that has canceled it are two times. Which one a notice has depends on when it is sent,
	// so only the time of the deletion, which is one, is a variable.
	"mail-deletion-requested": timed, "mail-deleted": timed, "mail-deletion-canceled": {varName},
}

// The order is that in which an error lists them: what a message must have comes first.
var (
	codes = []string{varCode, varMinutes, varName}
	// A call ends before a person could note how long the code is valid.
	spoken = []string{varCode, varName}
	timed  = []string{varName, varTime}
)

// Names returns the names of all messages: sms-code, voice-code and mail-code are those of every code without a file of
// its own, sms-notice is that of every notice by SMS.
func Names() []string {
	// Sorted, because the order of a map differs from run to run.
	var all []string
	for name := range variables {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// isSMS reports whether a message is an SMS.
func isSMS(message string) bool { return strings.HasPrefix(message, "sms-") }

// IsSpoken reports whether a message is a call; those that are neither SMS nor calls are mails.
func IsSpoken(message string) bool { return strings.HasPrefix(message, "voice-") }

// HasCode reports whether a message has a code.
func HasCode(message string) bool { return slices.Contains(variables[message], varCode) }

// SMS returns the names of the files that an SMS of a purpose may have, the best first. An unknown purpose has the
// general name.
func SMS(purpose string, code bool) []string { return candidates("sms-", purpose, code) }

// Voice returns the names of the files that a call for a purpose may have, the best first.
func Voice(purpose string) []string { return candidates("voice-", purpose, true) }

// Mail returns the names of the files that a mail of a purpose may have, the best first.
func Mail(purpose string, code bool) []string { return candidates("mail-", purpose, code) }

// candidates leaves out a name that has no file, or whose message has a code where this one has none: a purpose comes
// from the database, which may be that of another release.
func candidates(channel, purpose string, code bool) (names []string) {
	// There is no mail-notice: a mail about a deletion would not do for a change of the password.
	general := channel + "notice"
	if code {
		general = channel + "code"
	}
	// Purposes are also columns of the database, with underscores. Names of files have one form.
	for _, name := range []string{channel + strings.ReplaceAll(purpose, "_", "-"), general} {
		// A purpose such as "code" has one name.
		if variables[name] != nil && HasCode(name) == code && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
