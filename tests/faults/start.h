/*
 * Preloaded into the program under test. Faults begin with main, not with the
 * loader; when main returns, how many calls could have failed is written to
 * the file that FAULT_COUNT names.
 */
#ifndef AVOW_TESTS_FAULTS_START_H
#define AVOW_TESTS_FAULTS_START_H

#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef int main_fn(int argc, char **argv, char **env);
typedef int start_fn(main_fn *program, int argc, char **argv,
    void (*init)(void), void (*fini)(void), void (*rtld_fini)(void),
    void *stack_end);

static main_fn *program_main;
static atomic_bool is_armed;
static atomic_long calls;
static long fail_at; /* 0: none */
static bool fails_once;

/* Whether this call, the next one counted, is to fail. */
static inline bool
is_due(void)
{
	long n;

	if (!is_armed)
		return false;
	n = atomic_fetch_add(&calls, 1) + 1;
	return fail_at > 0 && (fails_once ? n == fail_at : n >= fail_at);
}

static void
write_count(void)
{
	const char *path = getenv("FAULT_COUNT");
	char text[32];
	int fd, len;

	if (path == NULL)
		return;
	len = snprintf(text, sizeof(text), "%ld\n", (long)calls);
	fd = (int)syscall(SYS_openat, AT_FDCWD, path,
	    O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return;
	(void)!syscall(SYS_write, fd, text, (size_t)len);
	close(fd);
}

static int
run_main(int argc, char **argv, char **env)
{
	const char *at = getenv("FAULT_AT"), *once = getenv("FAULT_ONCE");
	int code;

	fail_at = at == NULL ? 0 : strtol(at, NULL, 10);
	fails_once = once != NULL && strcmp(once, "1") == 0;
	is_armed = true;
	code = program_main(argc, argv, env);
	is_armed = false;
	write_count();
	return code;
}

start_fn __libc_start_main;

int
__libc_start_main(main_fn *program, int argc, char **argv, void (*init)(void),
    void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
	start_fn *start = (start_fn *)dlsym(RTLD_NEXT, "__libc_start_main");

	program_main = program;
	return start(run_main, argc, argv, init, fini, rtld_fini, stack_end);
}

#endif
