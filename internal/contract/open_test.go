package contract

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestDecimal: a number keeps its digits and loses its exponent.
func TestDecimal(t *testing.T) {
	t.Parallel()
	nines := strings.Repeat("9", 300)
	for literal, want := range map[string]json.Number{
		"0": "0", "-0": "0", "-0.00": "0.00", "0e400": "0",
		"0e401": "", "7": "7", "-7.10": "-7.10", "1e2": "100", "1E+2": "100",
		"1.50e1": "15.0", "1.5e3": "1500", "-25e-3": "-0.025", "100e-2": "1.00", "0.001e3": "1", "12.5e-1": "1.25",
		"12345678901234567890.1234567890123456789": "12345678901234567890.1234567890123456789",
		nines:    json.Number(nines),
		"17e307": json.Number("17" + strings.Repeat("0", 307)),
		"1e-398": json.Number("0." + strings.Repeat("0", 397) + "1"),
		"1e-399": "",
		"18e307": "", "-18e307": "", "1e401": "", "1e-401": "", "1e1000000000": "", "1e99999999999999999999": "",
		"0." + strings.Repeat("9", 399):        "",
		"0." + strings.Repeat("0", 801) + "e1": "",
	} {
		got, ok := decimal(literal)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%.40s: %s, %v", literal, got, ok)
		}
	}
}

// TestOpenObject: a text that is not from a body has the bounds of one, and only one object is accepted.
func TestOpenObject(t *testing.T) {
	t.Parallel()
	levels := func(n int) string { return strings.Repeat(`{"a":`, n-1) + "{}" + strings.Repeat("}", n-1) }
	for text, want := range map[string]string{
		`{}`:                        `{}`,
		` {"b": 1e2, "a": [null]} `: `{"a":[null],"b":100}`,
		levels(7):                   levels(7),
		levels(8):                   "",
		`{"a":1,"a":2}`:             "",
		`{"a":"\u0000"}`:            "",
		`{"a":1e1000}`:              "",
		`{"a":"0123456789"}`:        "",
		`{},"b":{}`:                 "",
		`{},"object":{}`:            "",
		`{}}{`:                      "",
		`{} {}`:                     "",
		`[]`:                        "",
		`null`:                      "",
		``:                          "",
	} {
		got, err := OpenObject([]byte(text), max(len(want), 17))
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
}
