// Command pulumi-resource-github serves the GitHub provider to the Pulumi
// engine: the Terraform provider for GitHub behind Pulumi's bridge, as in the
// published plugin. It carries no schema, which the engine does not ask for
// when a program uses a compiled SDK, and no aliases of older versions.
package main

import (
	"github.com/integrations/terraform-provider-github/v6/github"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
)

const (
	name = "github"
	// version is that of the SDK in the program's go.mod.
	version = "6.14.1"
)

func main() {
	tfbridge.Main(name, version, provider(), []byte(`{"name": "github", "version": "`+version+`"}`))
}

// provider maps the Terraform provider to the tokens, the defaults and the
// replacements of the published plugin.
func provider() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:       shim.NewProvider(github.NewProvider(version, "")()),
		Name:    name,
		Version: version,
		Config: map[string]*tfbridge.SchemaInfo{
			"base_url": {Default: &tfbridge.DefaultInfo{
				EnvVars: []string{"GITHUB_BASE_URL"},
				Value:   "https://api.github.com/",
			}},
			"token": {
				Default: &tfbridge.DefaultInfo{EnvVars: []string{"GITHUB_TOKEN"}},
				Secret:  tfbridge.True(),
			},
		},
		Resources: map[string]*tfbridge.ResourceInfo{
			"github_actions_organization_secret": {Fields: map[string]*tfbridge.SchemaInfo{
				"selected_repository_ids": {ForceNew: tfbridge.True()},
			}},
		},
		EnableZeroDefaultSchemaVersion: true,
		EnableAccurateBridgePreview:    true,
		EnableRawStateDelta:            true,
	}
	info.MustComputeTokens(tokens.SingleModule("github_", "index", tokens.MakeStandard(name)))
	return info
}
