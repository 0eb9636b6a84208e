# losslab: `make help` lists the targets.
#
# Two builds of the same sources: float (ll_real = float) and double (-DLL_DOUBLE), under $(BUILD)/float and $(BUILD)/double.
# Files named *.simd.c are compiled once per instruction set and chosen at start (engine/base/isa.h); on other machines than x86-64
# there is one set, base.

ifeq ($(origin CC),default)
CC := gcc
endif
PREFIX   ?= /usr/local
DESTDIR  ?=
BUILD    ?= build
BIN      ?= bin
OPT      ?= -O2
WARN     ?= -Wall -Wextra -Wshadow -Wconversion
WERROR   ?=
SANITIZE ?=
LDFLAGS  ?=
FUZZER   ?=
# Where headers and libraries of another machine stand, for a cross compiler (tests/cross fills such a folder).
SYSROOT  ?=
# The commit, of this folder's own repository; without one, what the file REVISION says (make deb writes it), else unknown.
REVISION := $(or $(shell [ -e .git ] && git describe --always --dirty 2>/dev/null),$(shell cat REVISION 2>/dev/null),unknown)
VERSION  := $(shell sed -n 's/.*LL_VERSION "\(.*\)"/\1/p' include/losslab/base.h)
SO_VERSION  := $(firstword $(subst ., ,$(VERSION)))
LUA_VERSION := 5.4
MAKEFLAGS += --no-builtin-rules
# The compiler's flags as far as numbers may depend on them: no warnings, no paths, nothing that would need quoting.
FLAGS_LEFT = $(filter-out -std=% -fPIC -fvisibility=% -g% -M% -W% -w -I% -L%,$(filter -%,$(OPT) $(SANITIZE) $(MATH) $(CFLAGS)))
FLAGS = $(strip $(foreach f,$(FLAGS_LEFT),\
  $(if $(findstring /,$f)$(findstring ",$f)$(findstring ',$f)$(findstring \,$f)$(findstring `,$f),,$f)))
Q := $(if $(V),,@)# V=1 shows the commands

# The serial OpenBLAS, for its LAPACK: threads are losslab's own, and its bits must not depend on their number. It is loaded when
# LAPACK is first asked for (engine/base/blas.c), so nothing is linked with it.
BLAS_DIR    := $(patsubst $(SYSROOT)%,%,$(firstword $(wildcard $(SYSROOT)/usr/lib/*/openblas-serial) /usr/lib))
LUA_CFLAGS  := $(shell pkg-config --cflags lua5.4 2>/dev/null)
LUA_LIBS    := $(shell pkg-config --libs lua5.4 2>/dev/null)
LIBS        := -lsqlite3 -lmd -lzstd -lz -lm
BIND_LIBS   := -lseccomp $(LIBS)

CSTD   := -std=gnu11 -fPIC -fvisibility=default -MMD -MP
# No product and sum become one by the compiler's choice: what is fused says so (engine/base/fma.h), on every instruction set.
MATH   := -fno-math-errno -fno-trapping-math -ffp-contract=off
CFLAGS_ALL = $(SYSROOT:%=--sysroot=%) $(CSTD) $(OPT) -g $(WARN) $(WERROR) $(SANITIZE) $(MATH) -Iinclude -I. $(CFLAGS)

LINK = $(SYSROOT:%=--sysroot=%)

ENGINE := $(filter-out %.simd.c,$(wildcard engine/*/*.c engine/*/*/*.c))
SIMD   := $(wildcard engine/*/*.simd.c engine/*/*/*.simd.c)
PROGRAM := lua/bind/program.c $(wildcard lua/bind/prompt*.c)
BIND   := $(filter-out $(PROGRAM),$(wildcard lua/bind/*.c))
TESTS_C   := $(sort $(basename $(wildcard $(patsubst %,tests/%/*.c,unit grad reference property oom fuzz))))
TESTS_LUA := $(sort $(filter-out tests/lua/tap.lua tests/lua/fixture_%,$(wildcard tests/lua/*.lua tests/fuzz/*.lua)))
TESTS_E2E := $(sort $(wildcard tests/e2e/*.t tests/soak/*.t))
# Pages whose examples are run (tests/documents): the tutorials, and those with a line <!-- run -->.
PAGES_RUN := $(sort $(wildcard docs/tutorials/*.md) $(shell grep -l '^<!-- run -->$$' docs/*.md docs/*/*.md 2>/dev/null))
PAGES_R   := $(if $(PAGES_RUN),$(shell grep -l '^```r$$' $(PAGES_RUN)))
EXTENSION := $(filter-out engine/sql/sql_store.c,$(wildcard engine/sql/*.c)) $(wildcard extension/*.c)
BENCH_C   := $(basename $(wildcard tests/bench/*.c))
# Which machine the compiler compiles for: x86_64, aarch64.
MACHINE := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
ISAS   := base $(if $(filter x86_64,$(MACHINE)),v3 v4)
ISA_base := -O3 -DLL_ISA=base
ISA_v3   := -O3 -DLL_ISA=v3 -march=x86-64-v3
ISA_v4   := -O3 -DLL_ISA=v4 -march=x86-64-v4 -mprefer-vector-width=512
OPT_SIMD ?= # said behind these

DEF_float  :=
DEF_double := -DLL_DOUBLE

.PHONY: help all demo experiments test check bench lint asan tsan fuzz soak debug docs docs-test man deb package-test install uninstall install-rock clean \
        format packages packages-test packages-lint packages-deb packages-fuzz packages-cross packages-docs packages-docs-test print-libs golden golden-aarch64 lint-format \
        lint-lua lint-house lint-warnings lint-tidy
.SECONDARY:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
help: ## this list
	@echo 'make             build programs and libraries, in float and in double'
	@sed -n 's/^\([a-z-]*\):.* ## \(.*\)/\1\t\2/p' Makefile | awk -F '\t' '{ printf "make %-11s %s\n", $$1, $$2 }'
	@echo 'Variables: CC, OPT, BUILD, BIN, PREFIX, V=1 (show the commands). CONTRIBUTING.md says more.'
all: $(BIN)/losslab $(BIN)/losslab-double $(BUILD)/lua/losslab/core.so $(BUILD)/lua/losslab/core_double.so \
     $(BUILD)/liblosslab.a $(BUILD)/liblosslab.so $(BUILD)/liblosslab_double.a $(BUILD)/liblosslab_double.so $(BUILD)/losslab_sqlite.so

# rules for one precision: $(1) = float or double, $(2) = suffix of the names
define precision
OBJ_$(1)  := $$(ENGINE:%.c=$$(BUILD)/$(1)/%.o) $$(foreach i,$$(ISAS),$$(SIMD:%.simd.c=$$(BUILD)/$(1)/%.$$(i).o))
BOBJ_$(1) := $$(BIND:%.c=$$(BUILD)/$(1)/%.o)
POBJ_$(1) := $$(PROGRAM:%.c=$$(BUILD)/$(1)/%.o)

$$(BUILD)/$(1)/engine/%.o: engine/%.c
	@mkdir -p $$(@D); echo '  $$@'
	$$(Q)$$(CC) $$(CFLAGS_ALL) $$(DEF_$(1)) -c $$< -o $$@
$$(BUILD)/$(1)/engine/%.base.o: engine/%.simd.c
	@mkdir -p $$(@D); echo '  $$@'
	$$(Q)$$(CC) $$(CFLAGS_ALL) $$(DEF_$(1)) $$(ISA_base) $$(OPT_SIMD) -c $$< -o $$@
$$(BUILD)/$(1)/engine/%.v3.o: engine/%.simd.c
	@mkdir -p $$(@D); echo '  $$@'
	$$(Q)$$(CC) $$(CFLAGS_ALL) $$(DEF_$(1)) $$(ISA_v3) $$(OPT_SIMD) -c $$< -o $$@
$$(BUILD)/$(1)/engine/%.v4.o: engine/%.simd.c
	@mkdir -p $$(@D); echo '  $$@'
	$$(Q)$$(CC) $$(CFLAGS_ALL) $$(DEF_$(1)) $$(ISA_v4) $$(OPT_SIMD) -c $$< -o $$@
$$(BUILD)/$(1)/lua/%.o: lua/%.c
	@mkdir -p $$(@D); echo '  $$@'
	$$(Q)$$(CC) $$(CFLAGS_ALL) $$(DEF_$(1)) $$(LUA_CFLAGS) -c $$< -o $$@
$$(BUILD)/$(1)/tests/%.o: tests/%.c
	@mkdir -p $$(@D); echo '  $$@'
	$$(Q)$$(CC) $$(CFLAGS_ALL) $$(DEF_$(1)) -c $$< -o $$@

$$(BUILD)/$(1)/engine/store/schema.o: engine/store/schema.sql
$$(BUILD)/$(1)/engine/base/blas.o: DEF_$(1) += -DLL_BLAS='"$$(BLAS_DIR)/libopenblas.so.0"'
$$(BUILD)/$(1)/lua/bind/help.o: DEF_$(1) += -DLL_HELP_TEXT='"$$(BUILD)/help.txt"'
$$(BUILD)/$(1)/lua/bind/help.o: $$(BUILD)/help.txt
$$(BUILD)/$(1)/engine/base/revision.o: DEF_$(1) += -DLL_REVISION='"$$(REVISION)"' -DLL_FLAGS='"$$(FLAGS)"'
$$(BUILD)/$(1)/engine/base/revision.o: $$(BUILD)/revision

$$(BUILD)/liblosslab$(2).a: $$(OBJ_$(1))
	@rm -f $$@; echo '  $$@'
	$$(Q)ar rcs $$@ $$^
$$(BUILD)/liblosslab$(2).so: $$(OBJ_$(1))
	@echo '  $$@'
	$$(Q)$$(CC) $$(LINK) $$(LDFLAGS) $$(SANITIZE) -shared -Wl,-soname,liblosslab$(2).so.$$(SO_VERSION) -o $$@ $$^ $$(LIBS)
$$(BUILD)/lua/losslab/core$(2).so: $$(BOBJ_$(1)) $$(BUILD)/liblosslab$(2).a
	@mkdir -p $$(@D); echo '  $$@'
	$$(Q)$$(CC) $$(LINK) $$(LDFLAGS) $$(SANITIZE) -shared -Wl,-Bsymbolic -Wl,--exclude-libs,ALL -o $$@ $$^ $$(BIND_LIBS)
$$(BIN)/losslab$(subst _,-,$(2)): $$(POBJ_$(1)) $$(BOBJ_$(1)) $$(BUILD)/liblosslab$(2).a
	@mkdir -p $$(@D); echo '  $$@'
	$$(Q)$$(CC) $$(LINK) $$(LDFLAGS) $$(SANITIZE) -o $$@ $$^ $$(LUA_LIBS) -ledit $$(BIND_LIBS)
$$(BUILD)/$(1)/tests/%: $$(BUILD)/$(1)/tests/%.o $$(BUILD)/liblosslab$(2).a
	@echo '  $$@'
	$$(Q)$$(CC) $$(LINK) $$(LDFLAGS) $$(SANITIZE) $$(FUZZER) -o $$@ $$^ $$(LIBS)

-include $$(patsubst %.o,%.d,$$(OBJ_$(1)) $$(BOBJ_$(1)) $$(POBJ_$(1))) \
  $$(patsubst %,$$(BUILD)/$(1)/%.d,$$(TESTS_C) $$(BENCH_C))
endef
$(eval $(call precision,float,))
$(eval $(call precision,double,_double))
# The products hold both precisions in each library and know nothing of LL_DOUBLE; they are what takes longest to compile.
$(BUILD)/double/engine/matrix/gemm.%.o: $(BUILD)/float/engine/matrix/gemm.%.o
	@mkdir -p $(@D); cp $< $@

# What stands in the C bindings for help, as one text that help.c embeds.
$(BUILD)/help.txt: lua/bind/help.awk $(wildcard lua/bind/*.c)
	@mkdir -p $(@D); echo '  $@'
	$(Q)LC_ALL=C awk -f lua/bind/help.awk $(sort $(wildcard lua/bind/*.c)) >$@

# The loadable extension of SQLite calls the SQLite of the program that loads it, so it is not linked with one; and since that
# program loads it for all to see, it shows nothing but its entry.
EXTENSION_O := $(EXTENSION:%.c=$(BUILD)/extension/%.o)
$(BUILD)/extension/%.o: %.c
	@mkdir -p $(@D); echo '  $@'
	$(Q)$(CC) $(CFLAGS_ALL) -fvisibility=hidden -DLL_SQLITE_EXTENSION -c $< -o $@
$(BUILD)/losslab_sqlite.so: $(EXTENSION_O) $(BUILD)/liblosslab.a
	@echo '  $@'
	$(Q)$(CC) $(LINK) $(LDFLAGS) $(SANITIZE) -shared -Wl,-Bsymbolic -Wl,--exclude-libs,ALL -Wl,--as-needed -o $@ $^ $(filter-out -lsqlite3,$(LIBS))
-include $(EXTENSION_O:.o=.d)

# Written only when the commit or the flags are others, so that what hangs on it is made again then and only then.
$(BUILD)/revision: ALWAYS
	@mkdir -p $(@D); echo '$(REVISION) $(FLAGS)' | cmp -s - $@ || echo '$(REVISION) $(FLAGS)' >$@
.PHONY: ALWAYS
ALWAYS:

# ---- packages of Debian 12 ------------------------------------------------------------------------------------------
# What a target needs is installed if it is missing; to find that nothing is takes dpkg a few milliseconds.
PACKAGES      := gcc libc6-dev make pkg-config liblua5.4-dev libsqlite3-dev libopenblas-serial-dev libedit-dev librandom123-dev \
                 libmd-dev libzstd-dev zlib1g-dev libseccomp-dev libmicrohttpd-dev lua-cjson lua-filesystem gnuplot-nox fonts-dejavu-core
PACKAGES_TEST := $(PACKAGES) perl lua5.4 sqlite3 python3 liblinear-tools zsh fish slurmctld slurmd slurm-client munge
PACKAGES_FUZZ := $(PACKAGES_TEST) clang-14 libclang-rt-14-dev
PACKAGES_DOCS := $(PACKAGES) cmark-gfm
PACKAGES_DOCS_TEST := $(PACKAGES_DOCS) perl sqlite3 python3 r-base-core r-cran-rsqlite chromium chromium-driver
PACKAGES_LINT := $(PACKAGES) clang-format clang-tidy libclang-common-14-dev lua-check
PACKAGES_CROSS := $(PACKAGES) gcc-aarch64-linux-gnu qemu-user
PACKAGES_ARM64 := libc6-dev libgcc-12-dev libopenblas-serial-dev libsqlite3-dev libmd-dev libzstd-dev zlib1g-dev liblua5.4-dev libedit-dev \
                  libseccomp-dev libmicrohttpd-dev librandom123-dev lua-cjson lua-filesystem
PACKAGES_DEB  := $(PACKAGES_TEST) dpkg-dev debhelper fakeroot lintian luarocks

packages:      ; @sh tests/packages $(PACKAGES)
packages-test: ; @sh tests/packages $(PACKAGES_TEST)
packages-fuzz: ; @sh tests/packages $(PACKAGES_FUZZ)
packages-lint: ; @sh tests/packages $(PACKAGES_LINT)
packages-docs: ; @sh tests/packages $(PACKAGES_DOCS)
packages-docs-test: ; @sh tests/packages $(PACKAGES_DOCS_TEST)
packages-cross: ; @sh tests/packages $(PACKAGES_CROSS)
packages-deb:  ; @sh tests/packages $(PACKAGES_DEB)

# ---- demo, tests, benches -------------------------------------------------------------------------------------------
# They call make again, since what pkg-config says above holds only once the packages are there; with all cores, unless a number of
# jobs was given.
SUBMAKE = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

demo: packages ## install what is missing, build, run the study of README, draw its figures into results/
	+@$(SUBMAKE) all
	$(BIN)/losslab run experiments/margins.lua --db results/margins.db
	$(BIN)/losslab plot results/margins.db --out results/figures

# Every study of the list: its database and figures in results/, and results/gallery.md; QUICK=1: small studies, in results/quick/.
EXPERIMENTS ?= margins my_loss surrogates svm gan_gradients wasserstein coupling wgan ranking embeddings wdgrl large_margin_softmax adaptive_margin collaborative_metric target_decoy
IN_DOUBLE := svm
GALLERY := results$(if $(QUICK),/quick)
experiments: packages ## run every study of experiments/ and write results/gallery.md (QUICK=1: small ones, in seconds)
	+@$(SUBMAKE) all
	@mkdir -p $(GALLERY)
	@set -e; for name in $(EXPERIMENTS); do echo "== $$name"; \
	  case " $(IN_DOUBLE) " in *" $$name "*) double=-double ;; *) double= ;; esac; \
	  QUICK=$(QUICK) $(BIN)/losslab$$double run experiments/$$name.lua --db $(GALLERY)/$$name.db >/dev/null; done
	$(BIN)/losslab gallery $(EXPERIMENTS:%=$(GALLERY)/%.db) --out $(GALLERY)

test: packages-test ## install what is missing, build and run every test (ONLY=word: those whose path holds the word)
	+@$(SUBMAKE) check

# ONLY=word runs the tests whose path holds the word; CHECK names their kinds.
CHECK  ?= c lua e2e page
PRECISIONS_C ?= float double
SUITE_c   := $(foreach p,$(PRECISIONS_C),$(TESTS_C:%=$(BUILD)/$(p)/%))
PRECISIONS_LUA ?= float double
SUITE_lua := $(foreach p,$(PRECISIONS_LUA),$(TESTS_LUA:%=$(p):%))
SUITE_e2e := $(TESTS_E2E)
SUITE_page := $(PAGES_RUN:%=page:%)
SUITE  := $(foreach t,$(foreach k,$(CHECK),$(SUITE_$(k))),$(if $(findstring $(ONLY),$(t)),$(t),$(if $(ONLY),,$(t))))
MORE_DATA := $(abspath $(wildcard ../shared/data))

check: $(filter $(BUILD)/%,$(SUITE)) $(if $(filter float:% double:%,$(SUITE)),$(BIN)/losslab $(BIN)/losslab-double) \
       $(if $(filter %.t page:%,$(SUITE)),all)
	@LOSSLAB=$(BIN)/losslab LOSSLAB_DOUBLE=$(BIN)/losslab-double LOSSLAB_BUILD=$(BUILD) CC="$(CC)" \
	  $(if $(MORE_DATA),LOSSLAB_DATA="$${LOSSLAB_DATA:-$(MORE_DATA)}") \
	  prove -j$(shell nproc) --exec tests/run $(SUITE)

# A build folder with a bin/ of its own: lua/ and experiments/ stand beside it as they do in the tree, so that its programs find them.
apart = mkdir -p $(1) && ln -sfn "$(CURDIR)/experiments" "$(CURDIR)/lua" $(1)/

# The bits of losslab's numbers, for tests/e2e/golden.t and tests/property/golden.c: to be recorded where they change on purpose.
GOLDEN_C := $(foreach p,float double,$(BUILD)/$(p)/tests/property/golden)
golden: packages ## record the bits of losslab's numbers anew in tests/golden, and say what is other than it was
	+@$(SUBMAKE) all $(GOLDEN_C)
	@LOSSLAB=$(BIN)/losslab LOSSLAB_DOUBLE=$(BIN)/losslab-double sh tests/golden/record $(BUILD)

# The whole of losslab, compiled for another machine and run by qemu, gives the bits that are recorded.
ARM := $(CURDIR)/$(BUILD)/aarch64
golden-aarch64: packages-cross ## the recorded bits on aarch64: a cross compiler, and libraries unpacked in build/aarch64
	@sh tests/cross arm64 $(ARM)/root $(PACKAGES_ARM64)
	@$(call apart,$(ARM))
	+@PKG_CONFIG_SYSROOT_DIR=$(ARM)/root PKG_CONFIG_LIBDIR=$(ARM)/root/usr/lib/aarch64-linux-gnu/pkgconfig $(SUBMAKE) \
	  CC="$(if $(findstring ccache,$(CC)),ccache )aarch64-linux-gnu-gcc" SYSROOT=$(ARM)/root BUILD=$(BUILD)/aarch64 BIN=$(BUILD)/aarch64/bin \
	  $(addprefix $(BUILD)/aarch64/,bin/losslab bin/losslab-double $(foreach p,float double,$(p)/tests/property/golden))
	@sh tests/golden/elsewhere "qemu-aarch64 -L $(ARM)/root" $(BUILD)/aarch64

# Everything again under AddressSanitizer, LeakSanitizer and UBSan. Kernels are unrolled into so many accesses that the checks of each
# pointer, which AddressSanitizer makes as well, would take minutes to compile.
asan: packages-test ## the C and Lua tests again under AddressSanitizer, LeakSanitizer and UBSan
	@$(call apart,$(BUILD)/asan)
	+@ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1:detect_stack_use_after_return=1 \
	 LSAN_OPTIONS="suppressions='$(CURDIR)/tests/asan.supp':print_suppressions=0" \
	 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
	 $(SUBMAKE) check CHECK="c lua" BUILD=$(BUILD)/asan BIN=$(BUILD)/asan/bin OPT=-O1 CFLAGS=-g1 \
	  OPT_SIMD="-O1 -fno-sanitize=null,alignment,object-size" \
	  SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"

# What the crew of threads is tried with: its own test, every op with large inputs, and the reader that it parses for.
tsan: packages-test ## the tests of threads again under ThreadSanitizer
	@$(call apart,$(BUILD)/tsan)
	+@for only in unit/crew lua/threads property/psm; do TSAN_OPTIONS=halt_on_error=1 $(SUBMAKE) check CHECK="c lua" ONLY=$$only \
	  BUILD=$(BUILD)/tsan BIN=$(BUILD)/tsan/bin OPT=-O1 SANITIZE=-fsanitize=thread || exit; done

# Targets in C by libFuzzer, those in Lua by walks of random seeds, both with the sanitizers, a job for each core; seconds for each.
TIME ?= 6
TARGETS_FUZZ := $(notdir $(basename $(wildcard tests/fuzz/*.c)))
fuzz: packages-fuzz ## tries damaged and hostile inputs of all kinds (TIME=6: seconds for each target; ONLY=word; REPLAY=file)
	@$(call apart,$(BUILD)/fuzz)
	+@$(SUBMAKE) $(TARGETS_FUZZ:%=$(BUILD)/fuzz/float/tests/fuzz/%) $(BUILD)/fuzz/bin/losslab BUILD=$(BUILD)/fuzz BIN=$(BUILD)/fuzz/bin \
	  OPT=-O1 WARN=-w CC="$(if $(findstring ccache,$(CC)),ccache )clang-14" FUZZER=-fsanitize=fuzzer CFLAGS=-DLL_LIBFUZZER \
	  SANITIZE="-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer"
	@TIME=$(TIME) ONLY="$(ONLY)" REPLAY="$(REPLAY)" MERGE="$(MERGE)" sh tests/fuzz/run $(BUILD)/fuzz

soak: packages-test ## kills, full disks, damage, jumping clocks, crowds, over and over (TIME=60: seconds; ONLY=kind; SEED=1)
	+@$(SUBMAKE) all
	@LOSSLAB=$(BIN)/losslab CC="$(CC)" $(if $(filter file,$(origin TIME)),GOALS=1,TIME=$(TIME)) ONLY="$(ONLY)" SEED="$(SEED)" sh tests/soak/soak.t

# The site is made anew as a whole: that takes a second.
docs: packages-docs ## the documentation as a site, in build/docs: tutorials, guides, reference, search; no network
	+@$(SUBMAKE) all
	@rm -rf $(BUILD)/docs
	@$(BIN)/losslab docs/site/build.lua $(BUILD)/docs

docs-test: packages-docs-test ## the site and reports in headless Chromium, and the pages with blocks of R
	+@$(SUBMAKE) docs
	@LOSSLAB=$(BIN)/losslab LOSSLAB_DOUBLE=$(BIN)/losslab-double LOSSLAB_BUILD=$(BUILD) LOSSLAB_R=1 CC="$(CC)" \
	  prove -j$(shell nproc) --exec tests/run tests/site.t tests/report.t browser:$(BUILD)/docs $(PAGES_R:%=page:%)

debug: packages ## the programs once more without optimisation, for a debugger: build/debug/bin/losslab
	@$(call apart,$(BUILD)/debug)
	+@$(SUBMAKE) BUILD=$(BUILD)/debug BIN=$(BUILD)/debug/bin OPT=-O0 $(addprefix $(BUILD)/debug/bin/,losslab losslab-double)

bench: packages ## what takes how long, beside peers where they are installed (RECORD=1 writes tests/bench/RESULTS.md)
	+@$(SUBMAKE) $(BENCH_C:%=$(BUILD)/float/%) all
	@LOSSLAB=$(BIN)/losslab OPENBLAS_NUM_THREADS=1 sh tests/bench/run $(BENCH_C:%=$(BUILD)/float/%) $(wildcard tests/bench/*.lua)

# ---- lint -----------------------------------------------------------------------------------------------------------
SOURCES := $(sort $(wildcard extension/*.c engine/*/*.[ch] engine/*/*/*.[ch] include/losslab/*.h lua/bind/*.[ch] tests/*/*.c tests/*.h tests/fuzz/*.h))
TIDY    := $(patsubst %,$(BUILD)/tidy/%.ok,$(filter engine/%.c lua/bind/%.c,$(SOURCES)))

lint: packages-lint ## formatting, luacheck, house rules, compiler warnings, clang-tidy
	+@$(SUBMAKE) -k lint-format lint-lua lint-house lint-warnings lint-tidy
lint-format:
	@bad=$$(for f in $(SOURCES); do clang-format $$f | cmp -s $$f - || echo "  $$f"; done); \
	  [ -z "$$bad" ] || { printf 'not as clang-format would have it (make format):\n%s\n' "$$bad"; false; }
lint-lua:
	luacheck -q $(wildcard lua experiments tests docs)
# Warnings are errors in a build with optimisation, since that is when gcc sees most, and of its own, since what is compiled already
# warns no more; in a clean clone it may be the one that is tested afterwards (WARNED=build).
WARNED ?= $(BUILD)/lint
lint-warnings:
	+@$(SUBMAKE) BUILD=$(WARNED) BIN=$(if $(filter $(BUILD),$(WARNED)),$(BIN),$(WARNED)/bin) WERROR=-Werror \
	  all $(foreach p,float double,$(TESTS_C:%=$(WARNED)/$(p)/%))
lint-house: lint-warnings
	sh tests/lint $(WARNED)
# How far the analyser walks in a function (its own default; 50000 takes half the time).
TIDY_NODES ?= 225000
lint-tidy: $(TIDY)

$(BUILD)/tidy/%.c.ok: %.c .clang-tidy $(wildcard include/losslab/*.h $(foreach e,h def,engine/*/*.$e engine/*/*/*.$e) lua/bind/*.h)
	@mkdir -p $(@D)
	@echo '  $@'
	@clang-tidy --quiet $< -- $(CSTD) -DLL_ISA=base -Iinclude -I. $(LUA_CFLAGS) \
	  -Xclang -analyzer-config -Xclang max-nodes=$(TIDY_NODES) >$@.log 2>/dev/null \
	  || { grep -E '(error|warning):' $@.log; false; }
	@touch $@

format: packages-lint ## let clang-format write the C sources as lint wants them
	clang-format -i $(SOURCES)

# ---- install --------------------------------------------------------------------------------------------------------
# LIBDIR is another folder where a system keeps libraries by machine (Debian: lib/x86_64-linux-gnu). What install writes below ROOT
# stands once in these variables; uninstall removes the same.
LIBDIR    ?= lib
ROOT      := $(DESTDIR)$(PREFIX)
SHARE_LUA := $(ROOT)/share/lua/$(LUA_VERSION)
LIB_LUA   := $(ROOT)/$(LIBDIR)/lua/$(LUA_VERSION)/losslab
DOC       := $(ROOT)/share/doc/losslab
MAN       := $(ROOT)/share/man/man1
# where each shell looks for completions, by the names that it looks for
COMPLETIONS := bash:share/bash-completion/completions/losslab zsh:share/zsh/site-functions/_losslab \
               fish:share/fish/vendor_completions.d/losslab.fish

# A folder with a space in its name would be several for install, and what uninstall removes; a relative one would be another
# wherever the files that name it are read.
one_folder = $(if $(word 2,x$(DESTDIR)$(PREFIX)$(LIBDIR)x),$(error DESTDIR, PREFIX and LIBDIR must be without spaces))$(if \
  $(filter-out /%,$(PREFIX) $(DESTDIR)),$(error PREFIX and DESTDIR must be absolute: $(filter-out /%,$(PREFIX) $(DESTDIR))))

# $(1) = suffix of the names, $(2) = flags a user of the headers needs
define install_library
	install -D -m 644 -t $(ROOT)/$(LIBDIR) $(BUILD)/liblosslab$(1).a
	install -m 644 $(BUILD)/liblosslab$(1).so $(ROOT)/$(LIBDIR)/liblosslab$(1).so.$(VERSION)
	ln -sf liblosslab$(1).so.$(VERSION) $(ROOT)/$(LIBDIR)/liblosslab$(1).so.$(SO_VERSION)
	ln -sf liblosslab$(1).so.$(SO_VERSION) $(ROOT)/$(LIBDIR)/liblosslab$(1).so
	install -D -m 644 -t $(LIB_LUA) $(BUILD)/lua/losslab/core$(1).so
	mkdir -p $(ROOT)/$(LIBDIR)/pkgconfig
	printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$${prefix}/$(LIBDIR)' 'includedir=$${prefix}/include' \
	  'sqlite_extension=$${libdir}/losslab/losslab_sqlite.so' '' 'Name: losslab$(1)' \
	  'Description: losses, metrics and gradients for experiments$(if $(2), in double)' 'Version: $(VERSION)' \
	  'Cflags: -I$${includedir} $(2)' 'Libs: -L$${libdir} -llosslab$(1)' 'Libs.private: $(LIBS)' >$(ROOT)/$(LIBDIR)/pkgconfig/losslab$(1).pc
endef

install: all man ## programs, libraries, headers, Lua module, man pages, docs to PREFIX (/usr/local); DESTDIR is respected
	$(one_folder)
	$(call install_library,,)
	$(call install_library,_double,-DLL_DOUBLE)
	install -D -m 644 -t $(ROOT)/$(LIBDIR)/losslab $(BUILD)/losslab_sqlite.so
	install -D -m 644 -t $(ROOT)/include/losslab include/losslab/*.h
	install -D -m 755 -t $(ROOT)/bin $(BIN)/losslab $(BIN)/losslab-double
	cd lua && find losslab -name '*.lua' -exec install -D -m 644 {} $(abspath $(SHARE_LUA))/{} \;
	cd experiments && find data -type f -exec install -D -m 644 {} $(abspath $(ROOT))/share/losslab/{} \;
	cd experiments && find . -name '*.lua' -exec install -D -m 644 {} $(abspath $(ROOT))/share/losslab/experiments/{} \;
	install -D -m 644 -t $(MAN) $(BUILD)/man/*.1
	ln -sf losslab.1 $(MAN)/losslab-double.1
	set -e; for each in $(COMPLETIONS); do install -D -m 644 $(BUILD)/completions/$${each%%:*} $(ROOT)/$${each#*:}; done
	install -D -m 644 -t $(DOC) README.md CHANGELOG.md SECURITY.md LICENSE
	find docs results/figures/margin_map.png -name '*.md' -exec install -D -m 644 {} $(DOC)/{} \; -o \
	  -name '*.png' -exec install -D -m 644 {} $(DOC)/{} \;
	[ ! -f $(BUILD)/docs/index.html ] || (cd $(BUILD)/docs && find . -type f -exec install -D -m 644 {} $(abspath $(DOC))/html/{} \;)
	$(if $(DESTDIR),,-ldconfig)

# Man pages and completions say what the program itself says of its commands.
man: $(BIN)/losslab ## man pages and completions for shells, into build/man and build/completions
	@mkdir -p $(BUILD)/man $(BUILD)/completions
	$(Q)$(BIN)/losslab help --man $(BUILD)/man
	$(Q)for shell in bash zsh fish; do $(BIN)/losslab completions $$shell >$(BUILD)/completions/$$shell || exit; done

uninstall: ## remove what install put there
	$(one_folder)
	rm -f $(ROOT)/bin/losslab $(ROOT)/bin/losslab-double $(ROOT)/$(LIBDIR)/liblosslab.* $(ROOT)/$(LIBDIR)/liblosslab_double.* \
	  $(ROOT)/$(LIBDIR)/pkgconfig/losslab.pc $(ROOT)/$(LIBDIR)/pkgconfig/losslab_double.pc \
	  $(MAN)/losslab.1 $(MAN)/losslab-*.1 $(foreach c,$(COMPLETIONS),$(ROOT)/$(lastword $(subst :, ,$c)))
	rm -rf $(ROOT)/include/losslab $(SHARE_LUA)/losslab $(LIB_LUA) $(ROOT)/$(LIBDIR)/losslab $(ROOT)/share/losslab $(DOC)
	@sh tests/emptied "$(ROOT)" "$(DESTDIR)" bin include $(LIBDIR)/pkgconfig $(LIBDIR)/lua/$(LUA_VERSION) share/lua/$(LUA_VERSION) \
	  share/doc share/man/man1 $(foreach c,$(COMPLETIONS),$(dir $(lastword $(subst :, ,$c))))
	$(if $(DESTDIR),,-ldconfig)

# Builds in a copy, since dpkg writes beside the folder that it builds.
deb: packages-deb ## the packages of Debian, into build/deb, looked at by lintian
	@rm -rf $(BUILD)/deb && mkdir -p $(BUILD)/deb/losslab
	@tar --exclude-vcs --exclude=./build --exclude=./bin --exclude=./results/*.db -cf - . | tar -xf - -C $(BUILD)/deb/losslab
	@echo '$(REVISION)' >$(BUILD)/deb/losslab/REVISION
	cd $(BUILD)/deb/losslab && MAKEFLAGS= DEB_BUILD_OPTIONS=parallel=$(shell nproc) dpkg-buildpackage -us -uc -b --no-pre-clean
	lintian --fail-on error --allow-root $(BUILD)/deb/*.changes
	@ls $(BUILD)/deb/*.deb

package-test: packages-deb ## builds the packages of Debian and the rock, and tries what is in them
	+@$(SUBMAKE) all
	@LOSSLAB=$(BIN)/losslab prove tests/packaging.t

# The same for a tree of LuaRocks: modules and what they need beside them, programs (losslab-dev-1.rockspec says where).
install-rock: all
	install -D -m 755 -t $(BINDIR) $(BIN)/losslab $(BIN)/losslab-double
	install -D -m 755 -t $(ROCK_LIB)/losslab $(BUILD)/lua/losslab/core.so $(BUILD)/lua/losslab/core_double.so
	cd lua && find losslab -name '*.lua' -exec install -D -m 644 {} $(abspath $(ROCK_LUA))/{} \;
	cd experiments && find data -type f -exec install -D -m 644 {} $(abspath $(ROCK_LUA))/losslab/share/{} \;

# what a program that links the static library needs beside it (tests/e2e/readme.t)
print-libs: ; @echo '$(LIBS)'

clean: ## delete what was built
	rm -rf $(BUILD) $(BIN)
