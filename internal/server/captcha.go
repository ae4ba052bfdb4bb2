package server

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/captcha"
)

// GetCaptcha is the operation getCaptcha.
func (h *handlers) GetCaptcha(ctx context.Context, _ api.GetCaptchaRequestObject) (api.GetCaptchaResponseObject, error) {
	c := callOf(ctx)
	data := api.Captcha{CaptchaOff: true}
	if h.captcha != nil {
		challenge, err := h.captcha.Challenge(ctx, captcha.Scope{Site: c.site})
		if err != nil {
			return nil, err
		}
		data = h.challenge(challenge)
	}
	return api.GetCaptcha200JSONResponse{Msg: c.success(), RequestID: c.id, Data: data}, nil
}

// challenge is a challenge in the contract's words.
func (h *handlers) challenge(in captcha.Challenge) api.Captcha {
	out := api.Captcha{
		CaptchaType: api.CaptchaType(in.Kind),
		CaptchaID:   in.ID,
		Salt:        hex.EncodeToString(in.Salt),
		Bits:        int32(in.Bits),
		Puzzles:     int32(in.Puzzles),
		SiteKey:     in.SiteKey,
	}
	for _, op := range h.captchaOn {
		out.CaptchaOn = append(out.CaptchaOn, api.CaptchaOperation(op))
	}
	if len(in.Image) > 0 {
		out.Captcha = "data:image/png;base64," + base64.StdEncoding.EncodeToString(in.Image)
	}
	return out
}

// GetCaptchaAudio is the operation getCaptchaAudio.
func (h *handlers) GetCaptchaAudio(ctx context.Context, req api.GetCaptchaAudioRequestObject) (api.GetCaptchaAudioResponseObject, error) {
	c := callOf(ctx)
	images, ok := h.captcha.(*captcha.Images)
	if !ok {
		return nil, &account.Error{Reason: account.CaptchaWrong, Field: "captcha_id"}
	}
	wave, err := images.Speak(ctx, captcha.Scope{Site: c.site}, req.Params.CaptchaID, c.texts.tag)
	if errors.Is(err, captcha.ErrUnknown) || errors.Is(err, captcha.ErrExpired) {
		return nil, &account.Error{Reason: account.CaptchaWrong, Field: "captcha_id"}
	}
	if err != nil {
		return nil, err
	}
	return api.GetCaptchaAudio200JSONResponse{Msg: c.success(), RequestID: c.id, Data: api.CaptchaAudio{
		CaptchaAudio: "data:audio/wav;base64," + base64.StdEncoding.EncodeToString(wave),
	}}, nil
}
