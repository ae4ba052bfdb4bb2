package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/enroll-project/enroll/gen/sdk/go"
)

// puzzle is a proof of work that the SDK solves.
type puzzle struct {
	Salt          string
	Bits, Puzzles int
	Answer        string // the right one, if it is known
	Canceled      bool   // the call is canceled, and must report that
}

// solve plays a step after its variables are filled in: the numbers of a work may be variables.
func solve(ctx context.Context, step tree) (tree, error) {
	var p puzzle
	if err := convert(step, &p); err != nil {
		return nil, err
	}
	if p.Canceled {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if got, err := enroll.SolveWork(ended, p.Salt, p.Bits, p.Puzzles); !errors.Is(err, context.Canceled) {
			return nil, fmt.Errorf("a canceled work has the answer %q, %v", got, err)
		}
		return tree{}, nil
	}
	got, err := enroll.SolveWork(ctx, p.Salt, p.Bits, p.Puzzles)
	if err == nil && p.Answer != "" && got != p.Answer {
		err = fmt.Errorf("the work is answered by %s, want %s", got, p.Answer)
	}
	return tree{"answer": got}, err
}
