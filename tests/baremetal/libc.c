/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* libc.c - as much of a C library as the tests and the compiler ask for. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port.h"

/* The compiler may not make a call of memset() out of memset(). */
#ifdef __clang__
#define AS_WRITTEN __attribute__((no_builtin))
#else
#define AS_WRITTEN __attribute__((optimize("no-tree-loop-distribute-patterns")))
#endif

AS_WRITTEN void *memset(void *memory, int byte, size_t size)
{
	const uint64_t eight = UINT64_C(0x0101010101010101) * (unsigned char)byte;
	unsigned char *at = memory;

	for (; size != 0 && (uintptr_t)at % 8 != 0; size--)
		*at++ = (unsigned char)byte;
	for (; size >= 16; size -= 16, at += 16)
		__asm__ volatile("stp %0, %0, [%1]" ::"r"(eight), "r"(at) : "memory");
	for (; size != 0; size--)
		*at++ = (unsigned char)byte;
	return memory;
}

AS_WRITTEN void *memcpy(void *to, const void *from, size_t size)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	for (size_t i = 0; i < size; i++)
		t[i] = f[i];
	return to;
}

AS_WRITTEN void *memmove(void *to, const void *from, size_t size)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	if ((uintptr_t)to <= (uintptr_t)from)
		return memcpy(to, from, size);
	while (size-- > 0)
		t[size] = f[size];
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a;
	const unsigned char *y = b;

	for (size_t i = 0; i < size; i++) {
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	}
	return 0;
}

AS_WRITTEN size_t strlen(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0')
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

/* The port's memory is given back by its size: it is kept in a line before the block. */
void *malloc(size_t size)
{
	unsigned char *memory;

	if (size > SIZE_MAX / 2)
		return NULL;
	memory = ioasid_port_zalloc(PORT_CACHELINE + size, PORT_CACHELINE);
	if (memory == NULL)
		return NULL;
	(void)memcpy(memory, &size, sizeof(size));
	return memory + PORT_CACHELINE;
}

void *calloc(size_t count, size_t size)
{
	if (count == 0 || size == 0 || count > SIZE_MAX / size)
		return NULL;
	return malloc(count * size);
}

void free(void *memory)
{
	unsigned char *start;
	size_t size;

	if (memory == NULL)
		return;
	start = (unsigned char *)memory - PORT_CACHELINE;
	(void)memcpy(&size, start, sizeof(size));
	ioasid_port_free(start, PORT_CACHELINE + size);
}

static void swap(unsigned char *a, unsigned char *b, size_t size)
{
	while (size-- > 0) {
		unsigned char byte = a[size];

		a[size] = b[size];
		b[size] = byte;
	}
}

/* Shell's sort. */
void qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	unsigned char *at = base;

	for (size_t gap = count / 2; gap != 0; gap /= 2) {
		for (size_t i = gap; i < count; i++) {
			for (size_t j = i; j >= gap && compare(at + (j - gap) * size, at + j * size) > 0; j -= gap)
				swap(at + (j - gap) * size, at + j * size, size);
		}
	}
}

char *getenv(const char *name)
{
	static char seconds[] = STRESS_SECONDS;

	return strcmp(name, "STRESS_SECONDS") == 0 ? seconds : NULL;
}

double strtod(const char *text, char **end)
{
	double value = 0;
	double unit = 1;
	bool fraction = false;

	(void)end;
	for (; (*text >= '0' && *text <= '9') || *text == '.'; text++) {
		if (*text == '.') {
			fraction = true;
			continue;
		}
		value = 10 * value + (*text - '0');
		unit *= fraction ? 10 : 1;
	}
	return value / unit;
}

struct out {
	char *text;
	size_t size;
	size_t length;
};

static void put(struct out *out, char c)
{
	if (out->length + 1 < out->size)
		out->text[out->length] = c;
	out->length++;
}

static void put_padded(struct out *out, const char *text, size_t length, size_t width, char pad)
{
	for (; width > length; width--)
		put(out, pad);
	for (size_t i = 0; i < length; i++)
		put(out, text[i]);
}

static void put_number(struct out *out, uint64_t number, bool minus, unsigned base, size_t width, char pad)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number != 0);
	if (minus)
		digits[--at] = '-';
	put_padded(out, digits + at, sizeof(digits) - at, width, pad);
}

/* One conversion, from behind its '%'; back with what follows it. A va_list is handed on by its address. */
static const char *convert(struct out *out, const char *format, va_list *arguments)
{
	const char pad = *format == '0' ? '0' : ' ';
	bool wide = false;
	size_t width = 0;
	const char *string;
	int64_t number;

	for (; *format >= '0' && *format <= '9'; format++)
		width = 10 * width + (size_t)(*format - '0');
	for (; *format == 'l' || *format == 'z'; format++)
		wide = true;
	switch (*format) {
	case 'd':
	case 'i':
		number = wide ? va_arg(*arguments, long) : va_arg(*arguments, int);
		put_number(out, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, number < 0, 10, width, pad);
		break;
	case 'u':
	case 'x':
		put_number(out, wide ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned), false,
		           *format == 'u' ? 10 : 16, width, pad);
		break;
	case 'p':
		put_padded(out, "0x", 2, 0, pad);
		put_number(out, (uintptr_t)va_arg(*arguments, void *), false, 16, width, pad);
		break;
	case 'c':
		put(out, (char)va_arg(*arguments, int));
		break;
	case 's':
		string = va_arg(*arguments, const char *);
		put_padded(out, string, strlen(string), width, ' ');
		break;
	default:
		put(out, *format);
		break;
	}
	return format + 1;
}

int vsnprintf(char *text, size_t size, const char *format, va_list arguments)
{
	struct out out = {.text = text, .size = size};
	va_list rest;

	va_copy(rest, arguments);
	while (*format != '\0') {
		if (*format == '%')
			format = convert(&out, format + 1, &rest);
		else
			put(&out, *format++);
	}
	va_end(rest);
	if (size != 0)
		text[out.length < size ? out.length : size - 1] = '\0';
	return (int)out.length;
}

int snprintf(char *text, size_t size, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, size, format, arguments);
	va_end(arguments);
	return length;
}
