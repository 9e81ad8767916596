package main

import (
	"context"
	"strings"

	esc "github.com/pulumi/esc/cmd/esc/cli/client"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// Create checks, creates, writes and asks for the identifier. If a call fails,
// the effects of the earlier ones stay.
func (p *plugin) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	if isIssuer(req.GetUrn()) {
		return p.createIssuer(ctx, req)
	}
	ctx = context.WithoutCancel(ctx)
	env, err := decode(req.GetProperties())
	if err != nil {
		return nil, err
	}
	yaml := []byte(env.yaml)
	_, diagnostics, err := p.environments.CheckYAMLEnvironment(ctx, env.organization, yaml, esc.CheckYAMLOption{})
	if err := checkError(diagnostics, err); err != nil {
		return nil, err
	}
	err = p.environments.CreateEnvironmentWithProject(ctx, env.organization, env.project, env.name)
	if err != nil {
		return nil, createError(err)
	}
	diagnostics, revision, err := p.environments.UpdateEnvironmentWithRevision(
		ctx, env.organization, env.project, env.name, yaml, "")
	if err := firstWriteError(diagnostics, err); err != nil {
		return nil, err
	}
	properties, err := p.answer(ctx, env, revision, "new environment")
	return &pulumirpc.CreateResponse{Id: env.id(), Properties: properties}, err
}

// Update drops the error of the write, as the published plugin does.
func (p *plugin) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	if isIssuer(req.GetUrn()) {
		return p.updateIssuer(ctx, req)
	}
	ctx = context.WithoutCancel(ctx)
	env, err := decode(req.GetNews())
	if err != nil {
		return nil, err
	}
	diagnostics, revision, _ := p.environments.UpdateEnvironmentWithRevision(
		ctx, env.organization, env.project, env.name, []byte(env.yaml), "")
	if diagnostics != nil {
		return nil, updateError(diagnostics)
	}
	properties, err := p.answer(ctx, env, revision, "environment")
	return &pulumirpc.UpdateResponse{Properties: properties}, err
}

// Read answers any error with an empty id, which the engine takes for deleted, as
// the published plugin does.
func (p *plugin) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	if isIssuer(req.GetUrn()) {
		return p.readIssuer(ctx, req)
	}
	if err := known(req.GetUrn()); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx)
	env, err := parse(req.GetId())
	if err != nil {
		return nil, err
	}
	text, _, revision, err := p.environments.GetEnvironment(ctx, env.organization, env.project, env.name, "", false)
	if err != nil {
		return &pulumirpc.ReadResponse{}, nil //nolint:nilerr // the fault to keep
	}
	env.yaml = strings.TrimSpace(string(text))
	inputs, err := encode(env.inputs())
	if err != nil {
		return nil, err
	}
	id, _ := p.metadata.id(ctx, env)
	properties, err := encode(env.outputs(revision, id))
	return &pulumirpc.ReadResponse{Id: req.GetId(), Inputs: inputs, Properties: properties}, err
}

// Delete returns the service's error, even if the environment is gone.
func (p *plugin) Delete(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	if isIssuer(req.GetUrn()) {
		return &emptypb.Empty{}, p.deleteIssuer(ctx, req)
	}
	env, err := decode(req.GetProperties())
	if err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx)
	return &emptypb.Empty{}, p.environments.DeleteEnvironment(ctx, env.organization, env.project, env.name)
}

// answer asks for the identifier, whose error counts after a write.
func (p *plugin) answer(ctx context.Context, env environment, revision int, what string) (*structpb.Struct, error) {
	id, err := p.metadata.id(ctx, env)
	if err != nil {
		return nil, identifierError(what, err)
	}
	return encode(env.outputs(revision, id))
}
