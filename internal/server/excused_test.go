package server_test

// fault is the reason for an excuse.
const fault = "needs a fault of ours, and we know of none"

// excused are the outcomes that no test with the real operations has to see, and
// why. The list may only shrink: an outcome that is excused and seen is an
// offence. TestEveryOutcome shows on a stage that each of them can be answered.
var excused = map[outcome]string{
	{"getCaptcha", 500, "internal"}:      fault,
	{"getCaptchaAudio", 500, "internal"}: fault,
	{"getUserDetail", 500, "internal"}:   fault,
	{"sendEmailCode", 500, "internal"}:   fault,
	{"sendPhoneCode", 500, "internal"}:   fault,
	{"verifyEmail", 500, "internal"}:     fault,
}
