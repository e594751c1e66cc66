# Everything a developer types. `make help` lists the targets.

DATA_DIR ?= .dev

# Ports of the development stack, to be given on the command line:
#   make dev SUREHOOK_PORT=9080 UI_PORT=0
# 0 picks a free one; without a value the stack's own default applies.
dev_parts := POSTGRES TEMPORAL UI SUREHOOK RECEIVER
dev_env    = $(foreach part,$(dev_parts),$(if $($(part)_PORT),SUREHOOK_DEV_$(part)_PORT=$($(part)_PORT)))

.DEFAULT_GOAL := help
.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-zA-Z\/_-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

## Development

# The build prints a line for every hundred packages, because the first one
# compiles a whole Temporal server and would otherwise say nothing for minutes.
# `exec` makes the stack the direct child of make, so that Ctrl-C reaches it once.
#
# Without npm, a page that says how to build the console is served in its place.
.PHONY: dev
dev: $(if $(shell command -v npm),console) ## Build and run everything: Postgres, Temporal and its Web UI, Surehook, a sample receiver
	@test -x bin/surehook-dev || echo "Building the development stack. The first build takes several minutes."
	@{ go build -v -o bin/surehook-dev ./dev/cmd/surehook-dev 2>&1; echo "exit status $$?"; } | awk ' \
		/^exit status [0-9]+$$/ { status = $$3; next } \
		/^[a-z0-9][^ :]*$$/     { if (++n % 100 == 0) { print "  " n " packages compiled"; fflush() } next } \
		                        { print } \
		END                     { exit status }'
	@exec env $(dev_env) bin/surehook-dev --data-dir $(DATA_DIR) $(ARGS)

.PHONY: db/reset
db/reset: ## Remove the development stack with all its data
	@if [ -x bin/surehook-dev ]; then bin/surehook-dev --data-dir $(DATA_DIR) --reset; fi
	@if [ -L $(DATA_DIR)/postgres ]; then rm -rf -- "$$(readlink $(DATA_DIR)/postgres)"; fi
	@rm -rf -- $(DATA_DIR)

## Building

.PHONY: build
build: console ## Build the surehook binary into bin/, with the console in it
	@go build -o bin/surehook ./cmd/surehook

# It is built again when something has changed that it is made of. Go embeds what lies in console/dist.
console_sources := $(shell find console schema.graphql \( -path console/node_modules -o -path 'console/dist*' \
	-o -path console/src/gql -o -path console/e2e -o -path console/test-results -o -name '*.go' \) -prune -o -type f -print)

.PHONY: console
console: $(if $(wildcard console/package.json),console/dist/index.html) ## Build the web console into console/dist

console/dist/index.html: console/node_modules $(console_sources)
	@echo "Building the console."
	@cd console && npm run build --silent
	@touch $@

console/node_modules: $(wildcard console/package.json console/package-lock.json)
	@cd console && npm ci --no-audit --no-fund --silent
	@touch $@

.PHONY: clean
clean: ## Remove what was built; data stays
	@rm -rf bin console/dist

## Checking

# Tools live in a module of their own, so that none of them is in the product's go.mod. Go builds and caches them.
tool = $$(GOWORK=off go tool -C tools -n $(1))

generated := .env.example db/dbsqlc docs/api.md docs/configuration.md graph/generated.go graph/model/generated.go

.PHONY: test
test: go/test console/test ## Run all tests: unit, database, workflow, replay, end-to-end, browser

.PHONY: go/test
go/test: e2e/js/node_modules ## Run the tests in Go
	@cd dev && go test -timeout 15m ./...
	@go run ./e2e/withpostgres go test -race -timeout 20m ./...

# The specs start bin/surehook-dev, which serves the console that was just built. ARGS="-g newcomer" picks some of them.
.PHONY: console/test
console/test: console/dist/index.html ## Check the console and drive it with a browser
	@go build -o bin/surehook-dev ./dev/cmd/surehook-dev
	@cd console && npm run lint --silent && npm run typecheck --silent && npm test --silent && npm run e2e --silent -- $(ARGS)

e2e/js/node_modules: e2e/js/package-lock.json
	@cd e2e/js && npm ci --no-audit --no-fund --silent
	@touch $@

.PHONY: lint
lint: ## Run the linters, and the check that workflows are deterministic
	@go vet ./...
	@"$(call tool,golangci-lint)" run ./...
	@"$(call tool,workflowcheck)" ./workflows/...

.PHONY: generate
generate: ## Generate code and docs: queries, GraphQL, reference pages
	@"$(call tool,sqlc)" generate
	@"$(call tool,gqlgen)" generate
	@go generate ./...

.PHONY: verify
verify: generate ## Check that generated files and go.mod files are up to date
	@"$(call tool,sqlc)" vet
	@GOWORK=off go mod tidy -diff
	@GOWORK=off go -C dev mod tidy -diff
	@GOWORK=off go -C tools mod tidy -diff
	@test -z "$$(git status --porcelain -- $(generated))" || { git diff --stat -- $(generated); \
		echo "Generated files are out of date: run make generate and commit."; exit 1; }

.PHONY: bench
bench: ## Measure how fast events are accepted and delivered; ARGS="-rounds 1" for a quick look
	@go run ./bench $(ARGS)
