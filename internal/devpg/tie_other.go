//go:build unix && !linux

package devpg

import "syscall"

// tieToParent does nothing: this system cannot. The next Start on the folder
// stops what a killed process left behind.
func tieToParent(*syscall.SysProcAttr, syscall.Signal) {}
