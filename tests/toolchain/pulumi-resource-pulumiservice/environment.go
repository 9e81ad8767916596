package main

import (
	"fmt"
	"path"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"
)

// environment holds the inputs of the resource.
type environment struct {
	organization, project, name string
	yaml                        string
}

func (e environment) id() string { return path.Join(e.organization, e.project, e.name) }

// parse returns the environment that the id names, without its definition.
func parse(id string) (environment, error) {
	parts := strings.Split(id, "/")
	if len(parts) != 3 {
		return environment{}, fmt.Errorf("invalid environment id: %s", id)
	}
	return environment{organization: parts[0], project: parts[1], name: parts[2]}, nil
}

// decode reads checked inputs, or a state made of them.
func decode(from *structpb.Struct) (environment, error) {
	properties, err := sdk.UnmarshalProperties(from, sdk.MarshalOptions{KeepUnknowns: true, SkipNulls: true})
	if err != nil {
		return environment{}, err
	}
	return environment{
		organization: text(properties, "organization"),
		project:      text(properties, "project"),
		name:         text(properties, "name"),
		yaml:         text(properties, "yaml"),
	}, nil
}

// text returns the property, empty if it is missing, unknown or no string.
func text(properties resource.PropertyMap, key resource.PropertyKey) string {
	if value := properties[key]; value.IsString() {
		return value.StringValue()
	}
	return ""
}

func (e environment) inputs() resource.PropertyMap {
	return resource.PropertyMap{
		"organization": resource.NewProperty(e.organization),
		"project":      resource.NewProperty(e.project),
		"name":         resource.NewProperty(e.name),
		"yaml":         resource.MakeSecret(resource.NewProperty(e.yaml)),
	}
}

// outputs adds what the service answered. An empty id is left out.
func (e environment) outputs(revision int, id string) resource.PropertyMap {
	properties := e.inputs()
	properties["revision"] = resource.NewProperty(float64(revision))
	if id != "" {
		properties["environmentId"] = resource.NewProperty(id)
	}
	return properties
}

func encode(properties resource.PropertyMap) (*structpb.Struct, error) {
	return sdk.MarshalProperties(properties, sdk.MarshalOptions{
		KeepUnknowns: true, SkipNulls: true, KeepSecrets: true,
	})
}
