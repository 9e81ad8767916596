// Command sophia-secrets is the Pulumi program; pulumi preview and pulumi up run it.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/ai-cherry/sophia-secrets/pkg/pipeline"
)

func main() { pulumi.Run(pipeline.Program) }
