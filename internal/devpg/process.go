//go:build unix

package devpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

const (
	pollEvery   = 10 * time.Millisecond
	fastWait    = 10 * time.Second // for a shutdown with a checkpoint (SIGINT)
	atOnceWait  = 5 * time.Second  // for a shutdown without one (SIGQUIT), and after SIGKILL
	maxLogBytes = 8 << 20          // a larger log is emptied at the next start
)

// errExited is the error of a server that ended before it accepted a connection. run
// repeats the start for one cause of it.
var errExited = errors.New("PostgreSQL ended while it started")

// process is a running postmaster, that is, PostgreSQL's first process, which starts
// all others and ends them with itself.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when the process has ended; err is set before
	err    error
}

// run starts PostgreSQL and waits until it accepts connections. If an earlier postmaster
// was killed, its children live on for a moment and keep its shared memory. PostgreSQL
// refuses to start meanwhile, so run repeats the start.
func (cl *cluster) run(ctx context.Context) (*process, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		p, out, err := cl.launch()
		if err != nil {
			return nil, err
		}
		err = cl.ready(ctx, p)
		if err == nil {
			return p, nil
		}
		// Read the log after the process has ended, so that its last line is there.
		err = errors.Join(err, p.stop(ctx))
		tail := out()
		if errors.Is(err, errExited) && bytes.Contains(tail, []byte("pre-existing shared memory block")) && ctx.Err() == nil {
			time.Sleep(pollEvery)
			continue
		}
		return nil, fmt.Errorf("devpg: start PostgreSQL: %w: %s", err, lastLines(tail))
	}
}

// launch starts the postmaster. It returns a function that reads what was logged since this
// start, for an error message.
func (cl *cluster) launch() (*process, func() []byte, error) {
	log, err := openLog(filepath.Join(cl.config.Dir, logFile))
	if err != nil {
		return nil, nil, fmt.Errorf("devpg: %w", err)
	}
	// The log of earlier starts stays in the file. Only what this one adds is read.
	from, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("devpg: %w", err), log.Close())
	}
	args := []string{"-D", cl.data}
	for _, setting := range cl.settings() {
		args = append(args, "-c", setting)
	}
	// The context of this call ends after the start, and the server must not end with it.
	cmd := cl.who.command(context.Background(), cl.home, cl.bin.program("postgres"), args...)
	cmd.Stdout, cmd.Stderr = log, log
	p := &process{cmd: cmd, exited: make(chan struct{})}
	started := make(chan error, 1)
	go p.hold(log, started)
	if err := <-started; err != nil {
		return nil, nil, fmt.Errorf("devpg: start PostgreSQL: %w", err)
	}
	name := log.Name()
	return p, func() []byte { return readFrom(name, from) }, nil
}

// hold starts the postmaster and waits until it has ended. It keeps an OS thread of its
// own, because Linux signals the child when the thread that started it ends
// (PR_SET_PDEATHSIG). That must not happen while this process lives.
func (p *process) hold(log *os.File, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	tieToParent(p.cmd.SysProcAttr, syscall.SIGINT) // a fast shutdown
	err := p.cmd.Start()
	_ = log.Close() // the child has its own
	started <- err
	if err == nil {
		p.err = p.cmd.Wait()
	}
	close(p.exited)
}

// runTied runs a short program to its end. On Linux it is killed if this process ends
// first.
func runTied(cmd *exec.Cmd) ([]byte, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	tieToParent(cmd.SysProcAttr, syscall.SIGKILL)
	return cmd.CombinedOutput()
}

// ready waits until the server accepts connections to the database, and creates the
// database if it is missing.
func (cl *cluster) ready(ctx context.Context, p *process) error {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		err := ping(ctx, cl.socket, database)
		if isCode(err, invalidCatalogName) {
			err = execute(ctx, cl.socket, "postgres", "CREATE DATABASE "+database)
		}
		switch {
		case err == nil:
			return nil
		case isFinal(err): // for example: no more connections, or a damaged catalog
			return err
		}
		select {
		case <-p.exited:
			return fmt.Errorf("%w (%v)", errExited, p.err)
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w (%v)", ctx.Err(), err)
		case <-poll.C:
		}
	}
}

// stop ends the server and waits until it has ended: first with a checkpoint, then
// without, then by SIGKILL. If ctx ends, the step with a checkpoint is cut short.
func (p *process) stop(ctx context.Context) error {
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
		ctx    context.Context
	}{
		{syscall.SIGINT, fastWait, ctx},
		{syscall.SIGQUIT, atOnceWait, context.Background()},
		{syscall.SIGKILL, atOnceWait, context.Background()},
	} {
		// os refuses to signal a process that has ended, so a new process with the same
		// id is not hit.
		_ = p.cmd.Process.Signal(step.signal)
		wait := time.NewTimer(step.wait)
		select {
		case <-p.exited:
			wait.Stop()
			return nil
		case <-step.ctx.Done():
			wait.Stop()
		case <-wait.C:
		}
	}
	return errors.New("devpg: PostgreSQL does not end")
}

// openLog opens the log for appending. Mode 0600: a developer's tests may put real
// data into the database, and PostgreSQL's FATAL lines name databases and roles.
func openLog(name string) (*os.File, error) {
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if info, err := os.Stat(name); err == nil && info.Size() > maxLogBytes {
		flags |= os.O_TRUNC
	}
	return os.OpenFile(name, flags, 0o600)
}

// readFrom reads at most 64 KiB of a file from an offset on.
func readFrom(name string, offset int64) []byte {
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	out, _ := io.ReadAll(io.NewSectionReader(f, offset, 64<<10)) // for an error message: what can be read is enough
	return out
}
