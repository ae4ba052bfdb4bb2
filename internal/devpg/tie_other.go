//go:build unix && !linux

package devpg

import "syscall"

// tieToParent does nothing: this system has no such signal. The next Start on the
// folder stops a server that a killed process left running.
func tieToParent(*syscall.SysProcAttr, syscall.Signal) {}
