# The two that matter on a fresh Debian machine with Go: make demo, make test.

SHELL := /bin/bash
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
COMMIT ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
# grpcnotrace leaves out gRPC's web pages about its calls, which nobody serves here. With them comes html/template, which
# calls methods by their names: the linker has to keep all methods then, a sixth of the program.
TAGS := grpcnotrace
LDFLAGS := -s -w -X github.com/fennec-project/podtracer/ui/cli.version=$(VERSION) -X github.com/fennec-project/podtracer/ui/cli.commit=$(COMMIT)

# Tools of development are used at fixed versions, outside of go.mod.
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install build ## install what is missing, build, and open the console over a built-in cluster
	./bin/podtracer demo

test: install ## all tests that need no cluster, with the race detector
	test/run.sh

build: ## build ./bin/podtracer
	CGO_ENABLED=0 go build -tags $(TAGS) -trimpath -ldflags '$(LDFLAGS)' -o bin/podtracer .

install: ## install the network tools of the catalogue that are missing (Debian)
	test/install.sh

slow: install ## the tests that take minutes: fuzzing, a reader that stands still, ten minutes of keys at random
	test/slow.sh

lint: ## gofmt, go vet, staticcheck, golangci-lint, and builds for all platforms
	test/lint.sh '$(STATICCHECK)' '$(GOLANGCI)'

cluster: ## start a real two-node Kubernetes on this machine (as root)
	test/cluster/up.sh

cluster-down: ## stop it, and leave nothing of it
	test/cluster/down.sh

e2e: cluster ## the end-to-end tests on the real cluster
	test/e2e.sh

bench: cluster ## the figures of docs/benchmarks.md
	test/bench.sh

picture: build ## the README's picture of the real console
	test/picture.sh

.PHONY: help demo test slow build install lint cluster cluster-down e2e bench picture
