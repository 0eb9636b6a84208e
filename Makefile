# losslab: make (build) · make demo · make test · make bench · make lint · make asan · make install · make clean
#
# Two builds of the same sources: float (ll_real = float) and double (-DLL_DOUBLE), under $(BUILD)/float and $(BUILD)/double.
# Files named *.simd.c are compiled once per instruction set and chosen at start (engine/base/isa.h).

CC       ?= gcc
PREFIX   ?= /usr/local
DESTDIR  ?=
BUILD    ?= build
BIN      ?= bin
OPT      ?= -O2
WARN     ?= -Wall -Wextra -Wshadow -Wconversion
WERROR   ?=
SANITIZE ?=
VERSION  := 0.1.0
LUA_VERSION := 5.4
MAKEFLAGS += --no-builtin-rules

# The serial OpenBLAS: one thread a worker, nothing to start, the same bits for any number of workers.
BLAS_DIR    := $(firstword $(wildcard /usr/lib/*/openblas-serial) /usr/lib)
BLAS_CFLAGS := $(patsubst %,-I%,$(wildcard /usr/include/*/openblas-serial))
BLAS_LIBS   := -L$(BLAS_DIR) -Wl,-rpath,$(BLAS_DIR) -lopenblas
LUA_CFLAGS  := $(shell pkg-config --cflags lua5.4 2>/dev/null)
LUA_LIBS    := $(shell pkg-config --libs lua5.4 2>/dev/null)
LIBS        := $(BLAS_LIBS) -lsqlite3 -lmd -lzstd -lz -lm

CSTD   := -std=gnu11 -fPIC -fvisibility=default -MMD -MP
CFLAGS_ALL = $(CSTD) $(OPT) -g $(WARN) $(WERROR) $(SANITIZE) -fno-math-errno -fno-trapping-math -Iinclude -I. $(BLAS_CFLAGS) $(CFLAGS)

ENGINE := $(filter-out %.simd.c,$(wildcard engine/*/*.c))
SIMD   := $(wildcard engine/*/*.simd.c)
BIND   := $(filter-out lua/bind/program.c,$(wildcard lua/bind/*.c))
ISAS   := base v3 v4
ISA_base := -O3 -DLL_ISA=base
ISA_v3   := -O3 -DLL_ISA=v3 -march=x86-64-v3
ISA_v4   := -O3 -DLL_ISA=v4 -march=x86-64-v4 -mprefer-vector-width=512

DEF_float  :=
DEF_double := -DLL_DOUBLE

.PHONY: all demo test bench lint asan install uninstall clean format packages
all: $(BIN)/losslab $(BIN)/losslab-double $(BUILD)/lua/losslab/core.so $(BUILD)/lua/losslab/core_double.so \
     $(BUILD)/liblosslab.a $(BUILD)/liblosslab.so $(BUILD)/liblosslab_double.a $(BUILD)/liblosslab_double.so

# rules for one precision: $(1) = float or double, $(2) = suffix of the names
define precision
OBJ_$(1)  := $$(ENGINE:%.c=$$(BUILD)/$(1)/%.o) $$(foreach i,$$(ISAS),$$(SIMD:%.simd.c=$$(BUILD)/$(1)/%.$$(i).o))
BOBJ_$(1) := $$(BIND:%.c=$$(BUILD)/$(1)/%.o)

$$(BUILD)/$(1)/engine/%.o: engine/%.c
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS_ALL) $$(DEF_$(1)) -c $$< -o $$@
$$(BUILD)/$(1)/engine/%.base.o: engine/%.simd.c
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS_ALL) $$(DEF_$(1)) $$(ISA_base) -c $$< -o $$@
$$(BUILD)/$(1)/engine/%.v3.o: engine/%.simd.c
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS_ALL) $$(DEF_$(1)) $$(ISA_v3) -c $$< -o $$@
$$(BUILD)/$(1)/engine/%.v4.o: engine/%.simd.c
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS_ALL) $$(DEF_$(1)) $$(ISA_v4) -c $$< -o $$@
$$(BUILD)/$(1)/lua/%.o: lua/%.c
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS_ALL) $$(DEF_$(1)) $$(LUA_CFLAGS) -c $$< -o $$@
$$(BUILD)/$(1)/tests/%.o: tests/%.c
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS_ALL) $$(DEF_$(1)) -c $$< -o $$@

$$(BUILD)/liblosslab$(2).a: $$(OBJ_$(1))
	@rm -f $$@
	ar rcs $$@ $$^
$$(BUILD)/liblosslab$(2).so: $$(OBJ_$(1))
	$$(CC) $$(SANITIZE) -shared -Wl,-soname,liblosslab$(2).so -o $$@ $$^ $$(LIBS)
$$(BUILD)/lua/losslab/core$(2).so: $$(BOBJ_$(1)) $$(BUILD)/liblosslab$(2).a
	@mkdir -p $$(@D)
	$$(CC) $$(SANITIZE) -shared -o $$@ $$^ $$(LIBS)
$$(BIN)/losslab$(subst _,-,$(2)): $$(BUILD)/$(1)/lua/bind/program.o $$(BOBJ_$(1)) $$(BUILD)/liblosslab$(2).a
	@mkdir -p $$(@D)
	$$(CC) $$(SANITIZE) -rdynamic -o $$@ $$^ $$(LUA_LIBS) -ledit $$(LIBS)

-include $$(OBJ_$(1):.o=.d) $$(BOBJ_$(1):.o=.d)
endef
$(eval $(call precision,float,))
$(eval $(call precision,double,_double))

clean:
	rm -rf $(BUILD) $(BIN)
