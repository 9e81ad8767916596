package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	esc "github.com/pulumi/esc/cmd/esc/cli/client"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

const (
	name            = "pulumiservice"
	version         = "1.3.0"
	environmentType = "pulumiservice:index:Environment"
)

// plugin answers the engine. Its clients are set by Configure, which the
// engine calls once, before anything that needs them.
type plugin struct {
	pulumirpc.UnimplementedResourceProviderServer
	environments esc.Client
	metadata     metadata
}

func (p *plugin) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version}, nil
}

func (p *plugin) GetSchema(context.Context, *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	return &pulumirpc.GetSchemaResponse{Schema: fmt.Sprintf(`{"name": %q, "version": %q}`, name, version)}, nil
}

func (p *plugin) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

func (p *plugin) DiffConfig(context.Context, *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return &pulumirpc.DiffResponse{}, nil
}

// Configure makes no call: a token that the service refuses shows with the
// first resource.
func (p *plugin) Configure(
	_ context.Context, req *pulumirpc.ConfigureRequest,
) (*pulumirpc.ConfigureResponse, error) {
	config, err := sdk.UnmarshalProperties(req.GetArgs(), sdk.MarshalOptions{KeepUnknowns: true, SkipNulls: true})
	if err != nil {
		return nil, err
	}
	api := cmp.Or(text(config, "apiUrl"), os.Getenv("PULUMI_BACKEND_URL"), os.Getenv("PULUMI_API"))
	if api == "" {
		return nil, errors.New("apiUrl is not set, and this stand-in has no default")
	}
	token := cmp.Or(text(config, "accessToken"), os.Getenv("PULUMI_ACCESS_TOKEN"))
	if token == "" {
		return nil, errors.New("pulumi access token not found")
	}
	p.environments = esc.New("provider-pulumiservice/1", api, token, false)
	p.metadata = metadata{api: api, token: token}
	return &pulumirpc.ConfigureResponse{AcceptSecrets: true}, nil
}

func (p *plugin) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// known refuses the types of the published plugin that are not served here.
func known(urn string) error {
	if got := resource.URN(urn).Type(); got != environmentType {
		return fmt.Errorf("unknown resource type %q, this stand-in serves %q and %q", got, environmentType, issuerType)
	}
	return nil
}
