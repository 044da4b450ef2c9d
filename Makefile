# SPDX-License-Identifier: GPL-3.0-or-later
#
# make, make install, make menuconfig; "make help" lists the rest. docs/building.md explains.

VERSION := 0.1.0

config-goals := menuconfig oldconfig defconfig savedefconfig allnoconfig allyesconfig randconfig \
	olddefconfig clean distclean help sanitize %_defconfig

ifneq ($(and $(filter $(config-goals),$(MAKECMDGOALS)),$(filter-out $(config-goals),$(MAKECMDGOALS))),)

# "make recovery_defconfig all": what there is to build is known only when the first has ended.
.PHONY: $(MAKECMDGOALS) one-by-one
$(MAKECMDGOALS): one-by-one ;
one-by-one:
	@set -e; for goal in $(MAKECMDGOALS); do $(MAKE) --no-print-directory $$goal; done

else

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

ifneq ($(DEBUG),)
SANITIZE := 1
endif
ifneq ($(SANITIZE),)
O := build-asan
else
O := build
endif
ifeq ($(origin CC),default)
CC := gcc
endif
HOSTCC := cc
STRIP := strip
OBJCOPY := objcopy
OBJDUMP := objdump
PREFIX := /usr/local
DS_CROSS_CACHE := /var/cache/droidspaces-cross
DS_MUSL_CACHE := /var/cache/droidspaces-musl
export DS_CROSS_CACHE DS_MUSL_CACHE

# ---- The machine it is for --------------------------------------------------------------------

# The rows of configs/arches as words "ARCH|machine|gnu|...". ARCH is one of them; without it, that of
# the compiler.
arch-rows := $(shell sed '/^#/d; s/  */|/g' configs/arches)
arches := $(foreach row,$(arch-rows),$(firstword $(subst |, ,$(row))))
machine := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
native-arch := $(strip $(foreach row,$(arch-rows),$(if $(findstring |$(machine)|,$(row)),\
	$(firstword $(subst |, ,$(row))))))
ifeq ($(ARCH),)
ARCH := $(native-arch)
endif
comma := ,
column = $(word $1,$(subst |, ,$(filter $(ARCH)|%,$(arch-rows))))

ifneq ($(ARCH),$(native-arch))
ifeq ($(call column,1),)
$(error ARCH is one of: $(arches))
endif
ifneq ($(SANITIZE),)
$(error The sanitizers are for this machine only)
endif
O := build/$(ARCH)
machine := $(call column,2)
ifneq ($(findstring clang,$(CC)),)
override CC += --target=$(call column,3)
else ifeq ($(origin CC),file)
CC := $(call column,3)-gcc
endif
STRIP := $(call column,3)-strip
OBJCOPY := $(call column,3)-objcopy
OBJDUMP := $(call column,3)-objdump
ifneq ($(filter-out $(config-goals),$(or $(MAKECMDGOALS),all)),)
missing := $(shell DS_MUSL_CACHE=$(DS_MUSL_CACHE) scripts/install-cross --check $(ARCH))
$(if $(missing),$(error $(missing)))
endif
endif

AWK := awk
# Kconfig.applets is read from there, and the C preprocessor of the generators is this.
export DS_GEN := $(O)/gen
export HOSTCC

GEN := $(O)/gen
KCONFIG := KCONFIG_CONFIG=$(O)/.config kconfig-conf

# ---- What there is to compile -----------------------------------------------------------------

# A C file of applets/ that says APPLET is a command; it is compiled if its symbol is set (auto.mk).
applet-src := $(sort $(shell grep -l '^APPLET' applets/*.c))
other-src := $(filter-out $(applet-src),$(wildcard applets/*.c)) applets/droidspaces.c
records := $(applet-src:applets/%.c=$(GEN)/%.applet)

ifneq ($(filter-out $(config-goals),$(or $(MAKECMDGOALS),all)),)
include $(GEN)/auto.mk
endif

# They read JSON by a library, which only they need.
obj-$(CONFIG_INTEGRATE) += libds/life/integrate.o \
	$(addprefix libds/link/,action.o client.o job.o message.o policy.o request.o serve.o)
obj-$(CONFIG_GUEST) += libds/link/message.o
obj-$(CONFIG_GUEST) += $(addprefix libds/link/,agent.o guestlink.o guestpath.o hostexec.o)

# Objects that only a feature needs. Whatever is not here is always linked; the linker drops what
# nobody calls.
feature-obj := $(obj-y) $(obj-) $(obj-n)

lib-obj := $(patsubst %.c,%.o,$(filter-out libds/libc/%,$(wildcard libds/*/*.c)))
obj := $(other-src:.c=.o) $(applet-y:%=applets/%.o) $(filter-out $(feature-obj),$(lib-obj)) \
	$(filter $(obj-y),$(lib-obj))
# First, with what they call of the C library: the few pages that an idle monitor runs on lie together.
# The kernel maps a program in aligned stretches of 64 KiB, and the first is enough for it then, however
# large the rest grows.
resident := $(filter libds/core/fdpass.o libds/core/loop.o libds/life/answer.o libds/life/conlog.o libds/life/monitor.o libds/life/seats.o libds/life/shed.o libds/life/shim.o,$(obj))
resident-obj := $(addprefix $(O)/obj/,$(resident))
other-obj := $(addprefix $(O)/obj/,$(sort $(filter-out $(resident),$(obj))))
OBJ := $(resident-obj) $(other-obj)
# Stands for functions of the C library: where the linker finds them it looks no further.
ifeq ($(SANITIZE),)
libc-obj := $(patsubst %.c,$(O)/obj/%.o,$(wildcard libds/libc/*.c))
OBJ += $(libc-obj)
endif

# Headers that sources include as "gen/...". config.h comes before every source by -include.
headers := $(GEN)/config.h $(GEN)/version.h $(GEN)/applets.h $(GEN)/crypt_sha256.h

# ---- Tools and flags --------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wformat=2 -Wno-format-nonliteral -Wundef -Wvla -Wwrite-strings -Wpointer-arith \
	-Wmissing-field-initializers -Wimplicit-fallthrough
# -Oz came with gcc 12, and saves 1 %.
ifeq ($(origin CFLAGS),undefined)
CFLAGS := $(shell $(CC) -Oz -E -x c /dev/null >/dev/null 2>&1 && echo -Oz || echo -Os)
endif
base-cppflags := -D_GNU_SOURCE -I. -I$(O) -include $(GEN)/config.h
base-cflags := -std=gnu11 -g $(WARNINGS) -ffunction-sections -fdata-sections -fno-common

ifneq ($(SANITIZE),)
# A glibc build: musl has no address sanitizer, and a sanitized program cannot be static.
sanitize-flags := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
all-cflags = $(base-cppflags) $(CPPFLAGS) $(base-cflags) $(sanitize-flags)
link = $(CC) $(sanitize-flags) $(LDFLAGS) -o $@ $(OBJ) -Wl,-Map,$(O)/droidspaces.map
strip = cp $< $@
else
# Static musl, spelled out rather than through musl-gcc, so that gcc and clang are driven alike.
# The one that is built for size, else (only for this machine) the one that is installed.
MUSL_INCLUDE := $(DS_MUSL_CACHE)/$(ARCH)/include
MUSL_LIB := $(DS_MUSL_CACHE)/$(ARCH)/lib
ifeq ($(wildcard $(MUSL_LIB)/libc.a),)
MUSL_INCLUDE := /usr/include/$(or $(call column,4),$(machine)-linux-musl)
MUSL_LIB := /usr/lib/$(or $(call column,4),$(machine)-linux-musl)
ifneq ($(filter-out $(config-goals),$(or $(MAKECMDGOALS),all)),)
$(if $(wildcard $(MUSL_LIB)/libc.a),,$(error There is no musl to link with: run scripts/install-deps))
endif
endif
# Kernel headers, which musl does not bring: a directory that holds nothing else.
UAPI_INCLUDE := /usr/$(or $(call column,3),$(machine)-linux-gnu)/include
ifeq ($(wildcard $(UAPI_INCLUDE)/linux/mount.h),)
UAPI_INCLUDE := $(O)/uapi
uapi := $(UAPI_INCLUDE)/.made
endif
no-unwinding := -fno-asynchronous-unwind-tables -fno-unwind-tables
musl-include := -nostdinc -isystem $(MUSL_INCLUDE) -isystem $(shell $(CC) -print-file-name=include) \
	-idirafter $(UAPI_INCLUDE)
# Nothing of where the tree lies gets into what is built.
all-cflags = $(base-cppflags) $(musl-include) $(CPPFLAGS) $(base-cflags) $(CFLAGS) -fno-pie \
	-fno-stack-protector $(no-unwinding) -fomit-frame-pointer $(size-flags) $(arch-flags) -ffile-prefix-map=$(CURDIR)=.
# Pages of 16 bytes: the linker pads the file for those that data begins in.
link = $(CC) -static -nostdlib -Wl,--gc-sections \
	-Wl,-z,norelro,-z,noseparate-code,-z,noexecstack,-z,common-page-size=16,--build-id=none,--no-eh-frame-hdr \
	-Wl,-Map,$(basename $@).map $(LDFLAGS) -o $@ $(MUSL_LIB)/crt1.o $(MUSL_LIB)/crti.o \
	$(resident-obj) $(idle-obj) $(other-obj) $(libc-obj) $(pack-obj) $(pack-ld:%=-Wl,-T,%) $(libc) $(shell $(CC) -print-libgcc-file-name) $(MUSL_LIB)/crtn.o \
	$(ldflags-$(ARCH))
strip = $(STRIP) -s -R .comment -R .note.gnu.property -R .riscv.attributes -o $@ $<

# Of configs/arches. What gcc calls -mpreferred-stack-boundary=2, 2^2 bytes, is -mstack-alignment=4 to clang.
arch-flags := $(wordlist 8,99,$(subst |, ,$(filter $(ARCH)|%,$(arch-rows))))
ifneq ($(findstring clang,$(CC)),)
arch-flags := $(arch-flags:-mpreferred-stack-boundary=2=-mstack-alignment=4)
endif
# What gcc does for speed by -Oz, too (1 %; not on aarch64, where it is no loss).
ifeq ($(findstring clang,$(CC))$(filter aarch64,$(ARCH)),)
size-flags := -fno-thread-jumps -fno-caller-saves -fno-inline-functions-called-once -fno-tree-dominator-opts
endif
# On x86 gcc would begin tables at multiples of 32 bytes (0.5 %).
ifeq ($(findstring clang,$(CC)),)
size-flags += $(if $(filter x86_64 x86,$(ARCH)),-malign-data=abi)
endif
# Without floating point a function like printf saves no registers of it.
arch-flags += $(if $(filter x86_64 aarch64,$(ARCH)),-mgeneral-regs-only)
# The linker works around a fault of the Cortex-A53, by default with stubs that come in pages. What lies
# within 1 MiB needs none.
ldflags-aarch64 := -Wl,--fix-cortex-a53-843419=adr
# What the linker would reach by the global pointer it places before it knows how far off that is, behind
# what is packed; nothing but 20 bytes is lost.
ldflags-riscv64 := -Wl,--defsym,'__global_pointer$$=0'

# The C library's functions begin at multiples of 16 bytes, for speed that nobody would notice here; 1.3
# KiB of padding. Ours begin anywhere, by -Oz, or where the machine wants them.
libc := $(O)/obj/libc.a
code-align := $(or $(call column,7),4)

# Parts of the program are packed (libds/core/pack.h) where there is what inflates them. PACK= leaves all as it is.
PUFF := $(DS_MUSL_CACHE)/puff-2.3
PACK := $(if $(and $(wildcard $(PUFF)/puff.c),$(wildcard /usr/include/zopfli/zopfli.h)),1)
ifneq ($(PACK),)
pack-obj := $(O)/obj/puff.o
pack-ld := $(O)/pack.ld
pack = $(O)/host/mkpack $< $@
endif
# Commands that are run often, or live long: their code is there from the start.
hot-applets := start stop restart enter run show status info pid usage init_shim

# What an idle monitor runs of the C library, and what it moves a guest's output with, taken out to lie
# beside it.
idle-obj := $(patsubst %,$(O)/obj/idle/%.o,epoll read waitpid wait4 __syscall_cp \
	syscall_ret __errno_location madvise time clock_gettime fstatat memchr memrchr \
	memcpy writev pwrite pread poll close syscall send sendto sendmsg recv recvfrom accept4 setsockopt kill \
	open openat unlinkat renameat mkdirat ioctl write)
endif

# -s is among the letters that make puts first, without a dash.
ifeq ($(V)$(findstring s,$(filter-out -% %=%,$(firstword $(MAKEFLAGS)))),)
say = @printf '  %-8s %s\n' $1 $2;
else
say = $(if $(V),,@)
endif
# Writes what comes on stdin to $@, but leaves it alone if it is that already: then nothing that
# depends on it is made again.
if-changed = cat >$@.new && if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# ---- The program ------------------------------------------------------------------------------

.PHONY: all
all: $(O)/droidspaces $(O)/.links man completion

$(O)/droidspaces: $(O)/droidspaces.debug $(if $(pack-obj),$(O)/host/mkpack)
	$(call say,$(if $(pack-obj),PACK,STRIP),$@) $(or $(pack),$(strip))

$(O)/droidspaces.debug: $(OBJ) $(idle-obj) $(libc) $(O)/.objects $(pack-obj) $(pack-ld)
	$(call say,LINK,$@) $(link)

$(O)/host/mkpack: host-libs := -lzopfli
$(O)/host/mkpack: libds/core/packed.h
# What leads to them is cut: commands, and a process that lives while a guest is connected.
cold-entries := $(patsubst %,applet_%,$(filter-out $(hot-applets),$(applet-y))) ds_link_serve
$(O)/.cold: FORCE
	@mkdir -p $(@D); printf '%s\n' '$(cold-entries)' | $(if-changed)
$(O)/pack.ld: scripts/pack.ld scripts/cold-sections $(OBJ) $(idle-obj) $(libc) $(pack-obj) $(O)/.objects $(O)/.cold
	@OBJDUMP=$(OBJDUMP) scripts/cold-sections "crt1.o pack.o" "$(if $(CONFIG_PACK_ALL),main,$(cold-entries))" \
		$(MUSL_LIB)/crt1.o $(resident-obj) $(idle-obj) $(other-obj) $(libc-obj) $(pack-obj) $(libc) >$@.cold
	@sed -e '/^\t\tCOLD$$/{r $@.cold' -e 'd}' $< >$@
$(O)/obj/puff.o: $(PUFF)/puff.c $(O)/.flags
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC) $(filter-out $(WARNINGS),$(all-cflags)) -c -o $@ $<

$(libc): $(MUSL_LIB)/libc.a $(O)/.flags
	@mkdir -p $(@D)
	$(call say,ALIGN,$@) $(OBJCOPY) --set-section-alignment '.text*=$(code-align)' $< $@

# Some archives of musl hold .lo, some .o.
$(idle-obj): $(libc)
	@mkdir -p $(@D)
	@ar p $< $(@F) $(@F:.o=.lo) >$@ 2>$@.err; test -s $@ || { cat $@.err; false; }

$(O)/obj/%.o: %.c $(O)/.flags | $(headers) $(uapi)
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC) $(all-cflags) -MMD -MP -c -o $@ $<

-include $(OBJ:.o=.d)

# The compiler and its flags, and the objects to link: a change makes again what they went into.
.PHONY: FORCE
$(O)/.flags: FORCE
	@mkdir -p $(@D); printf '%s\n' '$(CC) $(all-cflags)' | $(if-changed)
$(O)/.objects: FORCE
	@mkdir -p $(@D); printf '%s\n' '$(link)' | $(if-changed)

# Links for exactly the applets that are built in.
$(O)/.links: $(GEN)/auto.mk
	@rm -f $(O)/ds-*
	@for name in $(names-y); do ln -sf droidspaces $(O)/$$name; done
	@touch $@

$(O)/uapi/.made:
	@mkdir -p $(@D)
	@ln -sfn /usr/include/linux $(@D)/linux
	@ln -sfn /usr/include/asm-generic $(@D)/asm-generic
	@ln -sfn $(firstword $(wildcard /usr/include/$(machine)-linux-gnu/asm /usr/include/asm)) $(@D)/asm
	@touch $@

# A driver of testsuite/unit as the program is: static musl, for any machine (cross.test).
$(O)/unit/%: testsuite/unit/%.c $(addprefix $(O)/obj/,$(filter $(obj),$(lib-obj))) $(libc)
	@mkdir -p $(@D)
	$(call say,LINK,$@) $(CC) $(all-cflags) -Itestsuite/unit -static -nostdlib -Wl,--gc-sections $(ldflags-$(ARCH)) \
		-o $@ $(MUSL_LIB)/crt1.o $(MUSL_LIB)/crti.o $^ $(shell $(CC) -print-libgcc-file-name) $(MUSL_LIB)/crtn.o

# ---- Generated from the applets' declarations -------------------------------------------------

# spec.h holds options that several applets share.
declarations := applets/applet.h $(wildcard libds/life/spec.h)

$(GEN)/%.applet: applets/%.c $(declarations) scripts/gen-applet
	@mkdir -p $(@D)
	@scripts/gen-applet $< >$@.tmp && mv $@.tmp $@

# The list of applets: one that is removed leaves nothing newer behind.
$(O)/.applets: FORCE
	@mkdir -p $(@D); printf '%s\n' '$(applet-src)' | $(if-changed)

$(GEN)/applets.h: $(records) $(O)/.applets scripts/gen-applets-h
	@scripts/gen-applets-h $(records) | $(if-changed)

# Of musl's crypt(3), public domain: the hash itself, which it keeps to itself.
$(GEN)/crypt_sha256.h: $(wildcard $(DS_MUSL_CACHE)/musl-*.tar.gz) scripts/install-musl
	@mkdir -p $(@D)
	@$(if $(filter %.gz,$<),,echo "There is no source of musl: run scripts/install-deps" >&2; false)
	@tar -xzOf $< --wildcards '*/crypt_sha256.c' | sed '/^static const unsigned char b64/,$$d' | $(if-changed)

$(GEN)/version.h: Makefile
	@mkdir -p $(@D)
	@printf '#define DS_VERSION "%s"\n' $(VERSION) | $(if-changed)

# Of /usr/include this one file, which is for any machine.
JSMN := /usr/include/jsmn.h
$(GEN)/jsmn.h: $(wildcard $(JSMN))
	@mkdir -p $(@D)
	@[ -f $(JSMN) ] || { echo "There is no $(JSMN): run scripts/install-deps, or turn INTEGRATE and GUEST off" >&2; false; }
	@{ echo '#pragma GCC system_header'; cat $(JSMN); } >$@
$(O)/obj/libds/link/message.o: $(GEN)/jsmn.h

$(GEN)/Kconfig.applets: $(applet-src) $(O)/.applets scripts/gen-kconfig
	@mkdir -p $(@D)
	@scripts/gen-kconfig $(applet-src) | $(if-changed)

# ---- Host tools -------------------------------------------------------------------------------

# A program that runs while building and prints a header.
$(O)/host/%: scripts/%.c
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<) $(HOSTCC) -O1 -Wall -Wextra -o $@ $< $(host-libs)

# What scripts/bench measures with runs in a guest that has no library: static musl, too.
$(O)/host/bench-uds: testsuite/uds.c $(uapi)
	@mkdir -p $(@D)
	$(call say,CC,$<) $(bench-cc)
$(O)/host/bench-%: scripts/bench-%.c $(uapi)
	@mkdir -p $(@D)
	$(call say,CC,$<) $(bench-cc)
bench-cc = $(CC) $(musl-include) -std=gnu11 -O2 -Wall -Wextra -fno-pie $(no-unwinding) \
	-fno-stack-protector -static -nostdlib -o $@ $(MUSL_LIB)/crt1.o $(MUSL_LIB)/crti.o $< \
	$(MUSL_LIB)/libc.a $(shell $(CC) -print-libgcc-file-name) $(MUSL_LIB)/crtn.o

.PHONY: bench
bench: $(O)/droidspaces $(O)/.links $(O)/host/bench-floor $(O)/host/bench-latency $(O)/host/bench-uds
	O=$(O) scripts/bench

ifneq ($(wildcard scripts/mkfilter.c),)
$(O)/host/mkfilter: host-libs := -lseccomp
$(GEN)/seccomp_filter.h: $(O)/host/mkfilter
	$(call say,GEN,$@) $< $(machine) >$@.tmp && \
		mv $@.tmp $@
$(O)/obj/libds/kernel/seccomp.o: $(GEN)/seccomp_filter.h
endif

# ---- Machines with other kernels ---------------------------------------------------------------

# KERNEL=, CGROUP=, ROOT=, TESTS= and more, of the command line or the environment: scripts/test-vm --help
.PHONY: test-vm test-vm-matrix
test-vm: all
	@ARCH=$(ARCH) DS_BUILD=$(abspath $(O)) scripts/test-vm
test-vm-matrix: all $(patsubst %,all-%,$(filter-out $(ARCH),aarch64 armhf))
	@scripts/test-vm-matrix

# ---- Configuration ----------------------------------------------------------------------------

$(O)/.config: | $(GEN)/Kconfig.applets
	@$(KCONFIG) -s --defconfig=configs/complete_defconfig configs/Kconfig >/dev/null

kconfig-files := configs/Kconfig $(GEN)/Kconfig.applets

# The configuration in make's words. When Kconfig has grown, new symbols get their defaults.
$(GEN)/auto.mk: $(O)/.config $(kconfig-files) $(records) $(O)/.applets scripts/gen-config Makefile
	@$(KCONFIG) -s --olddefconfig configs/Kconfig >/dev/null
	@scripts/gen-config $(O)/.config $(kconfig-files) >$(GEN)/config.h.new
	@cmp -s $(GEN)/config.h.new $(GEN)/config.h || cp $(GEN)/config.h.new $(GEN)/config.h
	@rm $(GEN)/config.h.new
	@{ sed -n '/^CONFIG_/p' $(O)/.config; \
	   awk -F '\t' 'function done() { if (symbol) print "applet-$$(CONFIG_" symbol ") += " source; \
			if (symbol && !guest) { print "command-$$(CONFIG_" symbol ") += " source; \
				print "names-$$(CONFIG_" symbol ") += " name } symbol = guest = "" } \
		$$1 == "name" { done(); name = $$2 } \
		$$1 == "source" { source = $$2; gsub(/.*\/|\.c$$/, "", source) } \
		$$1 == "symbol" { symbol = $$2 } \
		$$1 == "guest" { guest = 1 } END { done() }' $(records); } >$@
$(GEN)/config.h: $(GEN)/auto.mk ;

.PHONY: menuconfig oldconfig olddefconfig defconfig savedefconfig
.PHONY: allnoconfig allyesconfig randconfig
menuconfig: $(GEN)/Kconfig.applets
	@KCONFIG_CONFIG=$(O)/.config kconfig-mconf configs/Kconfig
oldconfig olddefconfig allnoconfig allyesconfig randconfig: $(GEN)/Kconfig.applets
	@$(KCONFIG) --$@ configs/Kconfig
defconfig: complete_defconfig
%_defconfig: configs/%_defconfig $(GEN)/Kconfig.applets
	@if grep -q '^# base: allnoconfig' $<; then \
		KCONFIG_ALLCONFIG=$< $(KCONFIG) --allnoconfig configs/Kconfig; \
	else \
		$(KCONFIG) --defconfig=$< configs/Kconfig; \
	fi
savedefconfig: $(GEN)/Kconfig.applets
	@$(KCONFIG) --savedefconfig=$(O)/defconfig configs/Kconfig
	@echo "saved as $(O)/defconfig"

# ---- Manual pages, completions, installation --------------------------------------------------

.PHONY: man completion install
built-records := $(command-y:%=$(GEN)/%.applet) $(GEN)/droidspaces.applet
man-pages := $(names-y:%=$(O)/man/%.1) $(O)/man/droidspaces.1
man: $(O)/man/.made
$(O)/man/.made: $(built-records) $(GEN)/auto.mk scripts/gen-man
	@rm -rf $(@D) && mkdir -p $(@D)
	@scripts/gen-man $(VERSION) $(GEN)/config.h $(@D) $(sort $(built-records))
	@touch $@

completion: $(O)/completion/.made
$(O)/completion/.made: $(built-records) $(GEN)/auto.mk scripts/gen-completion
	@rm -rf $(@D) && mkdir -p $(@D)/bash $(@D)/zsh
	@scripts/gen-completion bash $(GEN)/config.h $(sort $(built-records)) >$(@D)/bash/droidspaces
	@for name in $(names-y); do ln -s droidspaces $(@D)/bash/$$name; done
	@scripts/gen-completion zsh $(GEN)/config.h $(sort $(built-records)) >$(@D)/zsh/_droidspaces
	@touch $@

bin-dir = $(DESTDIR)$(PREFIX)/bin
share-dir = $(DESTDIR)$(PREFIX)/share
unit-dir = $(DESTDIR)$(PREFIX)/lib/systemd/system
install: all
	mkdir -p $(bin-dir) $(share-dir)/man/man1 $(share-dir)/bash-completion/completions \
		$(share-dir)/zsh/site-functions
	install -m 755 $(O)/droidspaces $(bin-dir)/.droidspaces.new
	mv -f $(bin-dir)/.droidspaces.new $(bin-dir)/droidspaces
	for name in $(names-y); do ln -sf droidspaces $(bin-dir)/$$name; done
	install -m 644 $(O)/man/*.1 $(share-dir)/man/man1
	cp -P $(O)/completion/bash/* $(share-dir)/bash-completion/completions
	install -m 644 $(O)/completion/zsh/_droidspaces $(share-dir)/zsh/site-functions
	$(if $(filter autostart,$(applet-y)),mkdir -p $(unit-dir) && sed 's|@BINDIR@|$(PREFIX)/bin|' \
		scripts/ds-autostart.service >$(unit-dir)/ds-autostart.service)

# ---- For every machine ------------------------------------------------------------------------

ARCHES := $(arches)
CONFIGS := complete full recovery
# What every file of the tarball is dated.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || stat -c %Y Makefile)

# Where make ARCH= builds by itself.
arch-dir = $(O)$(if $(filter-out $(native-arch),$1),/$1)
.PHONY: all-arch $(ARCHES:%=all-%)
all-arch: $(ARCHES:%=all-%)
	@scripts/sizes $(foreach arch,$(ARCHES),$(arch):droidspaces:$(call arch-dir,$(arch))/droidspaces)
$(ARCHES:%=all-%): all-%:
	+@$(MAKE) --no-print-directory ARCH=$* O=$(call arch-dir,$*) all

# Builds of their own: what was configured elsewhere does not count.
dist-pairs := $(foreach arch,$(ARCHES),$(CONFIGS:%=$(arch):%))
dist-builds := $(subst :,-,$(dist-pairs:%=dist-%))
.PHONY: dist sizes $(dist-builds)
$(dist-builds): dist-%:
	+@set ARCH=$(firstword $(subst -, ,$*)) O=$(O)/dist/$*; \
	$(MAKE) -s "$$@" $(lastword $(subst -, ,$*))_defconfig >/dev/null && \
	$(MAKE) --no-print-directory "$$@" all
sizes: $(dist-builds)
	@scripts/sizes $(foreach pair,$(dist-pairs),$(pair):$(O)/dist/$(subst :,-,$(pair))/droidspaces)
dist: sizes
	@scripts/mkdist $(O)/dist $(VERSION) $(dist-pairs)
	@cat $(O)/dist/droidspaces-$(VERSION).tar.gz.sha256

# For a phone's root manager; it chooses the program when it is installed.
.PHONY: module
module: $(ARCHES:%=dist-%-full)
	@scripts/mkmodule $(O)/dist $(VERSION) $(ARCHES)
	@cat $(O)/dist/droidspaces-$(VERSION).zip.sha256

# ---- The rest ---------------------------------------------------------------------------------

.PHONY: sanitize clean distclean help
sanitize:
	@$(MAKE) SANITIZE=1

clean:
	@find $(O) -mindepth 1 -maxdepth 1 ! -name .config $(arches:%=! -name %) -exec rm -rf {} + 2>/dev/null || true
distclean:
	rm -rf $(O) build-asan

help:
	@echo "all (default)    $(O)/droidspaces, links, manual pages, completions"
	@echo "install          to PREFIX=$(PREFIX) below DESTDIR"
	@echo "sanitize         the same with address and undefined sanitizers in build-asan"
	@echo "menuconfig       choose commands and features; also oldconfig olddefconfig savedefconfig"
	@echo "NAME_defconfig   $(patsubst configs/%_defconfig,%,$(wildcard configs/*_defconfig)); also" \
		"allnoconfig allyesconfig randconfig"
	@echo "all-arch         the same for every machine, to build/ARCH: $(arches)"
	@echo "dist sizes       a tarball of CONFIGS=\"$(CONFIGS)\" for them all; only the table of sizes"
	@echo "module           a zip of ARCHES for Magisk, KernelSU and APatch"
	@echo "test-vm          a few tests on another kernel; test-vm-matrix: all of it (docs/vm.md)"
	@echo "bench            measure it, as root (docs/bench.md)"
	@echo "clean distclean  remove what was built; distclean also the configuration"
	@echo "Variables: ARCH=aarch64 CC=clang O=DIR V=1 CFLAGS LDFLAGS"

endif
