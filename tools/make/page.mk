.PHONY: page
page: tools/node_modules/.package-lock.json ## compile internal/signup/web into internal/signup/assets
	node tools/page.mjs

test/page/node_modules/.package-lock.json: test/page/package-lock.json
	$(NPM_CI) --prefix test/page
	touch $@

# More flags for node, for example PAGEFLAGS='--test-name-pattern=keyboard'. What
# a failed scene showed is in test/page/failures/.
PAGEFLAGS ?=

.PHONY: test-page
test-page: build need-chromium test/page/node_modules/.package-lock.json ## register on the sign-up page and in Swagger UI with a real browser
	go run ./test/stage -scenarios test/page/stage.json node --test --test-reporter=spec $(PAGEFLAGS) test/page/*.test.mjs

.PHONY: screenshots
screenshots: build need-chromium test/page/node_modules/.package-lock.json ## take the README's pictures into docs/images/
	go run ./test/stage -scenarios test/page/stage.json node test/page/screenshots.mjs

# What is compiled from TypeScript is what the sources say.
.PHONY: check-page
check-page: sdk-typescript page
	@git diff --exit-code -- gen/sdk/typescript internal/signup/assets || { echo 'commit what `make sdk-typescript page` made' >&2; exit 1; }
	@extra=$$(git ls-files --others -- gen/sdk/typescript internal/signup/assets); test -z "$$extra" || { printf 'not in git: %s\n' $$extra >&2; exit 1; }

.PHONY: swagger-ui
swagger-ui: ## take the pinned release of Swagger UI into the tree (needs the network)
	internal/swaggerui/update.sh

.PHONY: need-chromium
need-chromium:
	@command -v "$${CHROMIUM:-/usr/bin/chromium}" >/dev/null || { \
		echo "Chromium is needed here and there is none; on Debian: apt-get install chromium, or name it in CHROMIUM" >&2; exit 1; }
