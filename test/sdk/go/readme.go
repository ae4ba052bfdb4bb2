package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// program is the README's code as a program. The folder's dot keeps it out of
// ./... while it can import the SDK.
const program = `package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/enroll-project/enroll/gen/sdk/go"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
%s	return err
}
`

var block = regexp.MustCompile("(?s)```go\n(.*?)```")

// readme runs the README's code twice: the second time the name is taken.
func readme(ctx context.Context, name, url string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	found := block.FindSubmatch(text)
	if found == nil {
		return fmt.Errorf("%s has no Go code", name)
	}
	code := strings.ReplaceAll(string(found[1]), "http://127.0.0.1:8080", url)
	// A refusal that was handled is not a failure of the program.
	code = strings.TrimSuffix(code, "}\n") + "}\nif no != nil {\n\treturn nil\n}\n"
	folder := filepath.Join(".tools", "readme-go")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "main.go"), fmt.Appendf(nil, program, code), 0o644); err != nil {
		return err
	}
	for _, wanted := range []string{"welcome ", "This user name is already taken."} {
		out, err := exec.CommandContext(ctx, "go", "run", "./"+folder).CombinedOutput()
		if err != nil || !bytes.HasPrefix(out, []byte(wanted)) {
			return fmt.Errorf("the README's code prints %q: %w", out, err)
		}
	}
	return nil
}
