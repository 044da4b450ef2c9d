/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qsort - by a heap: no memory, and no order that makes it slow */

#include <stdlib.h>

struct heap {
	char *base;
	size_t width;
	int (*compare)(const void *, const void *);
};

static void swap(char *a, char *b, size_t width)
{
	while (width--) {
		char c = a[width];

		a[width] = b[width];
		b[width] = c;
	}
}

/* The one at root (an offset in bytes, as end) goes down until none below it is greater. */
static void sift(const struct heap *heap, size_t root, size_t end)
{
	for (;;) {
		size_t child = 2 * root + heap->width;

		if (child >= end)
			return;
		if (child + heap->width < end &&
		    heap->compare(heap->base + child, heap->base + child + heap->width) < 0)
			child += heap->width;
		if (heap->compare(heap->base + root, heap->base + child) >= 0)
			return;
		swap(heap->base + root, heap->base + child, heap->width);
		root = child;
	}
}

void qsort(void *base, size_t count, size_t width, int (*compare)(const void *, const void *))
{
	const struct heap heap = {base, width, compare};
	size_t i;

	for (i = count / 2; i-- > 0;)
		sift(&heap, i * width, count * width);
	for (i = count; i-- > 1;) {
		swap(heap.base, heap.base + i * width, width);
		sift(&heap, 0, i * width);
	}
}
