# Everything a newcomer needs: `make demo` and `make test`.

SWIFT ?= swift
BUILD := .build
NHAN := $(BUILD)/release/nhan
VENV := $(BUILD)/python
PREFIX ?= /usr/local
# What the C library knows this processor by: since 2015 most have AVX2, with which nhan is a twentieth faster. Built for it,
# nhan refuses to start where it is missing; `make PROCESSOR= install` is for any processor.
PROCESSOR ?= $(shell /lib64/ld-linux-x86-64.so.2 --help 2>/dev/null | sed -n 's/^ *x86-64-v3 .supported.*/x86-64-v3/p')
# Without debug information the same sources give the same files, plugins too: models name the digests of those they were
# trained with. With short functions of one module built into the others, which saves a few hundredths of the time.
RELEASE := -c release -debug-info-format none -Xswiftc -cross-module-optimization \
	$(if $(PROCESSOR),-Xswiftc -Xcc -Xswiftc -march=$(PROCESSOR))
TRAIN := training-data/train
TEST := training-data/test
CONFIG := Models/themes.yaml
MODEL := Models/themes.safetensors
BASELINE := Models/themes.baseline.json

.PHONY: help current-modules card demo test build install check-install products dependencies python browser model check-model check-data evaluate baseline peers format lint clean debug-test benchmarks benchmark-program check-benchmarks

help:
	@echo "make demo         install what is missing, build, train, tag a few articles and show why"
	@echo "make test         install what is missing, build, run every test"
	@echo "make model        train Models/themes.safetensors from training-data/train"
	@echo "make check-model  train again and compare with the committed model"
	@echo "make check-data   check the training data: near-duplicates, labels, front matter"
	@echo "make card         write the model card Models/themes.md"
	@echo "make evaluate     measure the committed model on training-data/test against the baseline"
	@echo "make install      install the command and its runtime below PREFIX ($(PREFIX))"
	@echo "make check-install  install into a scratch folder and use that copy, with a plugin in Swift"
	@echo "make benchmarks   measure each part of the way; check-benchmarks compares allocations and instructions"
	@echo "make peers        measure nhan beside other programs on two public sets (PEERS=\"--sets FOLDER\")"
	@echo "make lint         check the formatting; make format mends it"

# The system's BLAS and, for one test, Python's safetensors. Says exactly what to install where it cannot.
dependencies:
	@Scripts/install-dependencies.sh

python: dependencies
	@Scripts/python-environment.sh $(VENV)

# None built before a source changed.
current-modules: dependencies
	@Scripts/forget-modules.sh $(BUILD) $(NHAN) Package.swift Sources Plugins

build: current-modules
	$(SWIFT) build $(RELEASE) --product nhan

demo: build
	$(NHAN) train --config $(CONFIG) --data $(TRAIN) --output $(BUILD)/demo.safetensors
	@echo
	@echo "Tags of articles that the model has not seen, and the phrases that decided them:"
	$(NHAN) classify --model $(BUILD)/demo.safetensors --format table --evidence 3 Examples
	@echo "Every phrase for and against: $(NHAN) explain --model $(BUILD)/demo.safetensors Examples/"

install: products
	Scripts/install.sh $(PREFIX)

check-install: products
	Scripts/check-install.sh

products: current-modules
	$(SWIFT) build $(RELEASE)

# Tests open the web pages in a browser; where it cannot be installed so, the tests that need it say how to get it.
browser: dependencies
	-@Scripts/install-dependencies.sh chromium

test: python browser
	NHAN_PYTHON=$(abspath $(VENV))/bin/python3 $(SWIFT) test

model: build
	$(NHAN) train --config $(CONFIG) --data $(TRAIN) --output $(MODEL)

check-model: build
	$(NHAN) train --config $(CONFIG) --data $(TRAIN) --output $(BUILD)/check.safetensors
	$(NHAN) model compare $(MODEL) $(BUILD)/check.safetensors

# Some articles are decomposed (NFD) on purpose, as on the web.
check-data: build
	$(NHAN) data check $(TRAIN) $(TEST) --config $(CONFIG) --allow encoding=any

evaluate: build
	$(NHAN) evaluate --model $(MODEL) --data $(TEST) --by form --baseline $(BASELINE) --fail-on regression \
		--report $(BUILD)/evaluation.html

baseline: build
	$(NHAN) evaluate --model $(MODEL) --data $(TEST) --format json > $(BASELINE)

# The model card: what the model says of itself, and how it does on the test articles.
card: build
	Scripts/model-card.sh $(NHAN) $(MODEL) $(TEST) > Models/themes.md

benchmarks: benchmark-program
	cd Benchmarks && .build/release/nhan-benchmarks

check-benchmarks: benchmark-program
	cd Benchmarks && ./thresholds.py check .build/release/nhan-benchmarks

benchmark-program: dependencies
	@Scripts/forget-modules.sh Benchmarks/.build Benchmarks/.build/release/nhan-benchmarks \
		Package.swift Sources Benchmarks/Package.swift Benchmarks/Sources
	cd Benchmarks && $(SWIFT) build -c release

peers:
	Benchmarks/peers/run.sh --report $(BUILD)/report $(PEERS)

format:
	$(SWIFT) format -i --configuration .swift-format -r Package.swift Sources Tests Plugins Kit/Package.swift Benchmarks/Package.swift Benchmarks/Sources

lint:
	$(SWIFT) format lint --strict --configuration .swift-format -r Package.swift Sources Tests Plugins Kit/Package.swift Benchmarks/Package.swift Benchmarks/Sources

clean:
	rm -rf $(BUILD)
