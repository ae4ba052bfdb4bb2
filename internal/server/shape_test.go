package server_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// shapes are the forms of the values in answers: an object with the names of its members, an array, null, the form of a
// text (textShape), or a number or boolean. They are kept by place: the operation of a success or the reason of a
// refusal, and the path of the value.
type shapes map[string]map[string]bool

// note adds the shape of a value and of all that is in it.
func (s shapes) note(place string, value any) {
	eachShape(place, value, func(place, shape string) {
		if s[place] == nil {
			s[place] = map[string]bool{}
		}
		s[place][shape] = true
	})
}

// unlike lists what an example has that no answer had.
func (s shapes) unlike(at, place string, example any) (offences []string) {
	eachShape(place, example, func(place, shape string) {
		if !s[place][shape] {
			offences = append(offences, fmt.Sprintf("%s: %s is %s, which no answer was: %q", at, place, shape,
				sorted(s[place])))
		}
	})
	return offences
}

// eachShape calls f with the place and the shape of a value and of all that is in it.
func eachShape(place string, value any, f func(place, shape string)) {
	switch v := value.(type) {
	case map[string]any:
		if strings.HasSuffix(place, ".extra") { // the deployment decides what is in it
			f(place, "object")
			return
		}
		f(place, "{"+strings.Join(sorted(v), " ")+"}")
		for name, member := range v {
			eachShape(place+"."+name, member, f)
		}
		eachRelation(place, v, f)
	case []any:
		f(place, "array")
		for _, member := range v {
			eachShape(place+"[]", member, f)
		}
	case nil:
		f(place, "null")
	case string:
		name := place[strings.LastIndex(place, ".")+1:]
		// An avatar is noted under one place for all answers.
		if hash, is := strings.CutPrefix(v, "/avatars/"); is && name == "avatar_url" {
			hash, _, _ = strings.Cut(hash, ".")
			f("the path of an uploaded avatar", drawn(hash))
		}
		f(place, textShape(name, v))
	default:
		f(place, fmt.Sprintf("%T", v))
	}
}

// eachRelation calls f with what members of an object say about each other.
func eachRelation(place string, v map[string]any, f func(place, shape string)) {
	if field, is := v["field"].(string); is && strings.HasSuffix(place, "errors[]") {
		if v["reason"] == "unknown_field" { // the client has invented it
			field = "any field"
		}
		f(place+", field and reason", fmt.Sprint(field, " ", v["reason"]))
	}
	if _, is := v["recoverable"]; is {
		f(place+", whether recoverable means having a phone or a verified email",
			fmt.Sprint(v["recoverable"] == (v["phone"] != "" || v["email_verified"] == true)))
	}
	if group, is := v["group"].(map[string]any); is {
		f(place+", whether the group is that of group_id", fmt.Sprint(group["id"] == v["group_id"]))
	}
	created, is := v["created_time"].(float64)
	login, too := v["last_login"].(float64)
	if is && too && login != 0 {
		f(place+", whether the last login is before the creation", fmt.Sprint(login < created))
		if place == "register.data" {
			f(place+", whether the last login is the registration", fmt.Sprint(login == created))
		}
	}
}

// textShape is the form of a text, by the name of its member: the text itself if it is a word of the service, its
// length and alphabet if the service draws it, the head of a data URL, the kind of a network, the names of the members
// of a token, and "text" for all others.
func textShape(name, text string) string {
	switch name {
	case "act", "actor", "purpose", "scope", "captcha_type", "captcha_on[]", "signup", "alg", "kty", "crv", "use":
		return text
	case "request_id", "invite_code", "captcha_id", "salt", "audio_salt", "kid", "x", "y", "id":
		return drawn(text)
	case "captcha", "picture", "captcha_audio":
		head, _, _ := strings.Cut(text, ",")
		return head
	case "network":
		if v6 := strings.Contains(text, ":"); v6 && strings.HasSuffix(text, "/48") || !v6 && strings.HasSuffix(text, "/24") {
			return "the network of a client"
		}
		return text
	case "token":
		parts := strings.Split(text, ".")
		return strings.Join([]string{names(parts[0]), names(parts[min(1, len(parts)-1)]), fmt.Sprint(len(parts))}, " ")
	}
	return "text"
}

// drawn is the length of a random text and its alphabet: hexadecimal digits, Crockford's base32, or else base64url,
// which is not checked.
func drawn(text string) string {
	alphabet := "base64url"
	switch {
	case strings.Trim(text, "0123456789abcdef") == "":
		alphabet = "hexadecimal digits"
	case strings.Trim(text, "0123456789abcdefghjkmnpqrstvwxyz") == "":
		alphabet = "Crockford's base32"
	}
	return fmt.Sprintf("%d of %s", len(text), alphabet)
}

// names lists the members of a part of a token.
func names(part string) string {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	var members map[string]any
	if err != nil || json.Unmarshal(raw, &members) != nil {
		return "no JSON"
	}
	return "{" + strings.Join(sorted(members), " ") + "}"
}

// place is where the shape of an answer belongs: the operation of a success, or the reason of a refusal, which has
// the same form in all operations.
func (o outcome) place() string {
	if o.status == http.StatusOK {
		return o.operation
	}
	return o.reason
}

// unlike lists what the contract's examples of answers have that no answer of the tests had. An example
// of an excused outcome is skipped if no answer was seen at its place.
func (l *ledger) unlike(excused map[outcome]string) (offences []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for path, item := range l.doc.Paths.Map() {
		for method, op := range item.Operations() {
			for status, response := range op.Responses.Map() {
				for _, media := range response.Value.Content {
					for name, example := range media.Examples {
						o := outcome{operation: op.OperationID}
						_, _ = fmt.Sscan(status, &o.status)
						if object, is := example.Value.Value.(map[string]any); is {
							o.reason, _ = object["reason"].(string)
						}
						if l.shapes[o.place()] == nil && excused[o] != "" {
							continue
						}
						at := fmt.Sprintf("%s %s %s, the example %s", method, path, status, name)
						offences = append(offences, l.shapes.unlike(at, o.place(), example.Value.Value)...)
					}
				}
			}
		}
	}
	slices.Sort(offences)
	return slices.Compact(offences)
}
