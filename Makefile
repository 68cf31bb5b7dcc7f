.PHONY: help run dev check test test-rust test-web test-browser deny web api drawing migration bench fuzz faults clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: ## set up, build and start the server with the demo workshop
	@sh scripts/setup.sh run
	@$(MAKE) --no-print-directory web
	@cargo build --release
	@PLENARY_DEMO=$${PLENARY_DEMO:-on} exec ./target/release/plenary serve

dev: web/node_modules/.package-lock.json ## the demo server at http://localhost:5173, where changes of the UI show at once
	@sh scripts/setup.sh run
	@sh scripts/dev.sh

check: web/node_modules/.package-lock.json deny ## formats, types and lints, no tests
	cargo fmt --check
	cd web && npm run --silent format:check
	cd web && npm run --silent check
	cd web && npm run --silent --if-present lint
	cargo clippy --quiet --all-targets -- -D warnings

test: ## set up what tests need and run everything
	@sh scripts/test.sh

test-rust: ## Rust tests with T in their names: make test-rust T=discussion::held
	cargo test --quiet $(T)

test-web: web/node_modules/.package-lock.json ## UI tests whose file names hold T: make test-web T=outbox
	cd web && npx vitest run $(T)

test-browser: web ## browser tests whose file names hold T: make test-browser T=polls
	cargo build --quiet
	node tests/browser/run.js $(T)

deny: ## licences and sources of the crates, where cargo-deny is installed
	@sh scripts/deny.sh

web: web/dist/index.html ## build the web UI

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(shell find web/src web/public web/build web/index.html web/*.ts web/*.js -type f 2>/dev/null)
	cd web && npm run --silent build
	@touch $@

api: web/node_modules/.package-lock.json ## write the UI's API types anew from the server's OpenAPI
	cargo build --quiet
	cd web && npm run --silent api

drawing: ## draw the imports anew: docs/IMPORTS.md
	PLENARY_DRAW=1 cargo test --quiet --test architecture the_drawing

migration: ## begin a migration: make migration NAME=verb_noun
	@sh scripts/migration.sh "$(NAME)"

bench: web ## the load driver; see benches/
	cargo bench --bench load -- $(SCENARIO)

fuzz: ## calls of the OpenAPI with generated input, on the demo: make fuzz N=50 for more of them
	@sh scripts/fuzz.sh $(N)

faults: ## 100 rounds of each crash of one server, and 100 with three servers and NATS
	PLENARY_FAULT_ROUNDS=100 cargo test --release --test faults -- --nocapture

clean: ## remove what was built, not the data
	cargo clean
	rm -rf web/dist web/node_modules
