package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/test/strict"
)

// rawMessages returns the messages of each language with their variants.
func rawMessages(t *testing.T) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	for _, tag := range locale.All() {
		data, err := messages.ReadFile("message/" + tag + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var by map[string]string
		if err := json.Unmarshal(data, &by); err != nil {
			t.Fatal(err)
		}
		all[tag] = by
	}
	return all
}

// TestMessagesNameWhatThereIs: a message may name a channel or a kind of captcha only if it is sent
// only by deployments that have it, or only for requests that use it.
func TestMessagesNameWhatThereIs(t *testing.T) {
	t.Parallel()
	for what, rule := range map[string]struct {
		words   *regexp.Regexp
		mayName func(key string) bool
	}{
		"codes by SMS": {
			regexp.MustCompile(`(?i)\bSMS\b|phone.* code|code.* phone|短信|手机(号[及和]?)?验证码`),
			// The others are about a phone for which a code was requested.
			regexp.MustCompile(`@(sms|name_phone)$|^(sms_failed|phone_not_mobile|call_failed|sms_first|voice_not_offered)$|` +
				`\.sendPhoneCode$`).MatchString,
		},
		"verifying an email": {
			regexp.MustCompile(`(?i)verify it|再验证`),
			// The last two are refusals of a verification.
			regexp.MustCompile(`@mail$|\.(verify|confirm)Email$`).MatchString,
		},
		"a picture": {
			regexp.MustCompile(`(?i)image|picture|图`),
			// An avatar is one.
			regexp.MustCompile(`@image$|^avatar_|\.uploadAvatar$`).MatchString,
		},
		"mail": {
			regexp.MustCompile(`(?i)\bmail|email could|邮件`),
			func(key string) bool { return key == "mail_failed" || strings.HasSuffix(key, ".sendEmailCode") },
		},
		"the address of a code": { // which is a phone or an email
			regexp.MustCompile(`(?i)phone|e-?mail|手机|邮箱`),
			func(key string) bool { return !strings.HasPrefix(key, "code_") },
		},
	} {
		// The words are those of two languages. TestLanguages shows that the others have the same variants.
		all := rawMessages(t)
		for _, tag := range []string{"en", "zh-CN"} {
			for key, text := range all[tag] {
				if found := rule.words.FindString(text); found != "" && !rule.mayName(key) {
					t.Errorf("%s: %s names %s (%q) where there may be none: %s", tag, key, what, found, text)
				}
			}
		}
	}
}

// TestLanguages: each language of the product has a file, and each file is that of a language. It has the messages
// of English, with the same placeholders in as many alternatives. The contract and the settings name these languages.
func TestLanguages(t *testing.T) {
	t.Parallel()
	files, err := messages.ReadDir("message")
	if err != nil || len(files) != len(locale.All()) {
		t.Errorf("%d files of %d languages, %v", len(files), len(locale.All()), err)
	}
	all := rawMessages(t)
	for _, tag := range locale.All() {
		by := all[tag]
		en, own := slices.Sorted(maps.Keys(all["en"])), slices.Sorted(maps.Keys(by))
		if !slices.Equal(en, own) {
			t.Errorf("%s: only one of this language and English has %q", tag, difference(en, own))
		}
		for key, text := range by {
			if got, want := alternatives(text), alternatives(all["en"][key]); !slices.Equal(got, want) {
				t.Errorf("%s: %s has the alternatives %q, and in English %q", tag, key, got, want)
			}
			if strings.TrimSpace(text) != text || text == "" || strings.ContainsAny(text, "<>!\n") {
				t.Errorf("%s: %s: %q", tag, key, text)
			}
		}
	}
	var known []string
	for _, value := range strict.Known(load(t).Components.Schemas["Language"].Value) {
		known = append(known, value.(string))
	}
	if !slices.Equal(known, locale.All()) {
		t.Errorf("the contract has the languages %q", known)
	}
}

// alternatives returns what each pair of brackets in a message has: the placeholders of its words, and those of the
// words if the number is not known, which a language may leave out. Outside of the brackets there must be none.
func alternatives(text string) []string {
	inBrackets, placeholder := regexp.MustCompile(`\[[^\]]*\]`), regexp.MustCompile(`\{[a-z]*\}`)
	var all []string
	for _, pair := range inBrackets.FindAllString(text, -1) {
		given, otherwise, _ := strings.Cut(pair, "|")
		all = append(all, fmt.Sprint(placeholder.FindAllString(given, -1), placeholder.FindAllString(otherwise, -1)))
	}
	slices.Sort(all)
	if rest := inBrackets.ReplaceAllString(text, ""); strings.ContainsAny(rest, "[]{}|") {
		all = append(all, rest)
	}
	return all
}

// TestMessageVariants: each variant is known, and has a message without it for all other deployments.
func TestMessageVariants(t *testing.T) {
	t.Parallel()
	all, reasons := rawMessages(t), map[string][]string{}
	for _, op := range reasonsOfOperations(t) {
		reasons[op.OperationID] = op.reasons
	}
	known := []string{variantSMS, variantImage, variantMail, variantName, variantNamePhone, variantInvite,
		variantClosed}
	for tag, by := range all {
		for key := range by {
			base, variant, found := strings.Cut(key, "@")
			reason, operation, own := strings.Cut(base, ".")
			if own && reason != "ok" {
				base = reason
			}
			if _, ok := by[base]; !ok || found && !slices.Contains(known, variant) {
				t.Errorf("%s: %s has no base or no known variant", tag, key)
			}
			if own && reason != "ok" && !slices.Contains(reasons[operation], reason) {
				t.Errorf("%s: %s is a text of no refusal in the contract", tag, key)
			}
		}
	}
	// The owner of an email that another user has not verified can take it (TELL-9), so the text says how.
	for tag, word := range map[string]string{"en": "verify", "zh-CN": "验证"} {
		if text := all[tag]["email_taken.register@mail"]; !strings.Contains(text, word) {
			t.Errorf("%s: email_taken at a registration does not say to verify the email: %s", tag, text)
		}
	}
	for _, c := range []struct {
		offers account.Offers
		want   string
	}{
		{account.Offers{}, ""}, {account.Offers{SMS: true}, "sms"},
		{account.Offers{Captcha: captcha.KindPoW}, ""}, {account.Offers{Captcha: captcha.KindSiteVerify}, ""},
		{account.Offers{SMS: true, Captcha: captcha.KindImage}, "sms image"}, {account.Offers{Mail: true}, "mail"},
		{account.Offers{Methods: []account.Method{account.ByUserName, account.ByEmail}}, "name"},
		{account.Offers{Methods: account.Methods()}, "name_phone"},
		{account.Offers{SMS: true, Methods: []account.Method{account.ByPhone}}, "sms"},
		{account.Offers{SMS: true, Signup: account.SignupClosed}, "sms closed"},
		{account.Offers{Signup: account.SignupInvite, Methods: account.Methods()}, "invite name_phone"},
	} {
		if got := strings.Join(variants(c.offers), " "); got != c.want {
			t.Errorf("%+v: variants %q, want %q", c.offers, got, c.want)
		}
	}
}
