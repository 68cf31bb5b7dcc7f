.PHONY: help run test web bench faults clean

help: ## what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

run: ## set up, build and start the server with the demo workshop
	@sh scripts/setup.sh run
	@$(MAKE) --no-print-directory web
	@cargo build --release
	@PLENARY_DEMO=$${PLENARY_DEMO:-on} exec ./target/release/plenary serve

test: ## set up what tests need and run everything
	@sh scripts/test.sh

web: web/dist/index.html ## build the web UI

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(shell find web/src web/public web/build web/index.html web/*.ts web/*.js -type f 2>/dev/null)
	cd web && npm run --silent build
	@touch $@

bench: web ## the load driver; see benches/
	cargo bench --bench load -- $(SCENARIO)

faults: ## 100 rounds of each crash of one server, and 100 with three servers and NATS
	PLENARY_FAULT_ROUNDS=100 cargo test --release --test faults -- --nocapture

clean: ## remove what was built, not the data
	cargo clean
	rm -rf web/dist web/node_modules
