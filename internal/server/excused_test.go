package server_test

// needsBug is the reason for an excuse.
const needsBug = "needs an internal error, and none is known"

// excused are the outcomes that no test with the real operations needs to see, and the reasons. The
// list may only become shorter: an outcome that is excused and seen is an offence. TestEveryOutcome
// shows with fake handlers that each of them can be answered.
var excused = map[outcome]string{
	{"acceptTerms", 500, "internal"}:      needsBug,
	{"confirmEmail", 500, "internal"}:     needsBug,
	{"getCaptcha", 500, "internal"}:       needsBug,
	{"getCaptchaAudio", 500, "internal"}:  needsBug,
	{"getSettings", 500, "internal"}:      needsBug,
	{"getUserDetail", 500, "internal"}:    needsBug,
	{"resetPassword", 500, "internal"}:    needsBug,
	{"getUserGroup", 500, "internal"}:     needsBug,
	{"getUserGroups", 500, "internal"}:    needsBug,
	{"updateUser", 500, "internal"}:       needsBug,
	{"uploadAvatar", 500, "internal"}:     needsBug,
	{"sendEmailCode", 500, "internal"}:    needsBug,
	{"sendPhoneCode", 500, "internal"}:    needsBug,
	{"verifyEmail", 500, "internal"}:      needsBug,
	{"changePassword", 500, "internal"}:   needsBug,
	{"endOtherSessions", 500, "internal"}: needsBug,
	{"endSession", 500, "internal"}:       needsBug,
	{"listSessions", 500, "internal"}:     needsBug,
	{"deleteUser", 500, "internal"}:       needsBug,
	{"logout", 500, "internal"}:           needsBug,
}
