package contract

import (
	"strings"
	"testing"

	"github.com/enroll-project/enroll"
)

// TestLoadContract: Load refuses a contract with a rule that would not be enforced.
func TestLoadContract(t *testing.T) {
	t.Parallel()
	for about, change := range map[string][2]string{
		"open body": {"      additionalProperties: false\n      description: A code to send.",
			"      description: A code to send."},
		"no object": {"      type: object\n      additionalProperties: false\n      description: A code to send.",
			"      type: array\n      items: {type: string}\n      description: A code to send."},
		"nested body": {"        remember:\n          type: boolean",
			"        remember:\n          type: object"},
		"number": {"        remember:\n          type: boolean",
			"        remember:\n          type: number"},
		"default": {"          enum: [register, login, reset, change, '']",
			"          enum: [register, login, '']\n          default: login"},
		"null for what is required": {"          minLength: 1\n", "          minLength: 1\n          nullable: true\n"},
		"no null for what is optional": {"          type: boolean\n          nullable: true\n",
			"          type: boolean\n"},
		"less read than allowed":         {"x-read-up-to: 1024", "x-read-up-to: 100"},
		"no length to read up to":        {"x-read-up-to: 1024", "x-read-up-to: many"},
		"half a length":                  {"x-read-up-to: 1024", "x-read-up-to: 1024.5"},
		"no bound to leave":              {"          maxLength: 128\n          x-read", "          x-read"},
		"pattern without the empty text": {"^([A-Za-z0-9_.-]{2,32}|[^\\x00]*[^\\x00-\\x7F][^\\x00]*)?$", "^[a-z]+$"},
		"length without the empty text": {"          maxLength: 128\n          x-read",
			"          maxLength: 128\n          minLength: 2\n          x-read"},
		"read up to a number":         {"          minimum: 0\n", "          minimum: 0\n          x-read-up-to: 7\n"},
		"unknown reason of a lack":    {"x-incomplete: registration_incomplete", "x-incomplete: phone_taken_away"},
		"reason of another operation": {"x-incomplete: registration_incomplete", "x-incomplete: login_incomplete"},
		"condition on a value": {"            - required: [phone, code]\n",
			"            - properties: {phone: {maxLength: 3}}\n"},
		"not on a value": {"      minProperties: 2\n", "      minProperties: 2\n      not: {maxProperties: 9}\n"},
		"anyOf": {"      description: A code to send.",
			"      description: A code to send.\n      anyOf: [{required: [phone]}]"},
		"minProperties": {"      description: A code to send.",
			"      description: A code to send.\n      minProperties: 1"},
		"cookie parameter":            {"      name: Site-Id\n      in: header", "      name: Site-Id\n      in: cookie"},
		"cookie for all operations":   {"  - name: site_id\n    in: query", "  - name: site_id\n    in: cookie"},
		"no place for all operations": {"  - name: site_id\n    in: query", "  - name: site_id"},
		"no list for all operations":  {"x-api-parameters:\n  - name: site_id", "x-api-parameters:\n    name: site_id"},
		"list in a header": {"schema: {type: integer, format: int32, minimum: 0, maximum: 2147483647}\n      example: 1",
			"schema: {type: array, items: {type: integer}}"},
		"form": {"          application/json:\n            schema: {$ref: '#/components/schemas/PhoneCodeRequest'}",
			"          application/xml:\n            schema: {$ref: '#/components/schemas/PhoneCodeRequest'}"},
		"status of a reason": {`"409": [`, `"409": [code_wrong, `},
		"unknown reason":     {`"409": [`, `"409": [brand_new, `},
		"no status":          {`"409": [`, `"4xx": [`},
		"text in a path": {"  /api/captcha:\n    get:",
			"  /api/captcha/{x}:\n    parameters: [{name: x, in: path, required: true, schema: {type: string}}]\n    get:"},
		"no security":            {"      security: []\n", ""},
		"optional token":         {"        - Bearer: []\n", "        - Bearer: []\n        - {}\n"},
		"two tokens":             {"        - Token: []\n        - Bearer: []\n", "        - {Token: [], Bearer: []}\n"},
		"no internal":            {`        "500": [internal]`, `        "500": [unavailable]`},
		"no x-reasons":           {"      x-reasons:\n        \"429\": [rate_limited]\n", ""},
		"OpenAPI 3.1":            {"openapi: 3.0.3", "openapi: 3.1.0"},
		"a file without a bound": {"format: binary, x-max-bytes: 1048576", "format: binary"},
		"a file of half a byte":  {"x-max-bytes: 1048576", "x-max-bytes: 0.5"},
		"a form without a file":  {"format: binary, x-max-bytes", "x-max-bytes"},
		"not valid":              {"operationId: login\n", "operationId: register\n"},
		"not YAML":               {"openapi: 3.0.3", "\t"},
	} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			spec := strings.Replace(string(enroll.Contract), change[0], change[1], 1)
			if spec == string(enroll.Contract) {
				t.Fatal("the contract does not hold what this test changes")
			}
			if _, err := Load([]byte(spec), Leniency{}); err == nil {
				t.Error("loaded")
			}
		})
	}
}
