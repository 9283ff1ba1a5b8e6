/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * main.c - without a fuzzer: play files, translate scripts, or play at random.
 *
 *	fuzz-ops FILE...            play each input
 *	fuzz-ops --script FILE...   play each script
 *	fuzz-ops --print FILE       an input as a script
 *	fuzz-ops --make SCRIPT FILE a script as an input
 *	fuzz-ops --apart FILE...    each in a process of its own, so that one that fails ends only that
 *	fuzz-ops --random SEED N    play N inputs made from a seed; --until SECONDS in place of N
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "target.h"

#define INPUT_MAX 65536u

static uint8_t input[INPUT_MAX];

static size_t read_input(const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t size;

	if (file == NULL) {
		perror(path);
		exit(2);
	}
	size = fread(input, 1, sizeof(input), file);
	(void)fclose(file);
	return size;
}

static size_t read_script(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned line = 0;
	size_t size;

	if (file == NULL) {
		perror(path);
		exit(2);
	}
	if (!target_script(file, input, sizeof(input), &size, &line)) {
		(void)fprintf(stderr, "%s:%u: not understood\n", path, line);
		exit(2);
	}
	(void)fclose(file);
	return size;
}

/* Each input in memory of its own size, so that a read past its end is found. */
static void play(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size != 0 ? size : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, bytes, size);
	target_play(copy, size);
	free(copy);
}

static uint64_t played;

/* How many inputs it took. */
static void on_abort(int signal_number)
{
	char text[64];
	int length = snprintf(text, sizeof(text), "# played %llu inputs\n", (unsigned long long)played);

	(void)signal_number;
	if (length > 0 && write(STDERR_FILENO, text, (size_t)length) < 0)
		_exit(2);
}

static uint64_t next_random(uint64_t *state)
{
	*state += UINT64_C(0x9e3779b97f4a7c15);
	return target_scatter(*state);
}

static int play_random(uint64_t seed, uint64_t count, time_t until)
{
	uint64_t state = seed;

	(void)signal(SIGABRT, on_abort);
	while (until != 0 ? time(NULL) < until : played < count) {
		size_t size = target_make(input, sizeof(input), next_random(&state));

		played++;
		play(input, size);
	}
	(void)printf("%s: %llu random inputs, no finding\n", target_name, (unsigned long long)played);
	return 0;
}

static int play_apart(const char *path)
{
	int status = 0;
	pid_t child = fork();

	if (child < 0)
		abort();
	if (child == 0) {
		play(input, read_input(path));
		exit(0);
	}
	if (waitpid(child, &status, 0) != child)
		abort();
	return status;
}

static int play_all_apart(char *const *path)
{
	int failed = 0;

	for (; *path != NULL; path++)
		failed += play_apart(*path) != 0;
	(void)printf("%s: %d inputs failed\n", target_name, failed);
	return failed != 0;
}

static int make(const char *script, const char *path)
{
	size_t size = read_script(script);
	FILE *file = fopen(path, "wb");

	if (file == NULL || fwrite(input, 1, size, file) != size || fclose(file) != 0) {
		perror(path);
		return 2;
	}
	return 0;
}

int main(int argc, char **argv)
{
	bool scripts = argc > 1 && strcmp(argv[1], "--script") == 0;

	if (argc == 4 && strcmp(argv[1], "--make") == 0)
		return make(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "--print") == 0) {
		target_print(stdout, input, read_input(argv[2]));
		return 0;
	}
	if (argc > 2 && strcmp(argv[1], "--apart") == 0)
		return play_all_apart(argv + 2);
	if (argc == 4 && strcmp(argv[1], "--random") == 0)
		return play_random(strtoull(argv[2], NULL, 0), strtoull(argv[3], NULL, 0), 0);
	if (argc == 4 && strcmp(argv[1], "--until") == 0)
		return play_random(strtoull(argv[2], NULL, 0), 0, time(NULL) + (time_t)strtoull(argv[3], NULL, 0));
	if (argc < 2 || (argv[1][0] == '-' && !scripts)) {
		(void)fprintf(stderr,
		              "usage: %s [--script | --apart] FILE... | --print FILE | --make SCRIPT FILE | --random "
		              "SEED N | "
		              "--until SEED SECONDS\n",
		              argv[0]);
		return 2;
	}
	for (int i = scripts ? 2 : 1; i < argc; i++) {
		size_t size = scripts ? read_script(argv[i]) : read_input(argv[i]);

		play(input, size);
	}
	(void)printf("%s: %d inputs, no finding\n", target_name, argc - (scripts ? 2 : 1));
	return 0;
}
