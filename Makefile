# poda: everything a person types. The rooms are told apart in README.md.
#   make demo   set up, build, explore a bundled model     make check    sanitizers, analysis, fuzzing
#   make test   set up, build, run every test              make bench    ratios against other runtimes
BUILD  ?= build
PREFIX ?= /usr/local
PKGS    = ncursesw sqlite3 libcjson openblas libprotobuf-c zlib libzip nettle
WARN    = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
OPT    ?= -O2
CFLAGS += -std=c11 -D_XOPEN_SOURCE=700 $(WARN) $(OPT) -g -ffp-contract=off -I. -I$(BUILD)/gen \
          $(if $(SAN),-fsanitize=address$(comma)undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer $(if $(findstring clang,$(CC)),,-Wno-format-truncation)) \
          $(filter-out -D%,$(shell pkg-config --cflags $(PKGS) 2>/dev/null))
LDLIBS += $(shell pkg-config --libs $(filter-out openblas,$(PKGS)) 2>/dev/null) -lpthread -ldl -lm # blas.c loads OpenBLAS
comma  := ,

# One source, three instruction sets; the plain one is the oracle of the other two.
LEVELS  = plain $(if $(filter x86_64,$(shell uname -m)),avx2 avx512)
KFLAGS_plain  =
KFLAGS_avx2   = -mavx2 -mfma
KFLAGS_avx512 = -mavx512f -mavx512dq -mavx512vl -mavx512bw -mfma -mprefer-vector-width=512
LANES   = $(wildcard engine/kernels/lanes*.c)

LIBSRC  = $(filter-out $(LANES),$(wildcard engine/*/*.c)) $(wildcard views/*.c store/*.c app/*.c app/*/*.c)
LIBOBJ  = $(patsubst %.c,$(BUILD)/%.o,$(filter-out app/main.c,$(LIBSRC))) $(BUILD)/gen/onnx.pb-c.o \
          $(foreach l,$(LEVELS),$(patsubst %.c,$(BUILD)/%.$(l).o,$(LANES)))
UTILS   = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/unit/util*.c))
UNITS   = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))

.PHONY: all run demo test unit check bench install clean setup
all: $(BUILD)/poda
setup:
	@app/packaging/setup
run: all
	@$(BUILD)/poda
demo: setup
	@$(MAKE) -s -j2 all
	@app/packaging/demo $(BUILD)/poda
test:
	@app/packaging/setup --tests
	@$(MAKE) -s -j2 all units $(BUILD)/conformance
	@tests/run $(BUILD)
unit: units
	@tests/run $(BUILD) unit
check: setup
	@tests/check $(BUILD) $(PART)
bench: all
	@tests/bench/run $(BUILD)
install: all
	@app/packaging/install $(BUILD) "$(DESTDIR)$(PREFIX)"
clean:
	rm -rf $(BUILD) build-*

.PHONY: units
units: $(UNITS)
$(BUILD)/poda: $(BUILD)/app/main.o $(BUILD)/libpoda.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/libpoda.a: $(LIBOBJ)
	@rm -f $@
	ar rcs $@ $^
$(BUILD)/unit/%: tests/unit/%.c $(UTILS) $(BUILD)/libpoda.a | $(BUILD)/gen/onnx.pb-c.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(UTILS) $(BUILD)/libpoda.a -lcmocka $(LDLIBS)
$(BUILD)/conformance: $(wildcard tests/conformance/*.c) $(BUILD)/libpoda.a | $(BUILD)/gen/onnx.pb-c.h
	$(CC) $(CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $(wildcard tests/conformance/*.c) $(BUILD)/libpoda.a $(LDLIBS)
$(BUILD)/gen/onnx.pb-c.c $(BUILD)/gen/onnx.pb-c.h &: engine/io/onnx.proto
	@mkdir -p $(BUILD)/gen
	protoc-c --proto_path=engine/io --c_out=$(BUILD)/gen onnx.proto
$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(CC) $(CFLAGS) -w -c -o $@ $<
define level_rule
$$(BUILD)/engine/kernels/%.$(1).o: engine/kernels/%.c
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) -O3 -fno-math-errno -fno-trapping-math $$(KFLAGS_$(1)) -DKERNEL_LEVEL=$(1) -MMD -MP -c -o $$@ $$<
endef
$(foreach l,$(LEVELS),$(eval $(call level_rule,$(l))))
$(BUILD)/%.o: %.c | $(BUILD)/gen/onnx.pb-c.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
-include $(LIBOBJ:.o=.d) $(BUILD)/app/main.d $(UTILS:.o=.d) $(UNITS:=.d)
