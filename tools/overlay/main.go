// Command overlay applies overlays (OpenAPI Overlay 1.0) to an OpenAPI document and prints it, for
// generators that do not support overlays. An action that finds nothing to change is an error, so
// that an outdated overlay is noticed.
//
//	overlay [-enums] DOCUMENT OVERLAY...
//
// With -enums, the known values of a text or a number (x-extensible-enum) become all of its values
// (enum). Overlays cannot express that.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/speakeasy-api/openapi/overlay"
	"github.com/speakeasy-api/openapi/overlay/loader"
	"gopkg.in/yaml.v3"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "overlay:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	enums := len(args) > 0 && args[0] == "-enums"
	if enums {
		args = args[1:]
	}
	if len(args) < 2 {
		return errors.New("usage: overlay [-enums] DOCUMENT OVERLAY...")
	}
	raw, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(raw, &document); err != nil {
		return err
	}
	if enums {
		closeEnums(&document)
	}
	for _, name := range args[1:] {
		changes, err := loader.LoadOverlay(name)
		if err != nil {
			return err
		}
		if _, err := apply(changes, &document); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return yaml.NewEncoder(out).Encode(&document)
}

func apply(changes *overlay.Overlay, document *yaml.Node) ([]string, error) {
	return changes.ApplyToStrict(document)
}

// closeEnums renames each x-extensible-enum below a node to enum.
func closeEnums(n *yaml.Node) {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && child.Value == "x-extensible-enum" {
			child.Value = "enum"
		}
		closeEnums(child)
	}
}
