package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stderr io.Writer) int {
	flags := flag.NewFlagSet("toolchain", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", "", "folder to build into")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	chosen, err := choose(flags.Args())
	if err == nil && *out == "" {
		err = fmt.Errorf("-out is not set")
	}
	if err != nil {
		fmt.Fprintf(stderr, "error: %v\nhint: go run . -out DIR NAME...\n", err)
		return 2
	}
	if err := build(ctx, chosen, *out, stderr); err != nil {
		fmt.Fprintf(stderr, "error: %v\nhint: type the same command again, what is done is kept\n", err)
		return 3
	}
	return 0
}
