# avow: what this tree can do. Everything builds into build/; `make help` lists the targets.

MESON  ?= meson
PREFIX ?= /usr/local
LOG    ?= $(firstword $(wildcard ../shared/capi2/real-logs/*ShadowCopy*.evtx) $(wildcard examples/*.evtx))

help:      ## this list
	@grep -E '^[a-z-]+: .*## ' Makefile | sed -E 's/:[^#]*## /	/' | expand -t 12

demo: deps build   ## install what is needed, build, and explain a real CAPI2 log
	./build/avow explain '$(LOG)' || [ $$? -le 2 ] # 1 and 2 are answers too

check: deps-tests  ## all tests: gcc, clang, sanitizers, floors, a short fuzz run
	tools/check-all

build: build/build.ninja   ## the program, at build/avow
	ninja -C build

install: build     ## into $(PREFIX)
	$(MESON) install -C build

fuzz: deps-tests   ## ten minutes of fuzzing for each parser (FUZZ_SECONDS=600)
	tools/fuzz-all $(or $(FUZZ_SECONDS),600)

latency: deps-tests build  ## answers within their budget and 0.2 s, on a machine with nothing else to do
	python3 tests/net/latency.py build/avow --strict
	AVOW_STRICT=1 $(MESON) test -C build unit/ask unit/connect unit/ldap unit/transfer

soak: deps-tests build     ## 10,000 questions against a hostile server
	python3 tests/net/soak.py build/avow $(or $(SOAK_QUESTIONS),10000)

peers: deps-tests build    ## curl, openssl and avow on the same failures, into doc/
	python3 tests/net/peers.py build/avow doc/side-by-side.md

bench: deps-bench build    ## avow beside its peers, as ratios
	bench/run

format:    ## let clang-format lay out what changed
	clang-format -i $$(git ls-files '*.c' '*.h')

dist: build        ## a release tarball
	$(MESON) dist -C build --no-tests

clean:     ## remove all that was built
	rm -rf build build-*

build/build.ninja: | deps
	$(MESON) setup build --prefix=$(PREFIX)

deps:
	@./deps.sh
deps-tests:
	@./deps.sh --tests
deps-bench:
	@./deps.sh --bench

.PHONY: help demo check build install fuzz latency soak peers bench format dist clean deps deps-tests deps-bench
