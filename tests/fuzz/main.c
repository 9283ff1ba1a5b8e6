/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * main.c - without a fuzzer: play files, translate scripts, or play at random.
 *
 *	fuzz-ops FILE...            play each input
 *	fuzz-ops --script FILE...   play each script
 *	fuzz-ops --print FILE       an input as a script
 *	fuzz-ops --make SCRIPT FILE a script as an input
 *	fuzz-ops --apart FILE...    each in a process of its own, so that one that fails ends only that
 *	fuzz-ops --random SEED N    play N inputs made from a seed; --until SEED SECONDS, for that long
 *	fuzz-ops --nth SEED N FILE  the Nth of these as a file
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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

static uint64_t next_random(uint64_t *state)
{
	*state += UINT64_C(0x9e3779b97f4a7c15);
	return target_scatter(*state);
}

/* Plays until it is told to end, or ends with a finding; *@played is shared with whoever looks after it. */
static void play_many(uint64_t seed, uint64_t count, time_t until, uint64_t *played)
{
	while (until != 0 ? time(NULL) < until : *played < count) {
		size_t size = target_make(input, sizeof(input), next_random(&seed));

		++*played;
		play(input, size);
	}
}

/* In a process of its own, so that which input it was is told however it ends. */
static int play_random(uint64_t seed, uint64_t count, time_t until)
{
	uint64_t *played = mmap(NULL, sizeof(*played), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 0;
	pid_t child;

	if (played == MAP_FAILED)
		abort();
	*played = 0;
	child = fork();
	if (child < 0)
		abort();
	if (child == 0) {
		play_many(seed, count, until, played);
		exit(0);
	}
	if (waitpid(child, &status, 0) != child)
		abort();
	if (status != 0)
		(void)fprintf(stderr, "# it ends with status %d; as a file: %s --nth %llu %llu FILE\n", status,
		              target_name, (unsigned long long)seed, (unsigned long long)*played);
	else
		(void)printf("%s: %llu random inputs, no finding\n", target_name, (unsigned long long)*played);
	return status != 0;
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

static int write_input(const char *path, size_t size)
{
	FILE *file = fopen(path, "wb");

	if (file == NULL || fwrite(input, 1, size, file) != size || fclose(file) != 0) {
		perror(path);
		return 2;
	}
	return 0;
}

static int write_nth(uint64_t seed, uint64_t nth, const char *path)
{
	size_t size = 0;

	while (nth-- > 0)
		size = target_make(input, sizeof(input), next_random(&seed));
	return write_input(path, size);
}

static uint64_t number(const char *text)
{
	return strtoull(text, NULL, 0);
}

static int usage(const char *program)
{
	(void)fprintf(stderr,
	              "usage: %s [--script | --apart] FILE... | --print FILE | --make SCRIPT FILE |\n"
	              "\t--random SEED N | --until SEED SECONDS | --nth SEED N FILE\n",
	              program);
	return 2;
}

int main(int argc, char **argv)
{
	bool scripts = argc > 1 && strcmp(argv[1], "--script") == 0;

	if (argc == 4 && strcmp(argv[1], "--make") == 0)
		return write_input(argv[3], read_script(argv[2]));
	if (argc == 3 && strcmp(argv[1], "--print") == 0) {
		target_print(stdout, input, read_input(argv[2]));
		return 0;
	}
	if (argc > 2 && strcmp(argv[1], "--apart") == 0)
		return play_all_apart(argv + 2);
	if (argc == 4 && strcmp(argv[1], "--random") == 0)
		return play_random(number(argv[2]), number(argv[3]), 0);
	if (argc == 4 && strcmp(argv[1], "--until") == 0)
		return play_random(number(argv[2]), 0, time(NULL) + (time_t)number(argv[3]));
	if (argc == 5 && strcmp(argv[1], "--nth") == 0)
		return write_nth(number(argv[2]), number(argv[3]), argv[4]);
	if (argc < 2 || (argv[1][0] == '-' && !scripts))
		return usage(argv[0]);
	for (int i = scripts ? 2 : 1; i < argc; i++) {
		size_t size = scripts ? read_script(argv[i]) : read_input(argv[i]);

		play(input, size);
	}
	(void)printf("%s: %d inputs, no finding\n", target_name, argc - (scripts ? 2 : 1));
	return 0;
}
