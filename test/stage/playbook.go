package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

// playbook is the part of test/scenarios.json that this program needs: the services to start
// and the answers to imitate. test/scenarios.md describes the whole file.
type playbook struct {
	Deployments map[string]deployment `json:"deployments"`
	Answers     map[string]canned     `json:"answers"`
}

// deployment is a service to start.
type deployment struct {
	Settings []string `json:"settings"` // as of -set
	// Files are settings whose value is the name of a file, with the JSON text that the file has.
	Files   map[string]json.RawMessage `json:"files"`
	FirstID int64                      `json:"first_id"` // the id of the first user; 0 leaves it as it is
}

// write makes the files of a deployment in a folder and returns the settings that name them.
func (d deployment) write(folder string) (settings []string, err error) {
	for name, text := range d.Files {
		file := filepath.Join(folder, name+".json")
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return nil, err
		}
		settings = append(settings, name+"="+file)
	}
	return settings, nil
}

// canned is an answer that the present service does not give, such as one of a later version
// or of a gateway. Its body is Body, in JSON, or Text if there is no Body.
type canned struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
	Text    string            `json:"text"`
}

// plain is the deployment that ENROLL_URL names.
const plain = "plain"

// readPlaybook joins the content of files. If two deployments or answers have the same name, the
// one in the later file counts.
func readPlaybook(names ...string) (playbook, error) {
	var book playbook
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(raw, &book)
		}
		if err != nil {
			return book, fmt.Errorf("the scenarios: %w", err)
		}
	}
	if _, ok := book.Deployments[plain]; !ok {
		return book, fmt.Errorf("the scenarios have no deployment %q", plain)
	}
	return book, nil
}

// answer serves the canned answer NAME for every path below /answer/NAME/.
func (b playbook) answer(w http.ResponseWriter, r *http.Request) {
	said, ok := b.Answers[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	// A client that is still sending when the answer comes may miss it.
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	for name, value := range said.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(said.Status)
	_, _ = io.WriteString(w, cmp.Or(string(said.Body), said.Text)) // fails where the status has no body
}
