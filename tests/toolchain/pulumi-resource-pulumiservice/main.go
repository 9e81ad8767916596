package main

import (
	"fmt"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func main() {
	err := provider.Main(name, func(*provider.HostClient) (pulumirpc.ResourceProviderServer, error) {
		return &plugin{}, nil
	})
	if err != nil {
		fmt.Fprintf(os.Stderr, "error: serving %s: %v\n", name, err)
		os.Exit(1)
	}
}
