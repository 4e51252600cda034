# Everything here needs Go, make and a shell. Tools are pinned in tools/go.mod and built by Go when first used.

GO     ?= go
BIN    := bin/waybill
# Without cgo the tools compile in seconds, with it sqlc takes minutes; the program is one static file either way.
TOOL   := CGO_ENABLED=0 $(GO) tool -modfile=tools/go.mod
LINTER := CGO_ENABLED=0 $(GO) tool -modfile=tools/lint.mod golangci-lint
# Where goroutines meet. The rest is run without the race detector, which costs five times the time, and without cgo, as the
# program is built: what both are made of is compiled once.
RACED  := ./db/... ./adapters/... ./web/... ./shop/...
# A busy machine takes several times as long as a quiet one.
PATIENCE := 30m
RACED_PACKAGES := ^waybill/(db|adapters|web|shop)(/|$$)
GO_FILES = $(shell find . -name '*.go' -not -path '*/node_modules/*' -not -path './.waybill/*')

.DEFAULT_GOAL := help
.PHONY: help build run test test-setup check-format race bench generate lint fmt css clean

help: ## print this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 20

build: ## build bin/waybill
	CGO_ENABLED=0 $(GO) build -o $(BIN) ./cmd/waybill

run: build ## build, start with demo data on http://127.0.0.1:8080 (PostgreSQL included), stop with Ctrl-C
	@exec $(BIN) serve --demo

test: test-setup check-format ## everything that CI runs: vet, race detector, unit, database, handler and browser tests
	CGO_ENABLED=0 $(GO) vet ./...
	@$(MAKE) --no-print-directory race
	CGO_ENABLED=0 $(GO) test -timeout $(PATIENCE) $$($(GO) list ./... | grep -vE '$(RACED_PACKAGES)')

test-setup:
	@scripts/test-setup.sh

check-format:
	@unformatted=$$(gofmt -l $(GO_FILES)); \
	if [ -n "$$unformatted" ]; then echo "not formatted (make fmt):" >&2; echo "$$unformatted" >&2; exit 1; fi

race:
	@if [ "$$($(GO) env CGO_ENABLED)" = 1 ]; then \
		echo "$(GO) test -race -timeout $(PATIENCE) $(RACED)"; exec $(GO) test -race -timeout $(PATIENCE) $(RACED); \
	elif [ -n "$$CI" ]; then \
		echo "the race detector needs a C compiler" >&2; exit 1; \
	else \
		echo "WARNING: no C compiler, so the race detector is left out" >&2; \
		echo "$(GO) test $(RACED)"; exec $(GO) test -timeout $(PATIENCE) $(RACED); \
	fi

bench: build ## measure each figure beside its baseline
	$(BIN) bench

generate: ## write the code that comes from *.templ and db/query/*.sql
	$(TOOL) templ generate
	$(TOOL) sqlc generate

lint: ## run the linters of .golangci.yml
	$(LINTER) run ./...

fmt: ## format Go and templ files
	gofmt -w $(GO_FILES)
	$(TOOL) templ fmt .

css: ## build static/app.css (needs Node; building and testing Waybill does not)
	npm --prefix static/src install
	npm --prefix static/src run build

clean: ## remove what was built; data in .waybill stays
	rm -rf bin
