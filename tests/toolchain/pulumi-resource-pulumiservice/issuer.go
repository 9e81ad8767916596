package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

const issuerType = "pulumiservice:index:OidcIssuer"

func isIssuer(urn string) bool { return resource.URN(urn).Type() == issuerType }

// issuer is the resource, and what the service says of it.
type issuer struct {
	Organization  string           `json:"-"`
	ID            string           `json:"id,omitempty"`
	Name          string           `json:"name"`
	URL           string           `json:"url,omitempty"`
	Thumbprints   []any            `json:"thumbprints,omitempty"`
	MaxExpiration float64          `json:"maxExpiration,omitempty"`
	Policies      []map[string]any `json:"-"`
}

func decodeIssuer(from *structpb.Struct) (issuer, error) {
	properties, err := sdk.UnmarshalProperties(from, sdk.MarshalOptions{KeepUnknowns: true, SkipNulls: true})
	if err != nil {
		return issuer{}, err
	}
	plain := properties.Mappable()
	i := issuer{Organization: text(properties, "organization"), Name: text(properties, "name"), URL: text(properties, "url")}
	i.MaxExpiration, _ = plain["maxExpirationSeconds"].(float64)
	i.Thumbprints, _ = plain["thumbprints"].([]any)
	list, _ := plain["policies"].([]any)
	for _, policy := range list {
		if policy, ok := policy.(map[string]any); ok {
			i.Policies = append(i.Policies, policy)
		}
	}
	return i, nil
}

// properties leave out what is empty, as the published plugin does.
func (i issuer) properties() (*structpb.Struct, error) {
	all := map[string]any{"organization": i.Organization, "name": i.Name, "url": i.URL}
	if len(i.Thumbprints) > 0 {
		all["thumbprints"] = i.Thumbprints
	}
	if i.MaxExpiration > 0 {
		all["maxExpirationSeconds"] = i.MaxExpiration
	}
	var list []any
	for _, policy := range i.Policies {
		if permissions, _ := policy["authorizedPermissions"].([]any); len(permissions) == 0 {
			delete(policy, "authorizedPermissions")
		}
		list = append(list, policy)
	}
	if len(list) > 0 {
		all["policies"] = list
	}
	return encode(resource.NewPropertyMapFromMap(all))
}

// checkIssuer passes the inputs on: the published plugin checks their types only.
func checkIssuer(req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

// createIssuer registers, and then replaces the policies. If the service refuses
// these, it takes the issuer back.
func (p *plugin) createIssuer(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	wanted, err := decodeIssuer(req.GetProperties())
	if err != nil {
		return nil, err
	}
	made := wanted
	if err := p.metadata.call(ctx, http.MethodPost, wanted.Organization, "oidc/issuers", wanted, &made); err != nil {
		return nil, fmt.Errorf("error creating oidc issuer %q: %w", wanted.Name, err)
	}
	if err := p.setPolicies(ctx, &made, wanted.Policies); err != nil {
		_ = p.metadata.call(ctx, http.MethodDelete, made.Organization, "oidc/issuers/"+made.ID, nil, nil)
		return nil, err
	}
	properties, err := made.properties()
	return &pulumirpc.CreateResponse{Id: made.Organization + "/" + made.ID, Properties: properties}, err
}

func (p *plugin) updateIssuer(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	wanted, err := decodeIssuer(req.GetNews())
	if err != nil {
		return nil, err
	}
	_, id, _ := strings.Cut(req.GetId(), "/")
	made := wanted
	wanted.URL = "" // it cannot be changed
	if err := p.metadata.call(ctx, http.MethodPatch, wanted.Organization, "oidc/issuers/"+id, wanted, &made); err != nil {
		return nil, fmt.Errorf("error updating oidc issuer %q: %w", wanted.Name, err)
	}
	if err := p.setPolicies(ctx, &made, wanted.Policies); err != nil {
		return nil, err
	}
	properties, err := made.properties()
	return &pulumirpc.UpdateResponse{Properties: properties}, err
}

// setPolicies replaces the policies of the issuer, unless none are given.
func (p *plugin) setPolicies(ctx context.Context, of *issuer, policies []map[string]any) error {
	var answer struct {
		ID       string           `json:"id"`
		Policies []map[string]any `json:"policies"`
	}
	if err := p.metadata.call(ctx, http.MethodGet, of.Organization, "auth/policies/oidcissuers/"+of.ID, nil, &answer); err != nil {
		return fmt.Errorf("error retrieving auth policies for oidc issuer %q: %w", of.ID, err)
	}
	if len(policies) > 0 {
		body := map[string]any{"policies": policies}
		if err := p.metadata.call(ctx, http.MethodPatch, of.Organization, "auth/policies/"+answer.ID, body, &answer); err != nil {
			return fmt.Errorf("error updating auth policies for oidc issuer %q: %w", of.ID, err)
		}
	}
	of.Policies = answer.Policies
	return nil
}

// readIssuer takes 404 alone for deleted.
func (p *plugin) readIssuer(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	organization, id, ok := strings.Cut(req.GetId(), "/")
	if !ok {
		return nil, fmt.Errorf("error splitting resource id %q", req.GetId())
	}
	found := issuer{Organization: organization}
	err := p.metadata.call(ctx, http.MethodGet, organization, "oidc/issuers/"+id, nil, &found)
	var refusal *apiError
	switch {
	case errors.As(err, &refusal) && refusal.Code == http.StatusNotFound:
		return &pulumirpc.ReadResponse{}, nil
	case err != nil:
		return nil, fmt.Errorf("failed to read oidc issuer (%q): %w", req.GetId(), err)
	}
	if err := p.setPolicies(ctx, &found, nil); err != nil {
		return nil, err
	}
	properties, err := found.properties()
	return &pulumirpc.ReadResponse{Id: req.GetId(), Inputs: properties, Properties: properties}, err
}

func (p *plugin) deleteIssuer(ctx context.Context, req *pulumirpc.DeleteRequest) error {
	organization, id, _ := strings.Cut(req.GetId(), "/")
	err := p.metadata.call(ctx, http.MethodDelete, organization, "oidc/issuers/"+id, nil, nil)
	var refusal *apiError
	if errors.As(err, &refusal) && refusal.Code == http.StatusNotFound {
		return nil
	}
	return err
}

// call sends one request to the organization's part of the service.
func (m metadata) call(ctx context.Context, method, organization, path string, body, into any) error {
	address, err := url.JoinPath(m.api, "api/orgs", organization, path)
	if err != nil {
		return err
	}
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(context.WithoutCancel(ctx), method, address, bytes.NewReader(data))
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/vnd.pulumi+8")
	req.Header.Set("Authorization", "token "+m.token)
	resp, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		return fmt.Errorf("failed to create request: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return fmt.Errorf("failed to read response body: %w", err)
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return newAPIError(resp.StatusCode, text)
	case into == nil || len(text) == 0:
		return nil
	}
	return json.Unmarshal(text, into)
}
