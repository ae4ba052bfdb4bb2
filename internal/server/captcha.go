package server

import (
	"context"
	"encoding/base64"

	"github.com/enroll-project/enroll/gen/api"
)

// GetCaptcha is the operation getCaptcha.
func (h *handlers) GetCaptcha(ctx context.Context, _ api.GetCaptchaRequestObject) (api.GetCaptchaResponseObject, error) {
	c := callOf(ctx)
	data := api.Captcha{CaptchaOff: h.captcha == nil}
	if h.captcha != nil {
		challenge, err := h.captcha.Issue(ctx, c.site)
		if err != nil {
			return nil, err
		}
		data.CaptchaID = challenge.ID
		data.Captcha = "data:image/png;base64," + base64.StdEncoding.EncodeToString(challenge.Image)
	}
	return api.GetCaptcha200JSONResponse{Msg: c.success(), RequestID: c.id, Data: data}, nil
}
