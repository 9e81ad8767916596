package adopter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// languageHost stands in for Pulumi's language host for Go, which cannot be built
// from the module proxy. Like the real one it compiles the program in its folder
// and runs the binary with what the engine gives.
type languageHost struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	engine string // its address
}

// serveLanguage is the command pulumi-language-go: it prints its port and serves
// until the engine ends it.
func serveLanguage() {
	host := &languageHost{engine: os.Args[len(os.Args)-1]}
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{Init: func(s *grpc.Server) error {
		pulumirpc.RegisterLanguageRuntimeServer(s, host)
		return nil
	}})
	if err == nil {
		fmt.Println(handle.Port)
		err = <-handle.Done
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (h *languageHost) Handshake(context.Context, *pulumirpc.LanguageHandshakeRequest) (*pulumirpc.LanguageHandshakeResponse, error) {
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

func (h *languageHost) GetRequiredPackages(context.Context, *pulumirpc.GetRequiredPackagesRequest) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

func (h *languageHost) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{}, nil
}

// Run compiles and runs the program, as the real host does.
func (h *languageHost) Run(ctx context.Context, q *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	dir, err := os.MkdirTemp("", "program-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary := filepath.Join(dir, "program")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, ".")
	build.Dir = q.Info.ProgramDirectory
	if out, err := build.CombinedOutput(); err != nil {
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("compiling the program: %v\n%s", err, out)}, nil
	}
	config, _ := json.Marshal(q.Config)
	keys, _ := json.Marshal(q.ConfigSecretKeys)
	run := exec.CommandContext(ctx, binary)
	run.Dir = q.Info.ProgramDirectory
	run.Env = append(os.Environ(),
		"PULUMI_PROJECT="+q.Project, "PULUMI_STACK="+q.Stack, "PULUMI_ORGANIZATION="+q.Organization,
		"PULUMI_ROOT_DIRECTORY="+q.Info.RootDirectory, "PULUMI_CONFIG="+string(config), "PULUMI_CONFIG_SECRET_KEYS="+string(keys),
		fmt.Sprintf("PULUMI_DRY_RUN=%t", q.DryRun), fmt.Sprintf("PULUMI_PARALLEL=%d", q.Parallel),
		"PULUMI_MONITOR="+q.MonitorAddress, "PULUMI_ENGINE="+h.engine)
	run.Stdout, run.Stderr = os.Stdout, os.Stderr
	err = run.Run()
	const logged = 32 // what pulumi.Run exits with after an error that the engine has printed
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended) && ended.ExitCode() == logged:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case err != nil:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("running the program: %v", err)}, nil
	}
	return &pulumirpc.RunResponse{}, nil
}
