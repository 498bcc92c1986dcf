/*
 * Runs a program under a filter of the kernel's that kills it on socket(2),
 * socketpair(2) and connect(2), whoever calls them: kill-sockets PROGRAM
 * [ARGUMENT...]. Exits with 77 where the kernel allows no such filter.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#endif

#define EXIT_SKIP 77
#define EXIT_NO_PROGRAM 127

#ifdef OUR_ARCH

#ifndef SECCOMP_RET_KILL_PROCESS
#define SECCOMP_RET_KILL_PROCESS 0x80000000U
#endif
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int
forbid_sockets(void)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socketpair, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_connect, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT(rules), rules };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

#else

static int
forbid_sockets(void)
{
	errno = ENOSYS;
	return -1;
}

#endif

int
main(int argc, char **argv)
{
	if (argc < 2)
		return EXIT_NO_PROGRAM;
	if (forbid_sockets() != 0) {
		perror("kill-sockets");
		return EXIT_SKIP;
	}
	execv(argv[1], argv + 1);
	perror(argv[1]);
	return EXIT_NO_PROGRAM;
}
