#include <dirent.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/file/files.h"

enum { EVERYTHING = ~0 };

struct fixture {
	struct arena *arena;
	struct files *files;
	char folder[64];
};

static int make(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	f->arena = arena_create();
	strcpy(f->folder, "/tmp/qilian-files-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_null(files_open(f->arena, arena_printf(f->arena, "%s/a/b", f->folder), &f->files));
	*state = f;
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	return remove(path);
}

static int drop(void **state)
{
	struct fixture *f = *state;
	files_close(f->files);
	nftw(f->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_destroy(f->arena);
	free(f);
	return 0;
}

static struct problem *store(struct fixture *f, const char *declared, unsigned allowed, const void *bytes, size_t size,
	struct stored_file *out)
{
	struct file_sink *sink;
	struct problem *problem = files_sink_open(f->files, f->arena, declared, allowed, 1 << 20, &sink);
	assert_null(problem);
	problem = files_append(sink, f->arena, bytes, size);
	if (!problem)
		return files_commit(sink, f->arena, out);
	files_abort(sink);
	return problem;
}

static unsigned entries(const char *folder)
{
	unsigned n = 0;
	DIR *d = opendir(folder);
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void content_gives_the_name(void **state)
{
	struct fixture *f = *state;
	struct stored_file first, second;
	assert_null(store(f, "text/plain; charset=utf-8", EVERYTHING, "abc", 3, &first));
	assert_null(store(f, NULL, EVERYTHING, "abc", 3, &second));
	assert_string_equal(first.name, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(second.name, first.name);
	assert_int_equal(first.size, 3);
	assert_int_equal(first.kind, FILE_TEXT);
	int64_t size;
	char bytes[4] = "";
	int fd = files_read(f->files, first.name, &size);
	assert_int_equal(size, 3);
	assert_int_equal(read(fd, bytes, 4), 3);
	assert_string_equal(bytes, "abc");
	close(fd);
	assert_true(files_verify(f->files, first.name));
	assert_int_equal(entries(files_spool(f->files)), 0);
}

static void only_names_reach_files(void **state)
{
	struct fixture *f = *state;
	static const char *const bad[] = {"", "x", "../../../etc/passwd",
		"BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a/",
			"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(files_path(f->files, f->arena, bad[i]));
		assert_int_equal(files_read(f->files, bad[i], NULL), -1);
	}
	assert_null(files_path(f->files, f->arena, NULL));
	assert_int_equal(
		files_read(f->files, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", NULL), -1);
	assert_false(files_verify(f->files, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}

/* --- kinds --- */

/* A ZIP of empty stored files with these names, its comment as given. */
static size_t zip(unsigned char *out, const char *const *names, size_t comment)
{
	unsigned char *at = out;
	uint32_t offsets[8];
	int n = 0;
	for (; names[n]; n++) {
		offsets[n] = (uint32_t)(at - out);
		memset(at, 0, 30);
		memcpy(at, "PK\x03\x04", 4);
		at[26] = (unsigned char)strlen(names[n]);
		memcpy(at + 30, names[n], strlen(names[n]));
		at += 30 + strlen(names[n]);
	}
	uint32_t directory = (uint32_t)(at - out);
	for (int i = 0; i < n; i++) {
		memset(at, 0, 46);
		memcpy(at, "PK\x01\x02", 4);
		at[28] = (unsigned char)strlen(names[i]);
		memcpy(at + 42, &offsets[i], 4);
		memcpy(at + 46, names[i], strlen(names[i]));
		at += 46 + strlen(names[i]);
	}
	uint32_t length = (uint32_t)(at - out) - directory;
	memset(at, 0, 22);
	memcpy(at, "PK\x05\x06", 4);
	memcpy(at + 12, &length, 4);
	memcpy(at + 16, &directory, 4);
	at[20] = (unsigned char)comment;
	at += 22;
	memset(at, 'c', comment);
	return (size_t)(at - out) + comment;
}

static enum file_kind kind_of(struct fixture *f, const void *bytes, size_t size)
{
	struct stored_file out = {.kind = FILE_OTHER};
	struct problem *problem = store(f, NULL, EVERYTHING & ~FILE_BIT(FILE_OTHER), bytes, size, &out);
	return problem ? FILE_OTHER : out.kind;
}

static void kinds_are_seen_in_the_content(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		enum file_kind kind;
	} cases[] = {
#define CASE(bytes, kind) {bytes, sizeof(bytes) - 1, kind}
		CASE("\xff\xd8\xff\xe0....", FILE_JPEG), CASE("\x89PNG\r\n\x1a\n....", FILE_PNG), CASE("GIF89a\x01",
		FILE_GIF),
		CASE("RIFF\x10\0\0\0WEBPVP8 ", FILE_WEBP), CASE("RIFF\x10\0\0\0WAVEfmt ", FILE_OTHER),
		CASE("%PDF-1.7\n\x01",
		FILE_PDF),
		CASE("Rar!\x1a\x07\x00x", FILE_RAR), CASE("Rar!\x1a\x07\x01\x00x", FILE_RAR), CASE("PK\x03\x04 broken",
		FILE_OTHER),
		CASE("\x7f" "ELF\x02", FILE_OTHER), CASE("MZ\x90\0", FILE_OTHER), CASE("名称,代码\r\n", FILE_TEXT),
		CASE("\xc3\xfb\xb3\xc6,1\n", FILE_TEXT),
		CASE("a\0b", FILE_OTHER), CASE("\xff\xd8", FILE_TEXT),
#undef CASE
	};
	static const struct {
		const char *names[6];
		enum file_kind kind;
	} archives[] = {
		{{"[Content_Types].xml", "_rels/.rels", "word/document.xml"}, FILE_DOCX}, {{"[Content_Types].xml",
			"xl/workbook.xml"}, FILE_XLSX},
		{{"OFD.xml", "Doc_0/Document.xml"}, FILE_OFD}, {{"contract.pdf", "invoice.pdf"}, FILE_ZIP},
			{{"word/document.xml"}, FILE_ZIP},
		{{"[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"}, FILE_ZIP},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (kind_of(*state, cases[i].bytes, cases[i].size) != cases[i].kind)
			fail_msg("case %zu", i);
	for (size_t i = 0; i < sizeof(archives) / sizeof(archives[0]); i++) {
		unsigned char bytes[2048];
		size_t size = zip(bytes, archives[i].names, i * 10);
		if (kind_of(*state, bytes, size) != archives[i].kind)
			fail_msg("archive %zu", i);
		for (size_t cut = 30; cut < size; cut += 7)
			assert_int_equal(kind_of(*state, bytes, cut), FILE_OTHER);
	}
}

static void lies_are_refused_in_words(void **state)
{
	struct fixture *f = *state;
	struct stored_file out;
	struct problem *problem = store(f, "image/png", FILE_PICTURES, "%PDF-1.4\n", 9, &out);
	assert_ptr_equal(problem->kind, &PROBLEM_FILE_TYPE);
	assert_string_equal(problem->zh, "文件声明为 PNG，内容却是 PDF。");
	problem = store(f, "image/png", FILE_PICTURES, "\x01\x02", 2, &out);
	assert_string_equal(problem->en, "The file claims to be PNG, but its content is not, or is damaged.");
	problem = store(f, "application/pdf", FILE_PICTURES, "%PDF-1.4\n", 9, &out);
	assert_string_equal(problem->zh, "此处只接受以下格式的文件：JPEG, PNG, GIF, WebP。");
	problem = store(f, NULL, FILE_PICTURES, "%PDF-1.4\n", 9, &out);
	assert_ptr_equal(problem->kind, &PROBLEM_FILE_TYPE);
	problem = store(f, "text/html", EVERYTHING & ~FILE_BIT(FILE_OTHER), "<html>", 6, &out);
	assert_ptr_equal(problem->kind, &PROBLEM_FILE_TYPE);
	assert_ptr_equal(store(f, NULL, EVERYTHING, "", 0, &out)->kind, &PROBLEM_FILE_EMPTY);
	char *large = calloc(1, (1 << 20) + 1);
	problem = store(f, NULL, EVERYTHING, large, (1 << 20) + 1, &out);
	assert_ptr_equal(problem->kind, &PROBLEM_TOO_LARGE);
	assert_string_equal(problem->zh, "文件不能超过 1 MB。");
	free(large);
	assert_null(store(f, "application/vnd.ms-excel", FILE_BIT(FILE_CSV), "a,b\n", 4, &out));
	assert_int_equal(out.kind, FILE_CSV);
	assert_null(store(f, "application/octet-stream", FILE_BIT(FILE_CSV), "a,b\n", 4, &out));
	assert_int_equal(out.kind, FILE_CSV);
	assert_int_equal(entries(files_spool(f->files)), 0);
}

/* Systems make the type up from a name or from the first bytes: what is sent for what, and what it is kept as. */
static void types_that_browsers_make_up(void **state)
{
	enum { CERTIFICATE = FILE_BIT(FILE_PDF) | FILE_BIT(FILE_OFD) | FILE_PICTURES };
	static const char *const ofd[] = {"OFD.xml", "Doc_0/Document.xml", NULL},
				 *const xlsx[] = {"[Content_Types].xml", "xl/workbook.xml", NULL},
				 *const docx[] = {"[Content_Types].xml", "word/document.xml", NULL},
				 *const plain[] = {"a.txt", NULL};
	static const struct {
		const char *declared;
		const char *const *names;
		const char *text;
		unsigned allowed;
		enum file_kind kind; /* FILE_OTHER: refused */
	} cases[] = {
		{"application/zip", ofd, NULL, CERTIFICATE, FILE_OFD},
		{"application/x-zip-compressed", ofd, NULL, CERTIFICATE, FILE_OFD},
		{"application/ofd", ofd, NULL, CERTIFICATE, FILE_OFD},
		{"application/octet-stream", ofd, NULL, CERTIFICATE, FILE_OFD},
		{NULL, ofd, NULL, CERTIFICATE, FILE_OFD},
		{"application/zip", ofd, NULL, CERTIFICATE | FILE_BIT(FILE_ZIP), FILE_OFD},
		{"application/zip", plain, NULL, CERTIFICATE, FILE_OTHER},
		{"application/ofd", plain, NULL, CERTIFICATE, FILE_OTHER},
		{"application/vnd.ms-excel", xlsx, NULL, FILE_DOCUMENTS, FILE_XLSX},
		{"application/zip", xlsx, NULL, FILE_DOCUMENTS, FILE_XLSX},
		{"application/vnd.ms-excel", docx, NULL, FILE_DOCUMENTS, FILE_OTHER},
		{"application/msword", docx, NULL, FILE_DOCUMENTS, FILE_DOCX},
		{"application/x-zip", plain, NULL, FILE_BIT(FILE_ZIP), FILE_ZIP},
		{"application/x-zip", docx, NULL, FILE_DOCUMENTS, FILE_DOCX},
		{"application/vnd.ms-excel", NULL, "a,b\n", FILE_BIT(FILE_CSV), FILE_CSV},
		{"text/plain; charset=gbk", NULL, "a,b\n", FILE_BIT(FILE_CSV), FILE_CSV},
		{"application/csv", NULL, "a,b\n", FILE_BIT(FILE_CSV), FILE_CSV},
		{"text/plain", NULL, "a,b\n", FILE_BIT(FILE_CSV) | FILE_BIT(FILE_TEXT), FILE_TEXT},
		{"text/csv", NULL, "a,b\n", FILE_BIT(FILE_CSV) | FILE_BIT(FILE_TEXT), FILE_CSV},
		{"application/vnd.ms-excel", NULL, "a,b\n", FILE_DOCUMENTS, FILE_OTHER},
		{"application/x-pdf", NULL, "%PDF-1.4\n", CERTIFICATE, FILE_PDF},
		{"image/x-png", NULL, "%PDF-1.4\n", CERTIFICATE, FILE_OTHER},
		{"image/heic", NULL, "....ftypheic", FILE_PICTURES, FILE_OTHER},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned char bytes[1024];
		struct stored_file out = {.kind = FILE_OTHER};
		size_t size = cases[i].names ? zip(bytes, cases[i].names, 0) : strlen(cases[i].text);
		struct problem *problem = store(*state, cases[i].declared, cases[i].allowed,
			cases[i].names ? (const void *)bytes : cases[i].text, size, &out);
		if (problem ? cases[i].kind != FILE_OTHER : out.kind != cases[i].kind)
			fail_msg("case %zu: %s", i, problem ? problem->en : file_kind_name(out.kind));
	}
}

static void a_spooled_upload_is_adopted(void **state)
{
	struct fixture *f = *state;
	struct stored_file out;
	char *path = arena_printf(f->arena, "%s/upload", files_spool(f->files));
	for (int i = 0; i < 3; i++) {
		FILE *file = fopen(path, "w");
		fputs("%PDF-1.4\n", file);
		fclose(file);
		struct problem *problem = files_adopt(f->files, f->arena, path, "application/pdf",
			i == 1 ? FILE_PICTURES : FILE_DOCUMENTS, i == 2 ? 5 : 100, &out);
		const struct problem_kind *const expected[] = {NULL, &PROBLEM_FILE_TYPE, &PROBLEM_TOO_LARGE};
		assert_ptr_equal(problem ? problem->kind : NULL, expected[i]);
		assert_int_equal(access(path, F_OK), -1);
	}
	assert_true(files_verify(f->files, out.name));
	assert_ptr_equal(
		files_adopt(f->files, f->arena, path, NULL, EVERYTHING, 100, &out)->kind, &PROBLEM_UNAVAILABLE);
}

/* --- sweeping --- */

static void make_old(struct fixture *f, const char *path)
{
	struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	assert_int_equal(utimensat(0, path, old, 0), 0);
}

struct sweeping {
	struct fixture *f;
	const char *wanted;
	const char *again; /* uploaded once more while it is swept */
};

static bool referenced(void *arg, const char *name)
{
	struct sweeping *s = arg;
	struct stored_file out;
	if (s->again)
		assert_null(store(s->f, NULL, EVERYTHING, s->again, strlen(s->again), &out));
	return s->wanted && strcmp(s->wanted, name) == 0;
}

static void what_nobody_refers_to_is_swept(void **state)
{
	struct fixture *f = *state;
	struct stored_file wanted, unwanted, young;
	struct files_swept swept;
	struct sweeping sweeping = {.f = f, .wanted = wanted.name};
	assert_null(store(f, NULL, EVERYTHING, "wanted", 6, &wanted));
	assert_null(store(f, NULL, EVERYTHING, "unwanted", 8, &unwanted));
	assert_null(store(f, NULL, EVERYTHING, "young", 5, &young));
	make_old(f, files_path(f->files, f->arena, wanted.name));
	make_old(f, files_path(f->files, f->arena, unwanted.name));
	char *left = arena_printf(f->arena, "%s/left", files_spool(f->files));
	fclose(fopen(left, "w"));
	make_old(f, left);
	assert_null(files_sweep(f->files, f->arena, 86400, referenced, &sweeping, &swept));
	assert_int_equal(swept.kept, 2);
	assert_int_equal(swept.removed, 1);
	assert_int_equal(swept.abandoned, 1);
	assert_true(files_verify(f->files, wanted.name));
	assert_true(files_verify(f->files, young.name));
	assert_false(files_verify(f->files, unwanted.name));
}

static void an_upload_during_the_sweep_survives_it(void **state)
{
	struct fixture *f = *state;
	struct stored_file file;
	struct files_swept swept;
	struct sweeping sweeping = {.f = f, .again = "again"};
	assert_null(store(f, NULL, EVERYTHING, "again", 5, &file));
	make_old(f, files_path(f->files, f->arena, file.name));
	assert_null(files_sweep(f->files, f->arena, 86400, referenced, &sweeping, &swept));
	assert_int_equal(swept.removed, 0);
	assert_true(files_verify(f->files, file.name));
}

static void damage_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct stored_file file;
	assert_null(store(f, NULL, EVERYTHING, "whole", 5, &file));
	FILE *stream = fopen(files_path(f->files, f->arena, file.name), "w");
	fputs("whale", stream);
	fclose(stream);
	assert_false(files_verify(f->files, file.name));
	assert_null(store(f, NULL, EVERYTHING, "whole", 5, &file));
	assert_true(files_verify(f->files, file.name));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(content_gives_the_name),
		TEST(only_names_reach_files),
		TEST(kinds_are_seen_in_the_content),
		TEST(lies_are_refused_in_words),
		TEST(types_that_browsers_make_up),
		TEST(a_spooled_upload_is_adopted),
		TEST(what_nobody_refers_to_is_swept),
		TEST(an_upload_during_the_sweep_survives_it),
		TEST(damage_is_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
