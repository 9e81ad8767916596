# The programs that the demo and the tests run beside the pipeline, in .toolchain.
# They are built from tests/toolchain, and rebuilt only when their inputs change.
# With PULUMI=official the installed Pulumi and its plugins are used instead.
# ENGINE_ENV are the variables that a run of Pulumi needs.

TOOLCHAIN       := $(CURDIR)/.toolchain/bin
BUILD_TOOLCHAIN := test -d "$(TOOLCHAIN)" || echo 'building into .toolchain, minutes the first time' >&2; \
  GOWORK=off go -C tests/toolchain run -mod=readonly -buildvcs=false . -out "$(TOOLCHAIN)/.."

ifeq ($(PULUMI),official)
ENGINE_ENV := PULUMI_SKIP_UPDATE_CHECK=true

.PHONY: engine
engine:
	@command -v pulumi >/dev/null || { echo 'error: no pulumi on PATH' >&2; \
	  echo 'hint: install Pulumi, or leave PULUMI=official out to build it' >&2; exit 3; }
else ifeq ($(PULUMI),)
ENGINE_ENV := PATH="$(TOOLCHAIN):$$PATH" PULUMI_SKIP_UPDATE_CHECK=true \
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true

.PHONY: engine
engine: ## build Pulumi and its plugins into .toolchain, minutes the first time
	@$(BUILD_TOOLCHAIN) pulumi pulumi-resource-github pulumi-resource-pulumiservice
else
$(error PULUMI=$(PULUMI) is not valid: "official", or leave it out)
endif

.PHONY: act
act: ## build act, which runs the generated workflow, into .toolchain
	@$(BUILD_TOOLCHAIN) act

.PHONY: golangci-lint
golangci-lint: ## build the linter into .toolchain
	@$(BUILD_TOOLCHAIN) golangci-lint

.PHONY: goreleaser
goreleaser: ## build goreleaser into .toolchain
	@$(BUILD_TOOLCHAIN) goreleaser

.PHONY: govulncheck
govulncheck: ## build govulncheck into .toolchain
	@$(BUILD_TOOLCHAIN) govulncheck

.PHONY: test-toolchain
test-toolchain: ## test the stand-in plugin and the builder
	@cd tests/toolchain && CGO_ENABLED=0 GOWORK=off go test -mod=readonly -buildvcs=false ./...
