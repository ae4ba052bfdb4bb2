package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/enroll-project/enroll/test/captchatest"
)

// captchaSecret is the secret with which the deployments of a stage seal captchas.
const captchaSecret = "a secret of this stage, 32 bytes"

// pictureSettings let the stage know the answers of image captchas.
func pictureSettings() []string {
	return []string{"ENROLL_SECRET=" + base64.StdEncoding.EncodeToString([]byte(captchaSecret))}
}

// picture answers GET /picture?id= with the digits that the image captcha of that id
// shows. The captcha is not spent by it.
func picture(w http.ResponseWriter, r *http.Request) {
	answer, err := captchatest.Answer([]byte(captchaSecret), r.URL.Query().Get("id"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"answer": answer})
}
