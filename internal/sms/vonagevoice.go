package sms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// VonageVoice calls phones by the Voice API of Vonage, version 1, and speaks the code. It is safe for concurrent use.
type VonageVoice struct{ vonage *Vonage }

// NewVonageVoice returns an error if a setting is missing or out of bounds. Its errors hold no key. It makes no
// connection. From must be a phone in E.164 of the account, and the application must have the capability Voice.
func NewVonageVoice(cfg VonageConfig) (*VonageVoice, error) {
	if err := cfg.Texts.checkSpoken(); err != nil {
		return nil, fmt.Errorf("sms: vonage: %w", err)
	}
	if !canCall(cfg.From) {
		return nil, errors.New("sms: vonage: a call needs a phone such as +15005550006 as its sender")
	}
	vonage, err := openVonage(cfg, "/v1/calls")
	if err != nil {
		return nil, err
	}
	return &VonageVoice{vonage}, nil
}

// vonageVoices has the code of each language of [locale.All] in Vonage's "Text to Speech". Without one, an American
// voice reads the text.
var vonageVoices = map[string]string{
	"en": "en-US", "zh-CN": "cmn-CN", "zh-TW": "cmn-TW", "ja": "ja-JP", "ko": "ko-KR", "es": "es-ES", "fr": "fr-FR",
	"de": "de-DE", "pt-BR": "pt-BR", "ru": "ru-RU", "vi": "vi-VN", "th": "th-TH", "id": "id-ID", "ar": "ar",
}

// vonageCall is the body of a request for a call. The names of its members are the API's.
type vonageCall struct {
	To   []vonagePhone `json:"to"`
	From vonagePhone   `json:"from"`
	// NCCO is what happens when the phone is answered.
	NCCO []vonageTalk `json:"ncco"`
	// Ringing is how long the phone rings, in seconds.
	Ringing int `json:"ringing_timer"`
}

// vonagePhone is a phone in E.164 without the plus sign.
type vonagePhone struct {
	Type   string `json:"type"`
	Number string `json:"number"`
}

// vonageTalk speaks a text, Loop times.
type vonageTalk struct {
	Action   string `json:"action"`
	Text     string `json:"text"`
	Language string `json:"language"`
	Loop     int    `json:"loop"`
}

// Send starts the call and waits for the answer of Vonage, not for that of the person: at most until the timeout or the
// end of ctx.
func (v *VonageVoice) Send(ctx context.Context, m Message) error {
	text, err := v.vonage.config.Texts.Spoken(m)
	if err != nil {
		return err
	}
	phone := func(number string) vonagePhone { return vonagePhone{"phone", strings.TrimPrefix(number, "+")} }
	call := vonageCall{
		To: []vonagePhone{phone(m.Phone)}, From: phone(v.vonage.config.From), Ringing: int(ringFor / time.Second),
		NCCO: []vonageTalk{{"talk", text, vonageVoices[m.Locale], timesSpoken}},
	}
	status, body, err := post(ctx, v.vonage.client, v.vonage.config.Timeout,
		func(ctx context.Context) (*http.Request, error) { return v.vonage.request(ctx, call) })
	if err != nil {
		return err
	}
	// A problem has a word as its type, such as UNAUTHORIZED. Nothing in it blames a phone: whether one can be called
	// shows later only.
	var answer struct{ UUID, Type string }
	switch err := json.Unmarshal(body, &answer); {
	case err == nil && status == http.StatusCreated && answer.UUID != "": // check: vonage-call-accepted
		return nil
	case err == nil && status >= 400 && answer.Type != "":
		return refusedWith(status, answer.Type)
	}
	return unread(status)
}

// Close closes idle connections. It does not affect calls in progress.
func (v *VonageVoice) Close() { v.vonage.Close() }
