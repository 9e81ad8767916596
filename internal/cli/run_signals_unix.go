//go:build unix

package cli

import (
	"os"
	"syscall"
)

// passed are the signals that a command started by run gets. Those of job control
// are not among them: secretctl has to stop with its command.
func passed() []os.Signal {
	return []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2}
}
