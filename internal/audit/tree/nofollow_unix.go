//go:build unix

package tree

import "syscall"

// noFollow makes opening a link an error.
const noFollow = syscall.O_NOFOLLOW
