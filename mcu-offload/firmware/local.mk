# SPDX-License-Identifier: Apache-2.0
# libm4.a: the portable part of the Cortex-M4's firmware, for this machine: tests and fuzzers link it.
noinst_LIBRARIES += libm4.a
M4_CORE = \
	mcu-offload/firmware/m4-board.h \
	mcu-offload/firmware/m4-channel.h mcu-offload/firmware/m4-channel.c \
	mcu-offload/firmware/m4-core.h mcu-offload/firmware/m4-core.c \
	mcu-offload/firmware/m4-network.h \
	mcu-offload/firmware/m4-reply.h mcu-offload/firmware/m4-reply.c \
	mcu-offload/firmware/m4-ring.h mcu-offload/firmware/m4-ring.c \
	mcu-offload/firmware/m4-session.h mcu-offload/firmware/m4-session.c
M4_MODELS = \
	mcu-offload/firmware/m4-models.h mcu-offload/firmware/m4-models.c \
	mcu-offload/firmware/m4-upload.h mcu-offload/firmware/m4-upload.c
M4_DRIVER = mcu-offload/firmware/mps2/driver.h mcu-offload/firmware/mps2/driver.c
libm4_a_SOURCES = $(M4_CORE) $(M4_MODELS) $(M4_DRIVER)

# The firmware itself: bare metal, by a compiler of its own, below cortex-m4/ of the build directory.
#   cortex-m4/postured-m4.elf       STM32MP15, for Linux' remoteproc
#   cortex-m4/postured-m4-core.elf  the same without uploads: as small as it gets
#   cortex-m4/mps2-uart.elf         QEMU's mps2-an386, messages by its serial line
#   cortex-m4/mps2-files.elf        the same, messages by files of the host
M4_BARE = mcu-offload/firmware/include/string.h mcu-offload/firmware/m4-memory.c
M4_BAKED = mcu-offload/firmware/m4-baked.c
M4_BAKED_ONLY = mcu-offload/firmware/m4-network-baked.c
M4_UPLOAD = mcu-offload/firmware/m4-network-upload.c
M4_WIRE = mcu-offload/protocol.c nn/runtime/crc32.c nn/runtime/preprocess.c
# All that runs a model from its file: every operator, every type.
M4_RUNTIME = $(filter-out nn/runtime/crc32.c nn/runtime/preprocess.c,\
	$(filter nn/runtime/%.c,$(libkernels_a_SOURCES) $(libnn_a_SOURCES)))
M4_BOARD = \
	mcu-offload/firmware/stm32mp15/board.h mcu-offload/firmware/stm32mp15/board.c \
	mcu-offload/firmware/stm32mp15/clock.h mcu-offload/firmware/stm32mp15/clock.c \
	mcu-offload/firmware/stm32mp15/hardware.h \
	mcu-offload/firmware/stm32mp15/main.c \
	mcu-offload/firmware/stm32mp15/record.h mcu-offload/firmware/stm32mp15/record.c \
	mcu-offload/firmware/stm32mp15/registers.h \
	mcu-offload/firmware/stm32mp15/resources.h mcu-offload/firmware/stm32mp15/resources.c \
	mcu-offload/firmware/stm32mp15/stack.h \
	mcu-offload/firmware/stm32mp15/trace.h mcu-offload/firmware/stm32mp15/trace.c
M4_MAP = \
	mcu-offload/firmware/stm32mp15/memory.h \
	mcu-offload/firmware/stm32mp15/protection.h mcu-offload/firmware/stm32mp15/protection.c
M4_STM32MP15 = $(M4_BOARD) $(M4_MAP) mcu-offload/firmware/stm32mp15/stack.c mcu-offload/firmware/stm32mp15/start.c
M4_MPS2 = \
	mcu-offload/firmware/mps2/main.c \
	mcu-offload/firmware/mps2/start.c \
	mcu-offload/firmware/mps2/transport.h
M4_MPS2_UART = mcu-offload/firmware/mps2/transport-uart.c
M4_MPS2_FILES = mcu-offload/firmware/mps2/transport-files.c
EXTRA_DIST += $(M4_BARE) $(M4_BAKED) $(M4_BAKED_ONLY) $(M4_UPLOAD) $(M4_STM32MP15) $(M4_MPS2) $(M4_MPS2_UART) \
	$(M4_MPS2_FILES) \
	mcu-offload/firmware/stm32mp15/link.ld mcu-offload/firmware/mps2/link.ld

# What Linux' loader would say; on this machine.
noinst_PROGRAMS += m4-lint
M4_LINT = $(M4_MAP) mcu-offload/firmware/lint.h mcu-offload/firmware/lint.c mcu-offload/firmware/lint-resources.c
m4_lint_SOURCES = $(M4_LINT) mcu-offload/firmware/lint-main.c
m4_lint_LDADD = libm4.a

if HAVE_M4_FIRMWARE
# What is baked in: float32 or int8, from frames.
M4_MODEL = $(top_srcdir)/nn/models/handposture.pnn
M4_CORE_FLAGS = -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16
M4_COMPILE = $(M4_CORE_FLAGS) -std=gnu11 -ffreestanding -fno-pic -fno-stack-protector -ffp-contract=off -fno-math-errno \
	-ffunction-sections -fdata-sections -Wall -Wextra -Wshadow -Wconversion $(filter -Werror,$(WARN_CFLAGS)) -MMD -MP \
	-isystem $(top_srcdir)/mcu-offload/firmware/include -I$(top_srcdir) -Icortex-m4
M4_LINK = $(M4_CORE_FLAGS) -nostdlib -Wl,--gc-sections -Wl,-n -Wl,-S
m4_portable = $(patsubst %.c,cortex-m4/%.o,$(filter %.c,$(M4_CORE) $(M4_BARE) $(M4_BAKED) $(M4_WIRE)))
m4_upload = $(patsubst %.c,cortex-m4/%.o,$(filter %.c,$(M4_MODELS) $(M4_UPLOAD) $(M4_RUNTIME)))
m4_stm32mp15 = $(m4_portable) $(patsubst %.c,cortex-m4/%.o,$(filter %.c,$(M4_STM32MP15)))
m4_stm32mp15_full = $(m4_stm32mp15) $(m4_upload)
m4_stm32mp15_core = $(m4_stm32mp15) $(M4_BAKED_ONLY:%.c=cortex-m4/%.o)
m4_mps2 = $(m4_portable) $(m4_upload) \
	$(patsubst %.c,cortex-m4/%.o,$(filter %.c,$(M4_MPS2) $(M4_DRIVER) mcu-offload/framing.c))
m4_mps2_uart = $(m4_mps2) $(M4_MPS2_UART:%.c=cortex-m4/%.o)
m4_mps2_files = $(m4_mps2) $(M4_MPS2_FILES:%.c=cortex-m4/%.o)
M4_FIRMWARE = cortex-m4/postured-m4.elf cortex-m4/postured-m4-core.elf cortex-m4/mps2-uart.elf cortex-m4/mps2-files.elf
noinst_DATA += $(M4_FIRMWARE)

# The baked network for speed, the rest small; the runtime's kernels are hardly faster with -O2, and a third larger.
cortex-m4/net.c: $(M4_MODEL) $(M4_EXPORTER)
	$(AM_V_GEN)$(MKDIR_P) cortex-m4 && $(POSTURE_MODEL) export --c cortex-m4 --core m4 --name net $(M4_MODEL) >/dev/null
# An int8 network's input, which the exported C leaves to its caller; 9 digits are a float32 as it was.
cortex-m4/net-input.h: $(M4_MODEL) $(M4_EXPORTER)
	$(AM_V_GEN)$(MKDIR_P) cortex-m4 && LC_ALL=C $(POSTURE_MODEL) info $(M4_MODEL) | $(SED) -n \
		-e 's/^input .* real = \([0-9.e-]*\) \* (stored - \([0-9-]*\)).*/#define NET_INPUT_SCALE \1f\n#define NET_INPUT_ZERO (\2)/p' \
		-e 's/^input .* f32.*/#define NET_INPUT_SCALE 1.0f\n#define NET_INPUT_ZERO 0/p' >$@
cortex-m4/net.o: cortex-m4/net.c
	$(AM_V_CC)$(M4_CC) $(M4_COMPILE) -w -O2 -c -o $@ cortex-m4/net.c
cortex-m4/%.o: %.c
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(M4_CC) $(M4_COMPILE) -Os '-DM4_MODEL="$(M4_MODEL)"' -c -o $@ $<
cortex-m4/mcu-offload/firmware/m4-baked.o: cortex-m4/net.c cortex-m4/net-input.h $(M4_MODEL)
cortex-m4/postured-m4.elf: $(m4_stm32mp15_full) cortex-m4/net.o mcu-offload/firmware/stm32mp15/link.ld
	$(AM_V_CCLD)$(M4_CC) $(M4_LINK) -Wl,--defsym=STACK_BYTES=3072 \
		-T $(top_srcdir)/mcu-offload/firmware/stm32mp15/link.ld -o $@ $(m4_stm32mp15_full) cortex-m4/net.o -lgcc
cortex-m4/postured-m4-core.elf: $(m4_stm32mp15_core) cortex-m4/net.o mcu-offload/firmware/stm32mp15/link.ld
	$(AM_V_CCLD)$(M4_CC) $(M4_LINK) -Wl,--defsym=STACK_BYTES=1536 \
		-T $(top_srcdir)/mcu-offload/firmware/stm32mp15/link.ld -o $@ $(m4_stm32mp15_core) cortex-m4/net.o -lgcc
cortex-m4/mps2-uart.elf: $(m4_mps2_uart) cortex-m4/net.o mcu-offload/firmware/mps2/link.ld
	$(AM_V_CCLD)$(M4_CC) $(M4_LINK) -T $(top_srcdir)/mcu-offload/firmware/mps2/link.ld -o $@ \
		$(m4_mps2_uart) cortex-m4/net.o -lgcc
cortex-m4/mps2-files.elf: $(m4_mps2_files) cortex-m4/net.o mcu-offload/firmware/mps2/link.ld
	$(AM_V_CCLD)$(M4_CC) $(M4_LINK) -T $(top_srcdir)/mcu-offload/firmware/mps2/link.ld -o $@ \
		$(m4_mps2_files) cortex-m4/net.o -lgcc
-include $(wildcard cortex-m4/*/*.d cortex-m4/*/*/*.d cortex-m4/*/*/*/*.d)

firmware-lint: m4-lint$(EXEEXT) cortex-m4/postured-m4.elf cortex-m4/postured-m4-core.elf
	$(AM_V_at)./m4-lint$(EXEEXT) cortex-m4/postured-m4.elf cortex-m4/postured-m4-core.elf

# By the name that postured-m4 gives to the kernel: postured/m4.elf.
install-data-local: cortex-m4/postured-m4.elf
	$(MKDIR_P) "$(DESTDIR)$(m4firmwaredir)/postured"
	$(INSTALL_DATA) cortex-m4/postured-m4.elf "$(DESTDIR)$(m4firmwaredir)/postured/m4.elf"
uninstall-local:
	rm -f "$(DESTDIR)$(m4firmwaredir)/postured/m4.elf"
else
firmware-lint:
	@echo "configured without the Cortex-M4's firmware: arm-none-eabi-gcc is missing" >&2; exit 1
endif
.PHONY: firmware-lint
