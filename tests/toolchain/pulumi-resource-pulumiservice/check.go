package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Check turns the definition, an asset in the program, into trimmed secret
// text. It asks the service nothing.
func (p *plugin) Check(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	if isIssuer(req.GetUrn()) {
		return checkIssuer(req)
	}
	if err := known(req.GetUrn()); err != nil {
		return nil, err
	}
	properties, err := sdk.UnmarshalProperties(req.GetNews(), sdk.MarshalOptions{
		KeepUnknowns: true, SkipNulls: true, KeepSecrets: true,
	})
	if err != nil {
		return nil, err
	}
	failures := refusals(properties)
	text, err := definition(properties["yaml"])
	if err != nil {
		return nil, err
	}
	properties["yaml"] = resource.MakeSecret(resource.NewProperty(strings.TrimSpace(text)))
	inputs, err := encode(properties)
	return &pulumirpc.CheckResponse{Inputs: inputs, Failures: failures}, err
}

func refusals(properties resource.PropertyMap) []*pulumirpc.CheckFailure {
	var failures []*pulumirpc.CheckFailure
	refuse := func(key, format string) {
		failures = append(failures, &pulumirpc.CheckFailure{Property: key, Reason: fmt.Sprintf(format, key)})
	}
	for _, key := range []string{"organization", "project", "name", "yaml"} {
		value := reveal(properties[resource.PropertyKey(key)])
		switch {
		case !value.HasValue():
			refuse(key, "missing required property '%s'")
		case key != "yaml" && value.IsString() && strings.Contains(value.StringValue(), "/"):
			refuse(key, "'%s' property contains `/` illegal character")
		}
	}
	return failures
}

// definition returns the text of the property, empty while it is unknown.
func definition(value resource.PropertyValue) (string, error) {
	value = reveal(value)
	switch {
	case value.IsAsset():
		text, err := value.AssetValue().Bytes()
		return string(text), err
	case value.IsString():
		return value.StringValue(), nil
	}
	return "", nil
}

func reveal(value resource.PropertyValue) resource.PropertyValue {
	if value.IsSecret() {
		return value.SecretValue().Element
	}
	return value
}

// Diff compares inputs with inputs: the service's answer counts only through
// the inputs that Read returns.
func (p *plugin) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	options := sdk.MarshalOptions{KeepUnknowns: true, SkipNulls: true}
	olds, err := sdk.UnmarshalProperties(req.GetOldInputs(), options)
	if err != nil {
		return nil, err
	}
	news, err := sdk.UnmarshalProperties(req.GetNews(), options)
	if err != nil {
		return nil, err
	}
	diff := olds.Diff(news)
	if diff == nil {
		return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
	}
	return describe(sdk.NewDetailedDiffFromObjectDiff(diff, false), isIssuer(req.GetUrn())), nil
}

// describe makes a change of what identifies a resource a replacement.
func describe(details map[string]sdk.PropertyDiff, issuer bool) *pulumirpc.DiffResponse {
	answer := &pulumirpc.DiffResponse{
		Changes:         pulumirpc.DiffResponse_DIFF_SOME,
		DetailedDiff:    map[string]*pulumirpc.PropertyDiff{},
		HasDetailedDiff: true,
	}
	for key, detail := range details {
		if key == "organization" || key == "project" || key == "name" && !issuer || key == "url" {
			detail.Kind = detail.Kind.AsReplace()
			answer.Replaces = append(answer.Replaces, key)
		}
		answer.DetailedDiff[key] = &pulumirpc.PropertyDiff{
			Kind:      pulumirpc.PropertyDiff_Kind(detail.Kind),
			InputDiff: detail.InputDiff,
		}
	}
	answer.DeleteBeforeReplace = len(answer.Replaces) > 0
	return answer
}
