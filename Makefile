# make trace    build and run the first exchange
# make test     all tests, as .ci/run does
# make check    formatting, vet, staticcheck, tests under the race detector
# make diagnosis-matrix  what is said of every fixture and kept run anew, in analyze/diagnose/matrix.md
# make man      the manual page, bin/tcplab.1, from the commands themselves
# make fuzz     each fuzz target for FUZZTIME (5s), one after the other; what they find lands in testdata/fuzz
# make bench    tcplab beside tcpdump, capinfos, tcptrace and tshark on generated captures; needs 4 GB in $TMPDIR
# make canonical-soak  every scenario 100 times (RUNS=N): one canonical report, to the byte
# make soak     each scenario with a forced shape 100 times, and the handouts' racing closes 200 times; hours
# make pgo      $(PROFILE) anew: what reading captures spends its time on, by which "make build" has the program arranged
# make pcaps    the evidence in pcaps/ anew, each case by the command in its want.json, with its report
# make pcaps-reports  the reports alone, of the evidence as it is
# make install  put tcplab where "go install" puts programs

SHELL       := /bin/bash
GO          ?= go
VERSION     := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS     := -X main.version=$(VERSION)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME    ?= 5s
PROFILE     := cmd/tcplab/reading.pgo

.PHONY: trace build test check fuzz bench diagnosis-matrix soak pgo man pcaps pcaps-reports canonical-soak install deps clean

# Capturing on the machine's own lo needs CAP_NET_RAW. Who lacks it gets the same run in a network of its own, and is told.
trace: build
	@if [ "$$(id -u)" = 0 ] || PATH="$$PATH:/usr/sbin:/sbin" getcap bin/tcplab 2>/dev/null | grep -q cap_net_raw; then \
		bin/tcplab trace --iface lo; \
	else \
		echo "no right to capture on this machine's lo, so this runs in a network of its own (--sealed); for the real one:"; \
		echo "    sudo setcap cap_net_raw+ep $(CURDIR)/bin/tcplab"; \
		bin/tcplab trace --iface lo --sealed; \
	fi

build: deps
	@$(GO) build -trimpath -pgo=$(PROFILE) -ldflags '$(LDFLAGS)' -o bin/tcplab ./cmd/tcplab

test: deps
	$(GO) test -timeout 30m ./...

check: deps
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "gofmt: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) test -race -short ./...

fuzz: deps
	@for package in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n 1 dirname | sort -u); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\).*/\1/p' $$package/*_test.go); do \
			echo "$$package $$target"; \
			$(GO) test $$package -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) || exit 1; \
		done; \
	done

bench: build
	$(GO) run -pgo=$(PROFILE) ./cmd/bench $(BENCHFLAGS)

# TCPLAB_SOAK is the number of runs of a forced shape; races are run twice as often.
SOAK := 100
soak: deps
	TCPLAB_SOAK=$(SOAK) nice $(GO) test -timeout 12h -count 1 -v -run 'TestSoak' ./cmd/tcplab

pgo: deps
	$(GO) test -trimpath ./cmd/tcplab -run '^$$' -bench '^BenchmarkRead$$' -benchtime 6x -cpuprofile $(PROFILE) -o /dev/null

# What a rule says of the evidence of all others: the test of the same name fails where this is not current.
diagnosis-matrix:
	$(GO) test ./analyze -run "TestMatrixIsCurrent|TestEveryVantage" -matrix
	@git --no-pager diff --stat -- analyze/diagnose/matrix.md analyze/testdata/kernel/said.md

man: build
	@bin/tcplab man > bin/tcplab.1 && echo 'man -l bin/tcplab.1'

# The tests then say where this kernel's runs are judged otherwise than those they replace.
pcaps: build
	@for want in pcaps/*/want.json; do \
		arguments=$$(sed -n 's/.*"command": "tcplab \(.*\)".*/\1/p' $$want); \
		bin/tcplab $$arguments --save $$(dirname $$want) --output /dev/null || exit 1; \
	done
	@$(MAKE) --no-print-directory pcaps-reports

pcaps-reports: build
	@for case in pcaps/*/; do bin/tcplab analyze $$case --canonical --output $${case}report.txt || exit 1; done

canonical-soak: deps
	TCPLAB_RUNS=$(or $(RUNS),100) $(GO) test ./cmd/tcplab -run TestCanonical -timeout 24h -v

install: deps
	$(GO) install -trimpath -pgo=$(PROFILE) -ldflags '$(LDFLAGS)' ./cmd/tcplab

clean:
	rm -rf bin

# A C compiler and the headers of libpcap are all that Go itself does not bring.
deps:
	@command -v $(GO) >/dev/null || { echo "Go is needed: https://go.dev/dl (the version in go.mod or newer)"; exit 1; }
	@echo '#include <pcap/pcap.h>' | $${CC:-gcc} -E - >/dev/null 2>&1 || { $(install_build_packages); }

define install_build_packages
	packages="gcc libc6-dev libpcap-dev"; \
	command -v apt-get >/dev/null || { echo "needed to build: a C compiler and the headers of libpcap (libpcap-devel, libpcap-dev)"; exit 1; }; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	echo "installing what the build needs: $$sudo apt-get install $$packages"; \
	{ $$sudo apt-get install -y -q $$packages || { $$sudo apt-get update -q && $$sudo apt-get install -y -q $$packages; }; } >/dev/null </dev/null || \
	{ echo "could not install; as root: apt-get install $$packages"; exit 1; }
endef
