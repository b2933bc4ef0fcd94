/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox.c - source of facts: Linux' "Seccomp BPF (SECure COMPuting with filters)", setrlimit(2), prctl(2). */
#include "nn/import/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#if defined(__x86_64__) && !defined(__ILP32__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define ARCHITECTURE AUDIT_ARCH_ARM
#endif

/* A sanitizer's shadow takes more addresses than there is memory. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SHADOW_MEMORY
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define SHADOW_MEMORY
#endif

static int limit(__rlimit_resource_t resource, size_t most)
{
	const struct rlimit limits = {.rlim_cur = most, .rlim_max = most};

	return setrlimit(resource, &limits) < 0 ? -errno : 0;
}

#ifdef ARCHITECTURE
#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* What is not allowed fails with EPERM, so that a library can go on without. */
static int filter_calls(void)
{
	static const struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(__NR_read),
		ALLOW(__NR_write),
		ALLOW(__NR_close),
		ALLOW(__NR_brk),
		ALLOW(__NR_munmap),
		ALLOW(__NR_mremap),
		ALLOW(__NR_mprotect),
		ALLOW(__NR_madvise),
		ALLOW(__NR_futex),
		ALLOW(__NR_exit),
		ALLOW(__NR_exit_group),
		ALLOW(__NR_rt_sigaction),
		ALLOW(__NR_rt_sigprocmask),
		ALLOW(__NR_rt_sigreturn),
		ALLOW(__NR_sigaltstack),
		ALLOW(__NR_getpid),
		ALLOW(__NR_gettid),
		ALLOW(__NR_tgkill), /* abort() */
		ALLOW(__NR_clock_gettime),
		ALLOW(__NR_gettimeofday),
		ALLOW(__NR_getrandom),
#ifdef __NR_mmap
		ALLOW(__NR_mmap),
#endif
#ifdef __NR_mmap2
		ALLOW(__NR_mmap2),
#endif
#ifdef __NR_recv
		ALLOW(__NR_recv),
#endif
#ifdef __NR_send
		ALLOW(__NR_send),
#endif
		ALLOW(__NR_recvfrom),
		ALLOW(__NR_sendto),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
	const struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = (struct sock_filter *)(uintptr_t)filter,
	};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 ? -errno : 0;
}
#else
static int filter_calls(void)
{
	return 0;
}
#endif

int sandbox_enter(size_t addresses, unsigned cpu_s)
{
	int r = limit(RLIMIT_CPU, cpu_s);

	r = r < 0 ? r : limit(RLIMIT_FSIZE, 0);
	r = r < 0 ? r : limit(RLIMIT_CORE, 0);
#ifndef SHADOW_MEMORY
	r = r < 0 ? r : limit(RLIMIT_AS, addresses);
#else
	(void)addresses;
#endif
	if (r < 0)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	r = filter_calls();
	/* A kernel without filters, or an emulator of one, has the limits alone; so has a debugger's. */
	return r == -EINVAL || r == -ENOSYS ? 0 : r;
}
