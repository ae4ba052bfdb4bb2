// Command go plays files of scenarios through the Go SDK, against the
// deployments of the stage. It prints how many scenarios and steps it has
// played. It fails if a result differs from a scenario, or if it does not
// understand a part of one. Last it runs the README's code. With -admin it plays the broken answers to the SDK of the
// admin API instead, and runs no README.
//
//	go run ./test/stage -scenarios test/scenarios.json -scenarios test/hostile.json \
//		go run ./test/sdk/go test/scenarios.json test/hostile.json gen/sdk/go/README.md
//	go run ./test/stage -scenarios test/scenarios.json -scenarios test/hostile.json \
//		go run ./test/sdk/go -admin test/hostile.json
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sdk/go:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("say where the scenarios and the README are")
	}
	stage := stage{url: os.Getenv("STAGE_URL")}
	if err := json.Unmarshal([]byte(os.Getenv("STAGE_DEPLOYMENTS")), &stage.deployments); err != nil {
		return fmt.Errorf("STAGE_DEPLOYMENTS: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	if stage.admin = args[0] == "-admin"; stage.admin {
		return playBook(ctx, stage, args[1])
	}
	last := len(args) - 1
	for _, name := range args[:last] {
		if err := playBook(ctx, stage, name); err != nil {
			return err
		}
	}
	if err := readme(ctx, args[last], os.Getenv("ENROLL_URL")); err != nil {
		return err
	}
	fmt.Println("Go SDK: the README's code does what it says")
	return nil
}

// playBook plays all scenarios of a file, each on each of its base URLs.
func playBook(ctx context.Context, stage stage, name string) error {
	raw, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var book struct {
		Scenarios []scenario `json:"scenarios"`
		// For the stage and for its tests.
		Deployments, Answers any
		LeftOut              any `json:"left_out"`
	}
	if err := decode(raw, &book); err != nil {
		return err
	}
	var played, steps int
	var errs []error
	for _, s := range book.Scenarios {
		for _, on := range s.On {
			if stage.admin && !forAdmin(on) {
				continue
			}
			if err := s.play(ctx, stage, on); err != nil {
				errs = append(errs, fmt.Errorf("%q on %s: %w", s.Name, on, err))
			}
			played++
			steps += len(s.Steps)
		}
	}
	fmt.Printf("Go SDK: %d scenarios, %d steps of %s\n", played, steps, name)
	return errors.Join(errs...)
}

// decode refuses unknown members, and keeps the digits of numbers.
func decode(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	d.UseNumber()
	return d.Decode(into)
}

// stage is what STAGE_URL and STAGE_DEPLOYMENTS say.
type stage struct {
	url         string
	deployments map[string]string
	admin       bool // the SDK of the admin API makes the calls
}

// base is the URL of a deployment, or of a path behind it.
func (s stage) base(on string) (string, error) {
	name, path, deeper := strings.Cut(on, "/")
	url, ok := s.deployments[name]
	if !ok {
		return "", fmt.Errorf("the stage has no deployment %q", name)
	}
	if deeper {
		url += "/" + path
	}
	return url, nil
}

// ask sends "METHOD /path?query" to the stage itself.
func (s stage) ask(ctx context.Context, request string) (tree, error) {
	method, path, _ := strings.Cut(request, " ")
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the stage answers %s", res.Status)
	}
	d := json.NewDecoder(res.Body)
	d.UseNumber()
	var answer tree
	return answer, d.Decode(&answer)
}
