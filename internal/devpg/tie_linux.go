package devpg

import "syscall"

// tieToParent makes the kernel send sig to the child when the thread that starts it
// ends (PR_SET_PDEATHSIG in prctl(2)). That happens also if this process is killed. The
// caller must lock its goroutine to the thread.
func tieToParent(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }
