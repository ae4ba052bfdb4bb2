package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// shells has for each shell a script that completes the line $LINE and prints one candidate a line. The function of
// enroll is loaded as docs/operate.md says.
var shells = map[string]string{
	// What bash-completion would do first: it splits the line into words.
	"bash": `_get_comp_words_by_ref() {
	read -ra words <<<"$LINE"
	[[ "$LINE" == *" " ]] && words+=("")
	cword=$((${#words[@]} - 1)) cur=${words[cword]} prev=${words[cword - 1]}
}
__ltrim_colon_completions() { :; }
source <(enroll completion bash)
COMP_LINE=$LINE COMP_POINT=${#LINE} COMP_TYPE=9
__start_enroll
printf '%s\n' "${COMPREPLY[@]}"`,
	"fish": `enroll completion fish | source
complete -C "$LINE"`,
	// zsh completes in a terminal only. What it would offer is what the function hands to _describe.
	"zsh": `compdef() { :; }
_describe() { print -rl -- "${completions[@]}"; }
_arguments() { :; }
source <(enroll completion zsh)
words=("${(z)LINE}")
[[ "$LINE" == *" " ]] && words+=("")
CURRENT=${#words} service=enroll
_enroll`,
}

// TestCompletion: each shell completes commands, flags and the values of flags. It asks the program for the candidates,
// and quotes them by its own rules.
func TestCompletion(t *testing.T) {
	t.Parallel()
	for shell, script := range shells {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			program, err := exec.LookPath(shell)
			if err != nil {
				t.Skipf("%s is not installed; on Debian: apt-get install %s", shell, shell)
			}
			folder := t.TempDir()
			// The completion runs the program by the name that the line has.
			wrapper := "#!/bin/sh\nRUN_AS_SERVICE=1 exec '" + os.Args[0] + "' \"$@\"\n"
			if err := os.WriteFile(filepath.Join(folder, "enroll"), []byte(wrapper), 0o700); err != nil {
				t.Fatal(err)
			}
			for line, want := range map[string][]string{
				"enroll us":                         {"user"},
				"enroll user s":                     {"send-code", "set-group", "show"},
				"enroll key create a --sc":          {"--scope"},
				"enroll user list --status ":        {"disabled", "waiting"},
				"enroll key create a --scope users": {"users:read", "users:write"},
				"enroll user show 1 --key":          {"--key-file"},
				"enroll user show ":                 nil,
			} {
				cmd := exec.CommandContext(t.Context(), program, "-c", script)
				cmd.Env = append(os.Environ(), "LINE="+line, "PATH="+folder+":"+os.Getenv("PATH"), "HOME="+folder)
				cmd.Dir = folder
				var failed bytes.Buffer
				cmd.Stderr = &failed
				out, err := cmd.Output()
				if err != nil {
					t.Errorf("%q: %v: %s", line, err, &failed)
				}
				var got []string
				for candidate := range strings.Lines(string(out)) {
					// A description follows the candidate, and no candidate has a blank.
					words := strings.Fields(candidate)
					if len(words) == 0 {
						continue
					}
					if shell == "zsh" {
						words[0] = described(words[0])
					}
					// zsh itself leaves out what does not begin with the word.
					if strings.HasPrefix(words[0], line[strings.LastIndexByte(line, ' ')+1:]) {
						got = append(got, words[0])
					}
				}
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Errorf("%q: %q, want %q, %s", line, got, want, &failed)
				}
			}
		})
	}
}

// described returns the candidate of a description of zsh, which quotes a colon of the candidate.
func described(text string) string {
	const quoted = "\x00"
	name, _, _ := strings.Cut(strings.ReplaceAll(text, `\:`, quoted), ":")
	return strings.ReplaceAll(name, quoted, ":")
}
