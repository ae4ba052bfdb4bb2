# Pages and Swagger UI

.PHONY: page
page: tools/node_modules/.package-lock.json ## compile internal/pages/web into internal/pages/assets (needs Node)
	node tools/page.mjs

test/page/node_modules/.package-lock.json: test/page/package-lock.json
	$(NPM_CI) --prefix test/page
	touch $@

# More flags for node, for example PAGEFLAGS='--test-name-pattern=keyboard'. A scene that fails
# leaves a picture in test/page/failures/. Two files run at a time: pages wait more than they compute.
PAGEFLAGS ?=

ON_STAGE = go run ./test/stage -scenarios test/page/stage.json node

.PHONY: test-page
test-page: build need-chromium test/page/node_modules/.package-lock.json ## test the pages and Swagger UI in Chromium
	$(ON_STAGE) --test --test-reporter=spec --test-concurrency=2 $(PAGEFLAGS) test/page/*.test.mjs

.PHONY: screenshots
screenshots: build need-chromium need-chinese test/page/node_modules/.package-lock.json ## take the pictures of docs/images/
	$(ON_STAGE) test/page/screenshots.mjs

.PHONY: check-page
check-page: sdk-typescript page ## fail if the page's compiled files differ from its sources
	@tools/make/committed.sh 'sdk-typescript page' gen/sdk/typescript internal/pages/assets

.PHONY: swagger-ui
swagger-ui: ## download the pinned release of Swagger UI into the tree
	internal/swaggerui/update.sh

.PHONY: need-chromium
need-chromium:
	@command -v "$${CHROMIUM:-/usr/bin/chromium}" >/dev/null || \
		{ echo 'Chromium is needed. Name it in CHROMIUM or, on Debian: apt-get install chromium' >&2; exit 1; }

.PHONY: need-chinese
need-chinese:
	@fc-list :lang=zh | grep -q . || \
		{ echo 'A Chinese font is needed. On Debian: apt-get install fonts-wqy-microhei' >&2; exit 1; }
