// SPDX-License-Identifier: GPL-3.0-or-later
/* mkpack - the program as it is stored: what scripts/pack.ld puts behind all else, deflated (libds/core/pack.h)
 *
 * usage: mkpack LINKED PACKED
 *
 * LINKED, for any of our machines, has three segments: code, data, and the parts that are to be packed. In
 * PACKED the memory of the second goes on to where the third ended, and the third is the deflated parts, only to
 * be read, behind that. It needs no other place in the file: its address is chosen to fit. Sections are left
 * out, symbols with them.
 *
 * The deflater is Zopfli's, 4 % better than zlib's. */
#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zopfli/zopfli.h>

#include "../libds/core/packed.h"

#define PARTS "ds_pack_parts"
#define PARTS_COUNT 2
#define PIECE ((size_t)1 << 14)

/* Where things stand in a file of 32 and of 64 bits; a word is 4 or 8 bytes. */
static const struct layout {
	size_t word, phoff, shoff, phnum, shnum, shstrndx;
	size_t phdr, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_flags, p_align;
	size_t shdr, sh_offset, sh_size, sh_link, sym, st_value;
} layouts[] = {
#define LAYOUT(bits)                                                                               \
	{                                                                                          \
		.word = bits / 8, .phoff = offsetof(Elf##bits##_Ehdr, e_phoff),                    \
		.shoff = offsetof(Elf##bits##_Ehdr, e_shoff),                                      \
		.phnum = offsetof(Elf##bits##_Ehdr, e_phnum),                                      \
		.shnum = offsetof(Elf##bits##_Ehdr, e_shnum),                                      \
		.shstrndx = offsetof(Elf##bits##_Ehdr, e_shstrndx),                                \
		.phdr = sizeof(Elf##bits##_Phdr),                                                  \
		.p_offset = offsetof(Elf##bits##_Phdr, p_offset),                                  \
		.p_vaddr = offsetof(Elf##bits##_Phdr, p_vaddr),                                    \
		.p_paddr = offsetof(Elf##bits##_Phdr, p_paddr),                                    \
		.p_filesz = offsetof(Elf##bits##_Phdr, p_filesz),                                  \
		.p_memsz = offsetof(Elf##bits##_Phdr, p_memsz),                                    \
		.p_flags = offsetof(Elf##bits##_Phdr, p_flags),                                    \
		.p_align = offsetof(Elf##bits##_Phdr, p_align), .shdr = sizeof(Elf##bits##_Shdr),  \
		.sh_offset = offsetof(Elf##bits##_Shdr, sh_offset),                                \
		.sh_size = offsetof(Elf##bits##_Shdr, sh_size),                                    \
		.sh_link = offsetof(Elf##bits##_Shdr, sh_link), .sym = sizeof(Elf##bits##_Sym),    \
		.st_value = offsetof(Elf##bits##_Sym, st_value)                                    \
	}
	LAYOUT(32), LAYOUT(64)};

static const struct layout *l;
static unsigned char *elf;
static size_t elf_size;

static void die(const char *what)
{
	fprintf(stderr, "mkpack: %s\n", what);
	exit(1);
}

/* All our machines are little-endian, as this one. */
static uint64_t get(size_t at, size_t size)
{
	uint64_t value = 0;

	if (at + size > elf_size)
		die("the program is cut off");
	memcpy(&value, elf + at, size);
	return value;
}

static uint64_t word(size_t at)
{
	return get(at, l->word);
}

static void put(size_t at, uint64_t value, size_t size)
{
	memcpy(elf + at, &value, size);
}

static void read_program(const char *path)
{
	FILE *in = fopen(path, "rb");

	if (!in || fseek(in, 0, SEEK_END) < 0 ||
	    (elf_size = (size_t)ftell(in)) < sizeof(Elf64_Ehdr))
		die("the program cannot be read");
	rewind(in);
	elf = malloc(elf_size);
	if (!elf || fread(elf, 1, elf_size, in) != elf_size)
		die("the program cannot be read");
	fclose(in);
	if (memcmp(elf, ELFMAG, SELFMAG) != 0 || elf[EI_DATA] != ELFDATA2LSB)
		die("that is no program for a little-endian machine");
	l = &layouts[elf[EI_CLASS] == ELFCLASS64];
}

#define OTHER_SEGMENTS                                                                             \
	"it has other segments than GNU ld makes: code, data and what is to be packed; build "     \
	"with PACK="

/* The place of the program header of the n-th segment that is loaded; 0: there is none. */
static size_t has_segment(unsigned n)
{
	size_t at = word(l->phoff), count = get(l->phnum, 2);

	for (size_t i = 0; i < count; i++, at += l->phdr) {
		if (get(at, 4) == PT_LOAD && n-- == 0)
			return at;
	}
	return 0;
}

static size_t segment(unsigned n)
{
	size_t at = has_segment(n);

	if (!at)
		die(OTHER_SEGMENTS);
	return at;
}

/* Where in the file lies what is at that address. */
static size_t place(uint64_t address)
{
	for (unsigned n = 0; n < 3; n++) {
		size_t at = segment(n);
		uint64_t start = word(at + l->p_vaddr);

		if (address >= start && address - start < word(at + l->p_filesz))
			return word(at + l->p_offset) + (address - start);
	}
	die("an address is nowhere in the file");
	return 0;
}

static uint64_t symbol(const char *name)
{
	size_t sections = word(l->shoff), count = get(l->shnum, 2);

	for (size_t at = sections; at < sections + count * l->shdr; at += l->shdr) {
		size_t begin = word(at + l->sh_offset), size = word(at + l->sh_size), names;

		if (get(at + 4, 4) != SHT_SYMTAB)
			continue;
		names = word(sections + get(at + l->sh_link, 4) * l->shdr + l->sh_offset);
		for (size_t s = begin; s < begin + size; s += l->sym) {
			if (!strcmp((char *)elf + names + get(s, 4), name))
				return word(s + l->st_value);
		}
	}
	die("it has no " PARTS);
	return 0;
}

/* In pieces: what comes at once a kernel with large folios keeps as one, and maps the whole of it where a
 * process needs a page. */
static bool write_all(FILE *out, const unsigned char *at, size_t size)
{
	while (size) {
		size_t piece = size < PIECE ? size : PIECE;

		if (fwrite(at, 1, piece, out) != piece || fflush(out) != 0)
			return false;
		at += piece;
		size -= piece;
	}
	return true;
}

int main(int argc, char **argv)
{
	unsigned char *packed = NULL;
	size_t packed_size = 0, data, rest, parts, end;
	uint64_t page, address, memory_end;
	ZopfliOptions options;
	FILE *out;

	if (argc != 3)
		die("usage: mkpack LINKED PACKED");
	read_program(argv[1]);
	data = segment(1);
	rest = segment(2);
	if (!(get(data + l->p_flags, 4) & PF_W) || has_segment(3))
		die(OTHER_SEGMENTS);
	page = word(rest + l->p_align);
	end = word(data + l->p_offset) + word(data + l->p_filesz);
	memory_end = word(rest + l->p_vaddr) + word(rest + l->p_memsz);
	address = ((memory_end + page - 1) & -page) + end % page;

	ZopfliInitOptions(&options);
	parts = place(symbol(PARTS));
	for (size_t at = parts, n = 0; n < PARTS_COUNT; n++, at += DS_PART_MEMBERS * l->word) {
		uint64_t begin = word(at + DS_PART_BEGIN * l->word),
			 size = word(at + DS_PART_END * l->word) - begin;
		size_t before = packed_size, from = size ? place(begin) : 0;

		if (!size)
			continue;
		ZopfliCompress(&options, ZOPFLI_FORMAT_DEFLATE, elf + from, size, &packed,
			       &packed_size);
		put(at + DS_PART_PACKED * l->word, address + before, l->word);
		put(at + DS_PART_PACKED_SIZE * l->word, packed_size - before, l->word);
		put(at + DS_PART_SUM * l->word, ds_pack_sum(elf + from, size), l->word);
	}

	put(data + l->p_memsz, memory_end - word(data + l->p_vaddr), l->word);
	put(rest + l->p_offset, end, l->word);
	put(rest + l->p_vaddr, address, l->word);
	put(rest + l->p_paddr, address, l->word);
	put(rest + l->p_filesz, packed_size, l->word);
	put(rest + l->p_memsz, packed_size, l->word);
	put(rest + l->p_flags, PF_R, 4);
	put(l->shoff, 0, l->word);
	put(l->shnum, 0, 2);
	put(l->shstrndx, 0, 2);

	out = fopen(argv[2], "wb");
	if (!out || !write_all(out, elf, end) || !write_all(out, packed, packed_size) ||
	    fchmod(fileno(out), 0755) < 0 || fclose(out) != 0)
		die("what is packed cannot be written");
	free(packed);
	free(elf);
	return 0;
}
