package contract

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
)

func decode(body string) (map[string]any, FieldErrors, error) {
	var found FieldErrors
	object, err := decodeObject([]byte(body), nil, &found)
	return object, found, err
}

func TestDecodeObject(t *testing.T) {
	t.Parallel()
	got, found, err := decode(` {"s":"a\u0062\ud83d\ude00","n":-7,"z":0,"t":true,"f":false,"x":null,` +
		`"a":[1,"b",[]],"o":{"p":{}}} `)
	if err != nil || found != nil {
		t.Fatal(found, err)
	}
	want := map[string]any{
		"s": "ab😀", "n": int64(-7), "z": int64(0), "t": true, "f": false, "x": nil,
		"a": []any{int64(1), "b", []any{}}, "o": map[string]any{"p": map[string]any{}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestDecodeMalformed(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"nothing":               "",
		"only space":            " \n",
		"BOM":                   "\ufeff{}",
		"array":                 "[]",
		"null":                  "null",
		"number":                "1",
		"string":                `"{}"`,
		"cut off":               `{"a":"b`,
		"no colon":              `{"a" "b"}`,
		"trailing comma":        `{"a":1,}`,
		"single quotes":         `{'a':1}`,
		"comment":               `{/**/}`,
		"name not a string":     `{1:2}`,
		"trailing garbage":      `{} x`,
		"two documents":         `{}{}`,
		"wrong bracket":         `{"a":[1}]`,
		"invalid UTF-8":         "{\"a\":\"\xff\"}",
		"overlong NUL":          "{\"a\":\"\xc0\x80\"}",
		"encoded surrogate":     "{\"a\":\"\xed\xa0\x80\"}",
		"lone surrogate":        `{"a":"\ud800"}`,
		"reversed surrogates":   `{"a":"\udc00\ud800"}`,
		"lone surrogate, name":  `{"\udfff":1}`,
		"raw control character": "{\"a\":\"\x01\"}",
		"NaN":                   `{"a":NaN}`,
		"plus":                  `{"a":+1}`,
		"leading zero":          `{"a":01}`,
		"capital literal":       `{"a":True}`,
		"too deep":              `{"a":` + strings.Repeat("[", 8) + strings.Repeat("]", 8) + `}`,
		"10,000 deep":           `{"a":` + strings.Repeat("[", 10000),
		"too many members":      `{"a":[` + strings.Repeat("0,", 63) + `0]}`,
		"bad below a member":    `{"a":{"b":[tru]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if object, _, err := decode(body); err != errMalformed {
				t.Errorf("got %v, %v", object, err)
			}
		})
	}
}

// TestDecodeBounds: a body that reaches each bound exactly is accepted. TestDecodeMalformed has
// bodies that exceed them.
func TestDecodeBounds(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"a":` + strings.Repeat("[", 7) + strings.Repeat("]", 7) + `}`,
		`{"a":[` + strings.Repeat("0,", 62) + `0]}`,
	} {
		if _, found, err := decode(body); err != nil || found != nil {
			t.Errorf("%s: %v, %v", body, found, err)
		}
	}
}

func TestDecodeFieldErrors(t *testing.T) {
	t.Parallel()
	const twice, nul = DuplicateField, ForbiddenCharacter
	for body, want := range map[string]FieldErrors{
		`{"a":1,"b":2,"a":1}`:            {{"a", twice, 0}},
		`{"a":1,"\u0061":2}`:             {{"a", twice, 0}},
		`{"a":1,"a":2,"b":"\u0000"}`:     {{"a", twice, 0}, {"b", nul, 0}},
		`{"a":"x\u0000y"}`:               {{"a", nul, 0}},
		`{"a":{"b":["\u0000"]}}`:         {{"a", nul, 0}},
		`{"a":{"b":1,"b":1}}`:            {{"a", twice, 0}},
		`{"not fit":1,"not fit":1}`:      {{"", twice, 0}},
		`{"a":1,"a":1,"a":1}`:            {{"a", twice, 0}},
		`{"A":1,"a":1,"ſ":1,"s":1}`:      nil,
		`{"a":"\u0001\u001f\u007f\r\n"}`: nil,
	} {
		if _, found, err := decode(body); err != nil || !reflect.DeepEqual(found, want) {
			t.Errorf("%s: got %v, %v, want %v", body, found, err, want)
		}
	}
}

func TestInteger(t *testing.T) {
	t.Parallel()
	for literal, want := range map[string]any{
		"0": int64(0), "7": int64(7), "-7": int64(-7),
		"9223372036854775807": int64(math.MaxInt64), "-9223372036854775808": int64(math.MinInt64),
		"9223372036854775808": beyondInt64{}, "-9223372036854775809": beyondInt64{}, "1" + strings.Repeat("0",
			400): beyondInt64{},
		"-0": notInteger{}, "7.0": notInteger{}, "1e2": notInteger{}, "1E2": notInteger{}, "1e400": notInteger{},
		"0.5": notInteger{},
		// Only parameters can have these forms, because JSON does not allow them.
		"": notInteger{}, "-": notInteger{}, "+1": notInteger{}, "01": notInteger{}, " 1": notInteger{}, "1 ": notInteger{},
		"1,2": notInteger{}, "1_0": notInteger{}, "0x1": notInteger{}, "1-": notInteger{}, "--1": notInteger{},
		"１": notInteger{},
	} {
		if got := integer(literal); got != want {
			t.Errorf("%q: got %T %v, want %T %v", literal, got, got, want, want)
		}
	}
}

// FuzzDecodeObject: encoding/json reads each accepted body as the same value, and the
// decoder reads the value that it returned, encoded again, as the same.
func FuzzDecodeObject(f *testing.F) {
	for _, seed := range []string{
		`{"user_name":"newuser","password":"MyPassword123","real_name":"新用户","email":"newuser@example.com",` +
			`"captcha_id":"captcha123"}`,
		`{}`, `{"a":[1,-2,{"b":null}],"c":true}`, `{"a":"\ud83d\ude00\u0000"}`, `{"a":1,"a":2}`,
		`{"a":1e2,"b":9223372036854775808}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		object, found, err := decode(string(body))
		if err != nil || found != nil {
			return
		}
		var theirs any
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		if err := d.Decode(&theirs); err != nil {
			t.Fatalf("encoding/json refuses what we take: %v", err)
		}
		if !same(object, theirs) {
			t.Fatalf("we read %#v, encoding/json %#v", object, theirs)
		}
		written, err := json.Marshal(theirs)
		if err != nil {
			t.Fatal(err)
		}
		again, found, err := decode(string(written))
		if err != nil || found != nil || !reflect.DeepEqual(object, again) {
			t.Fatalf("read again: %#v, %v, %v", again, found, err)
		}
	})
}

// same compares a value of the decoder with one of encoding/json, whose numbers are json.Number.
func same(ours, theirs any) bool {
	switch ours := ours.(type) {
	case map[string]any:
		object, ok := theirs.(map[string]any)
		if !ok || len(object) != len(ours) {
			return false
		}
		for name, v := range ours {
			if other, ok := object[name]; !ok || !same(v, other) {
				return false
			}
		}
		return true
	case []any:
		array, ok := theirs.([]any)
		if !ok || len(array) != len(ours) {
			return false
		}
		for i, v := range ours {
			if !same(v, array[i]) {
				return false
			}
		}
		return true
	case int64:
		literal, ok := theirs.(json.Number)
		n, err := literal.Int64()
		return ok && err == nil && n == ours
	case notInteger:
		literal, ok := theirs.(json.Number)
		return ok && (strings.ContainsAny(literal.String(), ".eE") || literal == "-0")
	case beyondInt64:
		literal, ok := theirs.(json.Number)
		_, err := literal.Int64()
		return ok && err != nil
	}
	return ours == theirs
}
