# SPDX-License-Identifier: ISC
#
# Makefile - builds, checks and installs Postern; for GNU make.  "make help" lists the targets.
#
# All that is made goes into build/.  It configures itself; to choose directories or a compiler:
#   make CONFIGURE_ARGS="--prefix=/usr --sysconfdir=/etc CXX=clang++"
# Variables of one run: CXXFLAGS, LDFLAGS, V=1 (show whole commands), DESTDIR (install).
# A flavour has a directory of its own: make B=build/asan SAN=address,undefined check

B := build
SAN :=
V :=
TIME := 60
CLANGXX := clang++
CLANG_TIDY := clang-tidy
CLANG_FORMAT := clang-format
PROVE := prove

dry_run := $(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

.PHONY: all bench bench-programs check check-unit check-t run install uninstall dist deb clean distclean asan tidy \
  format-check coverage rfc-index fuzz fuzz-smoke fuzzers deps help packages FORCE

all: $(B)/posternd $(B)/posternctl $(B)/postern-sendmail $(B)/postern-adsp  ## build the programs (the default)

# ---- Configuration.  "make run" and "make check" install packages before it; "make" never does.

config := build/config.mk
unconfigured := asan clean coverage deb deps dist distclean format-check fuzz fuzz-smoke help \
  rfc-index
ifneq ($(filter-out $(unconfigured),$(or $(MAKECMDGOALS),all)),)
include $(config)
endif

# An include makes make start again once it is there: only the first start looks for packages
# and takes arguments that are given.
ifeq ($(MAKE_RESTARTS)$(dry_run),)
groups := $(strip $(if $(filter run,$(MAKECMDGOALS)),build run) \
  $(if $(filter check check-unit check-t,$(MAKECMDGOALS)),build run check))
ifneq ($(groups),)
$(config): | packages
endif
ifeq ($(origin CONFIGURE_ARGS),command line)
$(config): FORCE
endif
endif
CONFIGURE_ARGS ?= $(CONFIGURED_WITH)

packages:
	@contrib/install-deps $(groups)

$(config): build/configure
	cd build && ./configure --quiet $(CONFIGURE_ARGS)

build/config.h: $(config) ;

build/configure: configure.ac | $(if $(groups),packages)
	@mkdir -p build
	@command -v autoconf >/dev/null || { \
	  printf '%s\n' 'autoconf is missing.  This installs all that the build needs:' '' \
	    '  contrib/install-deps build' '' 'Then run make again.' >&2; exit 1; }
	cd build && autoconf -o configure ../configure.ac

# ---- Sources

# Each program has a folder with its main.cpp; all else is in one library.
programs := posternd posternctl postern-sendmail postern-adsp
mains := $(wildcard src/*/main.cpp)
sources := $(filter-out $(mains),$(wildcard src/*/*.cpp))
unit_sources := $(wildcard t/unit/*.cpp)
fuzz_targets := $(patsubst t/fuzz/%_fuzz.cpp,%,$(wildcard t/fuzz/*_fuzz.cpp))

objects := $(sources:%.cpp=$(B)/obj/%.o)
main_objects := $(mains:%.cpp=$(B)/obj/%.o)
unit_objects := $(unit_sources:%.cpp=$(B)/obj/%.o)
fuzz_objects := $(fuzz_targets:%=$(B)/obj/t/fuzz/%_fuzz.o)
replays := $(fuzz_targets:%=$(B)/t/fuzz/%)
replay_object := $(B)/obj/t/fuzz/replay_main.o

# What t/bench runs; each is made of its own file and of those it shares with nobody else.
bench_parts_load := channel load_plan load_session message_text process_tree
# libfuse3-dev may be missing; then there is no disk that can fail.
fuse_libs := $(if $(PKG_CONFIG),$(shell $(PKG_CONFIG) --libs fuse3 2>/dev/null))
bench_programs := load responder disk_floor
bench_programs += $(if $(fuse_libs),disk)
benches := $(bench_programs:%=$(B)/t/bench/%)
bench_objects := $(patsubst %,$(B)/obj/t/bench/%.o,$(bench_programs) $(bench_parts_load))

all_objects := $(objects) $(main_objects) $(unit_objects) $(fuzz_objects) $(replay_object) \
  $(bench_objects)

# ---- Flags

warnings := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast
ifeq ($(CI),true)
warnings += -Werror
endif

hardening := -fPIE -fstack-protector-strong -D_GLIBCXX_ASSERTIONS
ifneq ($(SAN),)
sanitizers := -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
else ifneq ($(filter-out -O0,$(filter -O%,$(CXXFLAGS))),)
hardening += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif

includes := -Isrc -Ibuild $(patsubst -I%,-isystem %,$(LIB_CFLAGS))
compile := $(CXX) -std=c++20 $(warnings) $(includes) $(CPPFLAGS) $(hardening) $(CXXFLAGS) \
  $(sanitizers)
link := $(CXX) $(CXXFLAGS) $(sanitizers) -pie -Wl,-z,relro,-z,now $(LDFLAGS)
unit_libs = $(shell $(PKG_CONFIG) --libs cpputest)

# $(call stamp,FILE,TEXT): FILE holds TEXT and is remade only if that has changed.
define stamp
ifneq ($$(strip $$(file <$(1))),$$(strip $(2)))
$(1): FORCE
endif
$(1):
	@mkdir -p $$(@D)
	@printf '%s\n' '$$(subst ','\'',$$(strip $(2)))' >$$@
endef
$(eval $(call stamp,$(B)/flags,$$(compile) : $$(link) : $$(LIBS)))
$(eval $(call stamp,$(B)/members,$$(objects)))
$(eval $(call stamp,$(B)/unit-members,$$(unit_objects)))

# ---- Compiling and linking

ifeq ($(V),)
say = @printf '  %-5s %s\n' $(1) $@;
endif

$(all_objects): $(B)/obj/%.o: %.cpp $(B)/flags | build/config.h
	@mkdir -p $(@D)
	$(call say,CXX)$(compile) -MMD -MP -c -o $@ $<

-include $(all_objects:.o=.d)

$(B)/libpostern.a: $(objects) $(B)/members
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $(objects)

$(B)/posternd: $(B)/obj/src/daemon/main.o
$(B)/posternctl: $(B)/obj/src/ctl/main.o
$(B)/postern-sendmail: $(B)/obj/src/sendmail/main.o
$(B)/postern-adsp: $(B)/obj/src/appletalk/main.o
$(programs:%=$(B)/%): $(B)/libpostern.a $(B)/flags
	$(call say,LINK)$(link) -o $@ $(filter %.o,$^) $(B)/libpostern.a $(LIBS)

# ---- Checks

$(B)/t/unit: $(unit_objects) $(B)/unit-members $(B)/libpostern.a $(B)/flags
	@mkdir -p $(@D)
	$(call say,LINK)$(link) -o $@ $(unit_objects) $(B)/libpostern.a $(unit_libs) $(LIBS)

$(replays): $(B)/t/fuzz/%: $(B)/obj/t/fuzz/%_fuzz.o $(replay_object) $(B)/libpostern.a $(B)/flags
	@mkdir -p $(@D)
	$(call say,LINK)$(link) -o $@ $(filter %.o,$^) $(B)/libpostern.a $(LIBS)

$(B)/t/bench/load: $(bench_parts_load:%=$(B)/obj/t/bench/%.o)
$(B)/t/bench/disk: bench_libs := $(fuse_libs)
$(benches): $(B)/t/bench/%: $(B)/obj/t/bench/%.o $(B)/libpostern.a $(B)/flags
	@mkdir -p $(@D)
	$(call say,LINK)$(link) -o $@ $(filter %.o,$^) $(B)/libpostern.a $(LIBS) $(bench_libs)

tests := $(sort $(wildcard t/*.t))
of_spool := $(wildcard t/20-*.t t/42-*.t t/44-*.t t/48-*.t)  # once more without a journal
prove := POSTERN_BUILD=$(abspath $(B)) UBSAN_OPTIONS=print_stacktrace=1 $(PROVE) -It/lib

check: all $(B)/t/unit $(replays)  ## install what it needs, build, run all tests
	@$(prove) $(tests)
	@POSTERN_SPOOL_ENGINE=file $(prove) $(of_spool)

check-unit: $(B)/t/unit  ## the unit tests alone
	@$(prove) t/01-unit.t

check-t: all $(replays)  ## all tests but the unit tests
	@$(prove) $(filter-out t/01-unit.t,$(tests))
	@POSTERN_SPOOL_ENGINE=file $(prove) $(of_spool)

$(B)/t/bench/no_sync.so: t/bench/no_sync.cpp $(B)/flags
	@mkdir -p $(@D)
	$(call say,LINK)$(compile) -fPIC -shared -o $@ $<

bench-programs: all $(benches) $(B)/t/bench/no_sync.so

bench: bench-programs  ## compare with the servers of t/bench/setup; as root; BENCH="--rounds 1 ..."
	@POSTERN_BUILD=$(B) t/bench/compare $(BENCH)

run: $(B)/posternd  ## install what it needs, build, serve on 127.0.0.1:2525 and :2465
	@POSTERN_BUILD=$(B) contrib/demo

asan:  ## "make check" with the address and undefined behaviour sanitizers
	@$(MAKE) --no-print-directory B=build/asan SAN=address,undefined check

coverage:  ## "make check" with gcov, then the coverage of each source file
	@find build/coverage -name '*.gcda' -delete 2>/dev/null || true
	@$(MAKE) --no-print-directory B=build/coverage CXXFLAGS='-O0 -g --coverage' check
	@contrib/coverage build/coverage

tidy: build/config.h  ## clang-tidy over all sources, which takes minutes
	@printf '%s\n' $(sources) $(mains) | xargs -P "$$(nproc)" -I{} \
	  $(CLANG_TIDY) --quiet --warnings-as-errors='*' {} -- -std=c++20 $(includes) $(CPPFLAGS)

format-check:  ## whether clang-format would change a source file
	@$(CLANG_FORMAT) --dry-run --Werror $(wildcard src/*/*.cpp src/*/*.h t/*/*.cpp t/*/*.h)

rfc-index:  ## build/rfc-index.txt: the code and tests of each section of the RFCs
	@mkdir -p build
	@contrib/rfc-index >build/rfc-index.txt
	@echo 'build/rfc-index.txt has the code and the tests of each section of the RFCs,'
	@echo 'and at its end what is done in part or not at all.'

# ---- Fuzzing.  What is found stays in build/fuzz; t/fuzz/corpus is only read.

fuzzers: $(fuzz_targets:%=$(B)/%_fuzz)

$(fuzz_targets:%=$(B)/%_fuzz): $(B)/%_fuzz: $(B)/obj/t/fuzz/%_fuzz.o $(B)/libpostern.a $(B)/flags
	$(call say,LINK)$(link) -fsanitize=fuzzer -o $@ $< $(B)/libpostern.a $(LIBS)

fuzz:  ## each fuzz target for TIME=60 seconds; needs clang

fuzz-smoke: TIME := 10
fuzz-smoke:  ## each fuzz target for TIME=10 seconds

fuzz fuzz-smoke:
	@command -v $(CLANGXX) >/dev/null || { \
	  echo '$(CLANGXX) is missing; install it with: contrib/install-deps dev' >&2; exit 1; }
	@$(MAKE) --no-print-directory B=build/fuzz CXX=$(CLANGXX) \
	  SAN=fuzzer-no-link,address,undefined fuzzers
	@t/fuzz/run build/fuzz $(TIME) $(fuzz_targets)

# ---- Installing.  A configuration that is there stays as it is.

conf := $(sysconfdir)/postern/postern.conf
completions := $(datadir)/bash-completion/completions
units := postern.service postern-recovery.service
completed := posternd posternctl postern-adsp  # mail programs call the other
examples := $(docdir)/examples
vimfiles := $(datadir)/vim/vimfiles

# $(call into,DIRECTORY,MODE,FILES): what is to be done, as MODE:FILE:TARGET.
into = $(foreach file,$(3),$(2):$(file):$(1)/$(notdir $(file)))

installed := \
  $(call into,$(sbindir),755,$(programs:%=$(B)/%)) \
  $(foreach n,1 5 7 8,$(call into,$(mandir)/man$(n),644,$(wildcard man/*.$(n)))) \
  $(call into,$(docdir),644,README.md NEWS LICENSE) \
  $(call into,$(systemdunitdir),644,$(units:%=$(B)/%)) \
  644:contrib/systemd/postern.sysusers:$(prefix)/lib/sysusers.d/postern.conf \
  644:contrib/systemd/postern.tmpfiles:$(prefix)/lib/tmpfiles.d/postern.conf \
  $(foreach p,$(completed),644:contrib/completion/$(p).bash:$(completions)/$(p)) \
  $(call into,$(zshcompletiondir),644,$(completed:%=contrib/completion/_%)) \
  $(foreach d,ftdetect ftplugin syntax, \
    $(call into,$(vimfiles)/$(d),644,contrib/vim/$(d)/postern.vim)) \
  $(call into,$(examples),644,etc/postern.conf $(wildcard etc/examples/*.conf)) \
  $(call into,$(examples)/systemd,644,$(wildcard contrib/systemd/*.socket contrib/systemd/*.conf)) \
  $(call into,$(examples)/init,755,$(wildcard contrib/init/*)) \
  $(foreach d,autoconfig fail2ban/filter.d fail2ban/jail.d grafana logrotate prometheus, \
    $(call into,$(examples)/$(d),644,$(wildcard contrib/$(d)/*)))

$(units:%=$(B)/%): $(B)/%: contrib/systemd/%.in $(config)
	@sed 's:@sbindir@:$(sbindir):' $< >$@

install: all $(units:%=$(B)/%)  ## into prefix (/usr/local) and sysconfdir (/etc), below DESTDIR
	@set -e; for item in $(installed); do \
	  mode=$${item%%:*}; file=$${item#*:}; target='$(DESTDIR)'$${file#*:}; file=$${file%%:*}; \
	  echo "install -m $$mode $$file $$target"; \
	  install -d "$${target%/*}"; install -m "$$mode" "$$file" "$$target"; done
	@set -e; conf='$(DESTDIR)$(conf)'; if [ -e "$$conf" ]; then \
	  echo "kept $$conf; what is new stands in $(DESTDIR)$(examples)/postern.conf"; \
	else \
	  echo "install -m 644 etc/postern.conf $$conf"; \
	  install -d "$${conf%/*}"; install -m 644 etc/postern.conf "$$conf"; fi

uninstall:  ## remove what install put there, but not the configuration
	@set -e; for item in $(installed); do \
	  target='$(DESTDIR)'$${item##*:}; echo "rm -f $$target"; rm -f "$$target"; done
	@find '$(DESTDIR)$(docdir)' -depth -type d -empty -exec rmdir '{}' ';' 2>/dev/null || :
	@if [ -e '$(DESTDIR)$(conf)' ]; then echo 'kept $(DESTDIR)$(conf)'; fi

# ---- The rest

dist_name = postern-$(shell sed -n 's/^AC_INIT.*\[\([0-9][0-9.]*\)\].*/\1/p' configure.ac)

dist:  ## build/postern-VERSION.tar.gz of the last commit
	@[ -e .git ] || { echo 'make dist needs a git checkout: it packs the last commit' >&2; exit 1; }
	@mkdir -p build
	git archive --format=tar.gz --prefix=$(dist_name)/ -o build/$(dist_name).tar.gz HEAD

deb:  ## a Debian package, in build/deb/
	@contrib/debian/build

deps:  ## install the packages that building, running and checking need
	@contrib/install-deps build run check

clean:  ## remove what was built, but not the configuration
	rm -rf $(addprefix $(B)/,obj t libpostern.a $(programs) $(units) flags members \
	  unit-members run *_fuzz)
ifeq ($(B),build)
	rm -rf build/asan build/coverage build/fuzz build/rfc-index.txt
endif

distclean:  ## remove build/
	rm -rf build

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/\1:\2/p' Makefile | \
	  while IFS=: read -r name text; do printf '  make %-13s %s\n' "$$name" "$$text"; done
