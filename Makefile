# Keydeck. Only Rust is needed beforehand; each of the four sets up what else it needs, once.
#
#   make run      builds and opens the window; without a display it walks through a virtual one
#   make test     everything that must hold, end to end in the real window included
#   make bench    the figures of the release build, each beside what it is compared with
#   make package  .deb and .rpm of the window, .deb of keydeck-server, installed once and started: target/packages/
#
# All that is fetched or built lies in target/ and ui/node_modules/.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := run

.PHONY: run test bench package icons pictures
run test bench package icons pictures:
	@scripts/$@.sh
