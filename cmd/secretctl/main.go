// Command secretctl runs the steps of the secret pipeline that are not Pulumi's.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/ai-cherry/sophia-secrets/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second signal ends what does not look at the first
	}()
	code := cli.New().Main(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
