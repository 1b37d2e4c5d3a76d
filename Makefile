# make alone lists the targets. Everything that these install lands in .dev/ and
# internal/node_modules/.

# A pipe fails when any part of it does.
SHELL       = bash
.SHELLFLAGS = -o pipefail -c

DEV = go build -o .dev/bin/dev ./internal/dev && .dev/bin/dev

# stage runs a command, and says what it is and how long it took.
stage = @echo "== $(1)"; begun=$$(date +%s); { $(2); } || exit; took=$$(($$(date +%s) - begun)); \
	printf '== %s took %d:%02d minutes\n' "$(1)" $$((took / 60)) $$((took % 60))

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

.PHONY: run
run: ## start everything locally: emulators, a worker with a real model, the backend
	@go build -o .dev/bin/dev ./internal/dev && exec .dev/bin/dev up

.PHONY: reset
reset: ## forget what the local suite has stored
	@$(DEV) reset

.PHONY: install
install: ## install what make run needs, without starting it
	@$(DEV) install

.PHONY: workers
workers: ## install the real workers that tests use: llama.cpp and Ollama
	@$(DEV) workers

.PHONY: worker-check
worker-check: ## try on a worker all that the backend relies on: URL= [DIALECT=] [MODEL=] [CONTEXT=] [KEY_ENV=] [GOOGLE=1] [INSECURE=1]
	@$(DEV) worker-check --url "$(URL)" --dialect "$(DIALECT)" --model "$(MODEL)" --context "$(or $(CONTEXT),0)" --key-env "$(KEY_ENV)" $(if $(GOOGLE),--google) $(if $(INSECURE),--insecure)

.PHONY: eval
eval: ## ask a worker for 60 apps and look at each in a browser: WORKER_URL= [EVAL_TOKENS=2000] [EVAL_ONLY=regexp] [SAVE=FILE]; for the tasks of a bench also BENCH=DIR; look at stored answers: REPLIES=FILE; without either, ask the templates
	@go build -tags disable_grpc_modules -o .dev/bin/eval ./functions/server
	@$(DEV) exec --with auth,firestore -- node internal/eval/eval.mjs .dev/bin/eval

.PHONY: publish-model
publish-model: ## upload a model's files and publish them: DIR= ID= REV=
	@$(DEV) publish-model --dir "$(DIR)" --id "$(ID)" --rev "$(REV)"

.PHONY: claims
claims: ## set a user's plan and rights, or lock the user out: UID= PLAN= ADMIN= DENIED=
	@$(DEV) claims --uid "$(UID)" --plan "$(PLAN)" --admin "$(ADMIN)" --denied "$(DENIED)"

.PHONY: delete-account
delete-account: ## delete a user with all that is stored of them, for good: UID=
	@$(DEV) delete-account --uid "$(UID)"

.PHONY: check
check: lint ## the offline part of the tests; fast
	go test -race -shuffle=on ./...
	@echo "check: NOT TESTED here: rules, the store's contract on Firestore, the real workers, end to end. make test does."

.PHONY: lint
lint: ## gofmt, vet and the linter of internal/dev/tools/lint
	@out=$$(gofmt -l functions internal/*/); test -z "$$out" || { echo "gofmt: $$out"; exit 1; }
	go vet ./...
	go vet -tags soak,rollback,faults ./functions/server ./internal/e2e/... ./internal/turn
	@go -C internal/dev/tools build -o $(CURDIR)/.dev/bin/lint ./lint
	.dev/bin/lint ./...

# Ollama takes minutes and a C++ compiler to build: workers-test has what needs it.
OLLAMA_TESTS = ^TestConformance$$/^ollama$$

# Installing waits for the network most of the time, so it runs beside lint.
.PHONY: test
test: ## everything but what needs Ollama or takes half an hour, on real emulators, real SDKs and a real model
	$(call stage,install and lint,$(DEV) install & install=$$!; $(MAKE) --no-print-directory lint && wait $$install)
	@$(DEV) exec --with auth,firestore,bucket,hosting --worker llamacpp -- $(MAKE) --no-print-directory tests
	@echo "test: NOT TESTED here: Ollama (make workers-test), half an hour under load (make soak), every point of every fault (make faults)."

# A model in the browser and one on a worker each take all processors: one after
# the other is much faster than both at once.
.PHONY: tests
tests:
	$(call stage,unit tests and the stores on the emulator and llama.cpp,go test -race -shuffle=on -count=1 -timeout 20m -skip '$(OLLAMA_TESTS)' $$(go list ./... | grep -vE '/internal/(e2e|eval|template/apptest)'))
	$(call stage,what bounds a child that builds,go test -count=1 ./internal/builder)
	$(call stage,end to end,go build -race -o .dev/bin/server-race ./functions/server && \
		E2E_SERVER=$(CURDIR)/.dev/bin/server-race go test -race -count=1 -v -parallel 4 -timeout 30m -skip '^TestRealModel$$' ./internal/e2e/... ./internal/eval)
	$(call stage,the apps of the library,$(MAKE) --no-print-directory template-test && $(MAKE) --no-print-directory gallery APP=calculator)
	$(call stage,end to end with a real model,E2E_SERVER=$(CURDIR)/.dev/bin/server-race go test -race -count=1 -v -run '^TestRealModel$$/^llama.cpp$$' ./internal/e2e/sdk)
	$(call stage,fuzzing,$(MAKE) --no-print-directory fuzz)

FUZZTIME = 10s
.PHONY: fuzz
fuzz: ## every fuzz target, each for FUZZTIME=10s
	@$(DEV) fuzz --time $(FUZZTIME)

.PHONY: template-test
template-test: ## use the apps of the library in a browser, as people do: [APP=calculator,todo] [SEED=1]; pictures of what fails are in .dev/apptest
	@APPS="$(or $(APP),all)" go test -count=1 -v -timeout 30m -run TestApps ./internal/template/apptest

.PHONY: gallery
gallery: ## draw the apps of the library, each light, dark and on a phone, into .dev/gallery: [APP=calculator,todo]
	@GALLERY="$(or $(APP),all)" go test -count=1 -v -timeout 30m -run TestGallery ./internal/template/apptest

.PHONY: gallery-full
gallery-full: ## look at the apps of the library in every theme, width and language, and draw each, into .dev/gallery/full: [APP=calculator,todo]
	@LOOKS=all APPS="$(or $(APP),all)" go test -count=1 -v -timeout 60m -run TestApps ./internal/template/apptest

.PHONY: faults
faults: ## everything that can go wrong with a turn, at every point of it, and with the deletion of an account, and what is stored then (20 minutes)
	@$(DEV) exec --with auth,firestore -- $(MAKE) --no-print-directory fault-tests

.PHONY: fault-tests
fault-tests:
	FAULTS=all go test -count=1 -v -parallel 4 -timeout 60m -run 'TestFaults|TestDeletion' ./internal/e2e/turns ./internal/e2e/people | grep --line-buffered -vE '^=== '

.PHONY: soak
soak: ## a small instance under load, faults and attacks for SOAK=30m, and whether it grows
	@$(DEV) exec --with auth,firestore -- env SOAK=$(or $(SOAK),30m) go test -tags soak -count=1 -v -timeout 120m -run TestSoak ./internal/e2e/attacks

.PHONY: models-test
models-test: ## models alone: real gsutil and gcloud, signatures, a real browser and its engines, faults, speed
	@$(DEV) exec --with auth,firestore,bucket,hosting -- $(MAKE) --no-print-directory models-tests

.PHONY: models-tests
models-tests:
	@echo "== Google's 29 signatures, and what is refused"
	go test -count=1 -v -run 'TestVectors|TestRefused' ./internal/blob/blobtest | grep -E '^( *---|ok|FAIL|PASS)'
	@echo "== signing, the bucket, publishing, grants, sessions"
	go test -race -shuffle=on -count=1 -v ./internal/blob ./internal/catalogue ./internal/quota ./internal/auth | grep -E '^( *---|ok|FAIL|PASS| +[a-z_]+\.go)'
	@echo "== end to end"
	CROWD=all go test -race -count=1 -v -run 'Models|Saves' ./internal/e2e/models ./internal/e2e/browser | grep -vE '^=== '
	@echo "== speed"
	go test -run '^$$' -bench 'Grant|Publish' -benchtime 5s ./functions
	go test -run '^$$' -bench Redirect -benchtime 5s ./internal/e2e/models
	go test -run '^$$' -bench Download -benchtime 1x ./internal/e2e/browser

.PHONY: workers-test
workers-test: ## the workers alone: dialects and pools, real llama.cpp and Ollama, old answers of all, faults, leaks, speed
	@$(DEV) exec --with auth,firestore --worker llamacpp,ollama -- $(MAKE) --no-print-directory workers-tests

.PHONY: workers-tests
workers-tests:
	@echo "== dialects, pools, hosting; each with a check for goroutines left behind"
	go test -race -shuffle=on -count=1 -v ./internal/worker ./internal/worker/dialect ./internal/worker/hosting | grep -E '^(---|    [a-z_]+\.go|ok|FAIL|PASS)|FAIL'
	@echo "== conformance"
	go test -count=1 -v -timeout 20m ./internal/worker/conformance | grep -vE '^(=== | +--- PASS)'
	@echo "== a real model's text, through everything"
	go test -race -count=1 -v -run TestRealModel ./internal/e2e/sdk | grep -vE '^(=== |ℹ)'
	@echo "== speed"
	go test -run '^$$' -bench . -benchtime 2s ./internal/worker/...
	go test -run '^$$' -bench FirstText -benchtime 300x ./functions
	go test -run '^$$' -bench 'Token|Streams' -benchtime 2s ./functions

# Paths are seen from here, and the tests run in their own folders.
.PHONY: score
score: ## how well prompts and replies are read, here and in other corpora, and whether Chromium finds the faults that we find: [INTENT=FILE] [REPLIES=DIR] [ANSWERS=DIR LIBRARIES=DIR]
	@cd internal/intent && INTENT="$(abspath $(INTENT))" go test -count=1 -v -run TestScore . | grep -v '^===\|^ *---'
	@cd internal/artifact/reply && REPLIES="$(abspath $(REPLIES))" go test -count=1 -v -run TestScore . | grep -v '^===\|^ *---'
	@cd internal/artifact/check && ANSWERS="$(abspath $(ANSWERS))" LIBRARIES="$(abspath $(LIBRARIES))" go test -count=1 -timeout 2h -v -run TestScore . | grep -v '^===\|^ *---'

.PHONY: sbom
sbom: ## what comes from others, as a CycloneDX bill of materials: [OUT=.dev/sbom.cdx.json]
	@mkdir -p .dev && go run ./internal/dev/supply > $(or $(OUT),.dev/sbom.cdx.json) && echo "sbom: $(or $(OUT),.dev/sbom.cdx.json)"

# Each build has a folder and a cache of its own, so that the second one compiles all
# of it again.
.PHONY: reproduce
reproduce: ## build the server of the last commit twice, in two folders: both are the same bytes (10 minutes)
	@at=$$(mktemp -d) && trap 'chmod -R u+w '"$$at"'; rm -rf '"$$at" EXIT && for n in one two; do \
		mkdir -p $$at/$$n/source && git archive HEAD functions internal go.mod go.sum | tar -x -C $$at/$$n/source && \
		GOCACHE=$$at/$$n/cache go build -C $$at/$$n/source -trimpath -buildvcs=false -tags disable_grpc_modules -o $$at/$$n/server ./functions/server || exit; done && \
		sha256sum $$at/one/server $$at/two/server && cmp $$at/one/server $$at/two/server && echo "reproduce: the same bytes"

.PHONY: bench
bench: ## the figures of the README: start, memory, first text, a token, a grant, a publish, a turn
	go test -run '^$$' -bench . -benchtime 2s ./functions/... $$(go list ./internal/... | grep -v /e2e)
	@$(DEV) exec --with auth,firestore -- go test -run '^$$' -bench Turn -benchtime 1x ./internal/e2e/turns
