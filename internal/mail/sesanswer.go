package mail

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// sesAnswer maps an answer of SES: nil if it has accepted the message.
func sesAnswer(res *http.Response, body []byte) *DeliveryError {
	var answer struct {
		MessageID string `json:"MessageId"`
		Type      string `json:"__type"`
		Message   string `json:"message"` // never shown: it may quote the address
	}
	// The API is REST with JSON, in which the header has the name of an error. AWS's other protocol with JSON has it in
	// the member __type. Both are read: without the name an operator would not learn the cause. encoding/json also
	// accepts the spelling Message, which some of AWS's answers have.
	parsed := json.Unmarshal(body, &answer) == nil
	if res.StatusCode == http.StatusOK && parsed && answer.MessageID != "" { // check: ses-accepted
		return nil
	}
	if res.StatusCode >= 200 && res.StatusCode <= 299 {
		return &DeliveryError{Kind: Broken, handed: true} // SES may have accepted the message
	}
	// A body that is no JSON is an answer of a proxy. Then the status alone counts.
	failed := &DeliveryError{
		Kind: Refused, Status: res.StatusCode, Code: sesCode(cmp.Or(res.Header.Get("X-Amzn-Errortype"), answer.Type)),
		handed: unsettled(res.StatusCode), // check: ses-unsure
	}
	if failed.Code == "BadRequestException" && blamesAddress(answer.Message) {
		failed.Kind = RecipientRefused
	}
	return failed
}

// sesCode returns the name of an error without the URL that may follow it or the namespace before it, or "" if it is
// not a name, since it may then hold anything.
func sesCode(name string) string {
	name, _, _ = strings.Cut(name, ":")
	name = name[strings.LastIndexByte(name, '#')+1:]
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' { // check: ses-code
			return ""
		}
	}
	if len(name) > 64 {
		return ""
	}
	return name
}

// blamesAddress reports whether the text of a BadRequestException says that an address has a form that SES does not
// send to. AWS documents no texts, so this list has those that users of SES have reported. A text that is missing here
// is an ordinary refusal, so a change costs only precision. The sender's address is not meant: NewSES has checked it,
// and one that is not verified has an error of another name.
func blamesAddress(text string) bool {
	starts := []string{"Domain ", "Local address ", "Illegal address", "Missing domain", "Missing final '@domain'"}
	return slices.ContainsFunc(starts, func(start string) bool { return strings.HasPrefix(text, start) })
}

// unsettled reports whether a status leaves open whether the message is sent: SES had an internal error, or a proxy got
// no answer from it.
func unsettled(status int) bool {
	switch status {
	// 503 is not among them: by AWS's list of common errors, a request that is answered with ServiceUnavailable has
	// failed.
	case http.StatusInternalServerError, http.StatusRequestTimeout, http.StatusBadGateway, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// permanentStatus reports whether a refusal by HTTP lasts until the settings, the account or the address change. The
// rate, the quota of a day and a pause end by themselves.
func permanentStatus(status int, code string) bool {
	switch code {
	case "TooManyRequestsException", "LimitExceededException", "SendingPausedException", "ThrottlingException":
		return false
	}
	return status >= 400 && status <= 499 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests
}
