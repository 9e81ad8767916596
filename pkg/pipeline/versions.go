package pipeline

import (
	"runtime/debug"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The modules of the SDKs, whose versions are those of their plugins.
const (
	githubSDK        = "github.com/pulumi/pulumi-github/sdk/v6"
	pulumiserviceSDK = "github.com/pulumi/pulumi-pulumiservice/sdk"
)

// pluginVersion asks for the plugin that belongs to the SDK that this binary is
// linked with. So the go.mod of the program decides, whoever's it is; without a
// known version Pulumi takes the newest plugin.
func pluginVersion(sdk string) pulumi.ResourceOption {
	info, _ := debug.ReadBuildInfo()
	if version := linkedVersion(info, sdk); version != "" {
		return pulumi.Version(version)
	}
	return pulumi.Composite()
}

// linkedVersion is the version of a module in a binary, without the v; "" for one
// that has none, such as a folder that replaces it.
func linkedVersion(info *debug.BuildInfo, path string) string {
	if info == nil {
		return ""
	}
	for _, module := range info.Deps {
		if module.Path != path {
			continue
		}
		if module.Replace != nil {
			module = module.Replace
		}
		version := strings.TrimPrefix(module.Version, "v")
		if version == "(devel)" {
			return ""
		}
		return version
	}
	return ""
}
