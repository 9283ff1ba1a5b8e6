/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * bitmap.c - two functions of the kernel's lib/bitmap.c, for entries of several
 * indices and for what is shown to people: they are linked, but not measured.
 * Not by the kernel's header, where signed and unsigned changed between versions.
 */
void __bitmap_clear(unsigned long *map, unsigned int start, unsigned int count);
unsigned int __bitmap_weight(const unsigned long *map, unsigned int count);

void __bitmap_clear(unsigned long *map, unsigned int start, unsigned int count)
{
	for (; count > 0; count--, start++)
		map[start / 64] &= ~(1UL << (start % 64));
}

unsigned int __bitmap_weight(const unsigned long *map, unsigned int count)
{
	unsigned int weight = 0;
	unsigned int i;

	for (i = 0; i < count; i++)
		weight += (unsigned int)(map[i / 64] >> (i % 64)) & 1;
	return weight;
}
