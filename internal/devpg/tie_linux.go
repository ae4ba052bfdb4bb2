package devpg

import "syscall"

// tieToParent makes the kernel send sig to the child when the thread that
// starts it ends, and so when this process is killed.
func tieToParent(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }
