package server

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/enroll-project/enroll"
)

// harmless are the parameters in paths and queries of both contracts that tell a reader of a proxy's log nothing
// sensitive, with the reason.
var harmless = map[string]string{
	"site_id":                     "the number of a site",
	"getCaptcha operation":        "a word of the contract",
	"getCaptchaAudio captcha_id":  "a sealed challenge, without its answer, for one attempt",
	"getCaptchaAudio proof":       "work on that challenge, good for it only",
	"getUserGroup id":             "a group, which everybody may read",
	"verifyEmail state":           "a word of the contract",
	"/api/user/sessions {id}":     "gives no access: each request about a session needs a token",
	"/admin/users {id}":           "an id",
	"/admin/groups {id}":          "an id",
	"/admin/invitations {id}":     "an id; the code of an invitation is in bodies only",
	"listUsers status":            "a filter",
	"listUsers group_id":          "a filter",
	"listUsers created_from":      "a filter",
	"listUsers created_until":     "a filter",
	"listUsers invitation_id":     "an id",
	"listUsers cursor":            "a place in the list: a time and an id",
	"listUsers limit":             "a number",
	"listAuditEntries user_id":    "an id",
	"listAuditEntries before":     "a place in the list",
	"listAuditEntries limit":      "a number",
	"listEvents site":             "the number of a site",
	"listEvents user_id":          "an id",
	"listEvents type":             "a filter",
	"listEvents from":             "a filter",
	"listEvents until":            "a filter",
	"listEvents cursor":           "a place in the list: two numbers",
	"listEvents limit":            "a number",
	"listSetAsideEvents receiver": "a name that the operator has chosen",
	"listSetAsideEvents site":     "the number of a site",
	"listSetAsideEvents user_id":  "an id",
	"listSetAsideEvents cursor":   "a place in the list: a name and two numbers",
	"listSetAsideEvents limit":    "a number",
	"listInvitations before":      "a place in the list",
	"listInvitations limit":       "a number",
	"approveUser dry_run":         "true or false",
	"createGroup dry_run":         "true or false",
	"createInvitation dry_run":    "true or false",
	"createUser dry_run":          "true or false",
	"deleteGroup dry_run":         "true or false",
	"deleteUser dry_run":          "true or false",
	"disableUser dry_run":         "true or false",
	"enableUser dry_run":          "true or false",
	"endUserSessions dry_run":     "true or false",
	"listAuditEntries site":       "the number of a site",
	"replayEvents dry_run":        "true or false",
	"resetCodes dry_run":          "true or false",
	"revokeInvitation dry_run":    "true or false",
	"sendUserCode dry_run":        "true or false",
	"setUserGroup dry_run":        "true or false",
	"updateGroup dry_run":         "true or false",
	"updateUser dry_run":          "true or false",
}

// admitted are those that are sensitive, with the words by which docs/asvs.md admits them.
var admitted = map[string]string{
	"verifyEmail code":     "`GET /api/verify/email`",
	"verifyEmail email":    "`GET /api/verify/email`",
	"listUsers identifier": "`GET /admin/users`",
}

// TestContractURLs: a URL of either contract has nothing sensitive, except what docs/asvs.md admits (ASVS 14.2.1).
// Proxies and browsers keep URLs. So a new parameter needs a line above, or goes into a body.
func TestContractURLs(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/asvs.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^\| 14\.2\.1 .*$`).FindString(string(page))
	seen := map[string]bool{}
	for _, text := range [][]byte{enroll.Contract, enroll.AdminContract} {
		for _, name := range inURLs(t, text) {
			seen[name] = true
			words, sensitive := admitted[name]
			if _, ok := harmless[name]; ok == sensitive {
				t.Errorf("%s stands in URLs: is it sensitive?", name)
			}
			if !strings.Contains(row, words) {
				t.Errorf("docs/asvs.md does not admit %s: %s", name, row)
			}
		}
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(harmless)), slices.Collect(maps.Keys(admitted))) {
		if !seen[name] {
			t.Errorf("there is no parameter %s", name)
		}
	}
}

// inURLs returns the parameters of a contract that stand in URLs: of a query as "operation name", of a path with the
// path before it.
func inURLs(t *testing.T, contract []byte) (names []string) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(contract)
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			for _, p := range slices.Concat(item.Parameters, op.Parameters) {
				switch p.Value.In {
				case openapi3.ParameterInQuery:
					names = append(names, op.OperationID+" "+p.Value.Name)
				case openapi3.ParameterInPath:
					before, _, _ := strings.Cut(path, "/{")
					names = append(names, before+" {"+p.Value.Name+"}")
				}
			}
		}
	}
	everywhere, _ := doc.Extensions["x-api-parameters"].([]any)
	for _, p := range everywhere {
		names = append(names, p.(map[string]any)["name"].(string))
	}
	return names
}
