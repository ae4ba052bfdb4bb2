package wire

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// Allowed returns the value of the header Allow if the path of the request exists and does not have
// the method. Otherwise it returns false.
func Allowed(ec echo.Context) (allow string, ok bool) {
	// echo sets this key only in that case.
	listed, ok := ec.Get(echo.ContextKeyHeaderAllow).(string)
	return withoutOptions(listed), ok
}

// withoutOptions removes OPTIONS, which echo adds, from a list of methods.
func withoutOptions(allow string) string {
	// echo separates the methods by a comma and a blank.
	methods := strings.Split(allow, ", ")
	methods = slices.DeleteFunc(methods, func(m string) bool { return m == http.MethodOptions })
	return strings.Join(methods, ", ")
}

// PathParameters returns the values that the router found in the path, by name.
func PathParameters(ec echo.Context) map[string]string {
	// Most paths have no parameters, and need no map.
	names := ec.ParamNames()
	if len(names) == 0 {
		return nil
	}
	values := make(map[string]string, len(names))
	for _, name := range names {
		values[name] = ec.Param(name)
	}
	return values
}

// Method returns the method for logs and traces, or "other" if it is not one of the nine below: a
// client may send any text as the method, even a secret.
func Method(m string) string {
	known := []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace,
	}
	if slices.Contains(known, m) {
		return m
	}
	return "other"
}
