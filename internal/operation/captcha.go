package operation

import (
	"context"
	"encoding/base64"
	"encoding/hex"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/captcha"
)

// GetCaptcha is the operation getCaptcha. It stores only a count for the client's network, which
// bounds the challenges that the network leaves unsolved.
func (h *Handlers) GetCaptcha(ctx context.Context, req api.GetCaptchaRequestObject) (api.GetCaptchaResponseObject,
	error) {
	c := CallOf(ctx)
	challenge, err := h.accounts.Captcha(ctx, account.CaptchaRequest{Site: c.Site, Client: c.Client,
		For: account.Operation(req.Params.Operation)})
	if err != nil {
		return nil, err
	}
	// The clients of AnQiCMS look at captcha_off first.
	data := api.Captcha{CaptchaOff: true}
	if challenge.Kind != "" {
		data = h.challenge(challenge)
	}
	return api.GetCaptcha200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: data}, nil
}

// challenge returns a challenge as the contract writes it. Fields of other kinds stay
// zero and are left out of the JSON.
func (h *Handlers) challenge(in captcha.Challenge) api.Captcha {
	out := api.Captcha{
		CaptchaType: api.CaptchaType(in.Kind),
		CaptchaID:   in.ID,
		Salt:        hex.EncodeToString(in.Salt),
		Bits:        int32(in.Bits),
		Puzzles:     int32(in.Puzzles),
		SiteKey:     in.SiteKey,
		// The sound needs a proof of work of its own, apart from that of the answer.
		AudioSalt:    hex.EncodeToString(in.SoundSalt),
		AudioBits:    int32(in.SoundBits),
		AudioPuzzles: int32(in.SoundPuzzles),
	}
	// CaptchaOn has the operations that require a captcha. A client shows it for these only.
	out.CaptchaOn = captchaOn(h.accounts.Offers())
	// A data URI, as AnQiCMS sends it, saves clients a second request.
	if len(in.Image) > 0 {
		out.Captcha = "data:image/png;base64," + base64.StdEncoding.EncodeToString(in.Image)
	}
	return out
}

// GetCaptchaAudio is the operation getCaptchaAudio.
func (h *Handlers) GetCaptchaAudio(ctx context.Context,
	req api.GetCaptchaAudioRequestObject) (api.GetCaptchaAudioResponseObject, error) {
	c := CallOf(ctx)
	// The sound is in the language of the answer, which is that of the request.
	wave, err := h.accounts.SpeakCaptcha(ctx, c.Site, c.Client, req.Params.CaptchaID, req.Params.Proof, c.Texts.Tag)
	if err != nil {
		return nil, err
	}
	return api.GetCaptchaAudio200JSONResponse{Msg: c.Success(), RequestID: c.ID, Data: api.CaptchaAudio{
		CaptchaAudio: "data:audio/wav;base64," + base64.StdEncoding.EncodeToString(wave),
	}}, nil
}
