package wire

import "net/http"

// Code returns the code of an envelope for the status of a refusal. AnQiCMS has the codes 1001 (log in) and
// 1002 (not allowed), on which its clients act. All other refusals are -1.
func Code(status int) int32 {
	switch status {
	case http.StatusUnauthorized:
		return 1001
	case http.StatusForbidden:
		return 1002
	}
	// All other refusals share one code, because the reason is more precise.
	return -1
}
