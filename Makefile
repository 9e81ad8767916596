# `make demo` shows the pipeline at work, `make test` runs every test. Both build
# what they need; they require Go, git and make.

.DEFAULT_GOAL := help
include toolchain.mk

export GOFLAGS := -mod=readonly

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

.PHONY: demo
demo: engine ## preview, up, drift, preview, up against the sandbox; KEEP=1 leaves it running
	@$(ENGINE_ENV) go run ./cmd/sandbox demo $(if $(KEEP),--keep)

.PHONY: test
test: engine act test-toolchain ## run all tests, the engine's included
	@command -v python3 >/dev/null || echo 'no python3: the tests of the Python module are left out'
	TOOLCHAIN=required $(ENGINE_ENV) go test -timeout 80m ./...

.PHONY: race
race: ## run the tests of what is used concurrently, with the race detector; needs a C compiler. TestFaults is left out: the detector is too slow for its deadlines
	@if ! command -v "$$(go env CC)" >/dev/null; then echo 'no C compiler: the race detector is left out'; else \
	  go test -race -skip '^TestFaults$$' ./pkg/access/... ./pkg/esc/... ./internal/sync/... ./internal/sandbox; fi

.PHONY: bench
bench: engine ## measure; the results stand in docs/benchmarks.md
	$(ENGINE_ENV) go test -run '^$$' -bench . -benchtime 3x -timeout 60m ./internal/sync/... ./internal/audit ./pkg/access/... ./tests/engine/...

.PHONY: lint
lint: golangci-lint ## run gofmt, go vet and the linter
	@test -z "$$(gofmt -l cmd internal pkg tests main.go | tee /dev/stderr)"
	go vet ./...
	$(TOOLCHAIN)/golangci-lint run ./...

.PHONY: vulnerabilities
vulnerabilities: govulncheck ## look for known vulnerabilities in what is called; asks vuln.go.dev
	$(TOOLCHAIN)/govulncheck ./...

.PHONY: snapshot
snapshot: goreleaser ## build what a release holds, for every system, into dist
	GITHUB_REPOSITORY=local/snapshot $(TOOLCHAIN)/goreleaser release --snapshot --clean

.PHONY: generate
generate: ## render the files that are checked in
	go run ./cmd/secretctl render > .github/workflows/sync_secrets.yml
	go run ./cmd/secretctl render pulumi > .github/workflows/pulumi.yml
	go run ./cmd/secretctl render maintenance > .github/workflows/secrets_maintenance.yml

STACK ?= production

.PHONY: program
program: # the program as a binary, in a folder that Pulumi runs it from
	@rm -rf .build && mkdir .build && git ls-files -co --exclude-standard -- '*catalog.yaml' '*uses.yaml' ':!internal' | tar -cf - -T - | tar -xf - -C .build
	@sed 's|^runtime:.*|runtime: {name: go, options: {binary: ./program}}|' Pulumi.yaml > .build/Pulumi.yaml
	go build -o .build/program .

.PHONY: installed
installed:
	@command -v pulumi >/dev/null || { echo "error: no pulumi on PATH" >&2; echo "hint: install Pulumi" >&2; exit 3; }

.PHONY: preview
preview: installed program ## pulumi preview of STACK with the installed Pulumi; fails on drift
	pulumi preview --cwd .build --config-file ../Pulumi.$(STACK).yaml --stack $(STACK) --expect-no-changes --diff --suppress-outputs

.PHONY: up
up: installed program ## pulumi up of STACK with the installed Pulumi
	pulumi up --cwd .build --config-file ../Pulumi.$(STACK).yaml --stack $(STACK) --yes
