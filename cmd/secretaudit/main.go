// Command secretaudit follows secrets from the catalog to the lines of code that
// read them. It is apart from secretctl, since the job that holds the secrets must
// not compile a scanner.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/ai-cherry/sophia-secrets/internal/audit/command"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := command.New().Main(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
