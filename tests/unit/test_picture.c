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
#include <gd.h>

#include "core/arena.h"
#include "core/file/picture.h"

enum { PIXELS = 4000000, DEADLINE = 20000 };

struct fixture {
	struct arena *arena;
	struct files *files;
	struct pictures *pictures;
	char folder[64];
};

static int make(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	f->arena = arena_create();
	strcpy(f->folder, "/tmp/qilian-picture-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_null(files_open(f->arena, f->folder, &f->files));
	f->pictures = pictures_create(f->files, PICTURE_HELPER, PIXELS, DEADLINE, 1);
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
	pictures_destroy(f->pictures);
	files_close(f->files);
	nftw(f->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_destroy(f->arena);
	free(f);
	return 0;
}

static const char *store(struct fixture *f, const void *bytes, size_t size)
{
	struct file_sink *sink;
	struct stored_file *file = ARENA_NEW(f->arena, struct stored_file);
	assert_null(files_sink_open(f->files, f->arena, NULL, FILE_PICTURES, 1 << 26, &sink));
	assert_null(files_append(sink, f->arena, bytes, size));
	assert_null(files_commit(sink, f->arena, file));
	return file->name;
}

/* Left half red, right half blue. */
static gdImagePtr draw(int width, int height)
{
	gdImagePtr image = gdImageCreateTrueColor(width, height);
	gdImageFilledRectangle(image, 0, 0, width / 2 - 1, height, gdTrueColor(255, 0, 0));
	gdImageFilledRectangle(image, width / 2, 0, width, height, gdTrueColor(0, 0, 255));
	return image;
}

static gdImagePtr load(struct fixture *f, const struct stored_file *file)
{
	FILE *stream = fopen(files_path(f->files, f->arena, file->name), "r");
	gdImagePtr image = gdImageCreateFromJpeg(stream);
	fclose(stream);
	assert_non_null(image);
	return image;
}

static bool is_red(gdImagePtr image, int x, int y)
{
	int colour = gdImageGetTrueColorPixel(image, x, y);
	return gdTrueColorGetRed(colour) > 200 && gdTrueColorGetBlue(colour) < 60;
}

static void every_format_is_made_into_three_sizes(void **state)
{
	struct fixture *f = *state;
	void *(*const encoders[])(gdImagePtr, int *) = {gdImagePngPtr, gdImageGifPtr, gdImageWebpPtr};
	for (int i = 0; i < 4; i++) {
		gdImagePtr image = draw(1600, 800);
		struct picture picture;
		int size;
		void *bytes = i < 3 ? encoders[i](image, &size) : gdImageJpegPtr(image, &size, 90);
		struct problem *problem = picture_make(f->pictures, f->arena, store(f, bytes, (size_t)size), &picture);
		if (problem)
			fail_msg("format %d: %s", i, problem->en);
		assert_int_equal(picture.width, 1600);
		assert_int_equal(picture.height, 800);
		for (int k = 0; k < PICTURE_SIZES; k++) {
			gdImagePtr made = load(f, &picture.sizes[k].file);
			assert_int_equal(picture.sizes[k].width, PICTURE_EDGE[k]);
			assert_int_equal(gdImageSX(made), PICTURE_EDGE[k]);
			assert_int_equal(gdImageSY(made), PICTURE_EDGE[k] / 2);
			assert_true(is_red(made, 5, 5));
			assert_false(is_red(made, gdImageSX(made) - 5, 5));
			gdImageDestroy(made);
		}
		gdFree(bytes);
		gdImageDestroy(image);
	}
}

static void small_ones_stay_small_and_transparency_turns_white(void **state)
{
	struct fixture *f = *state;
	gdImagePtr image = gdImageCreateTrueColor(30, 20);
	gdImageSaveAlpha(image, 1);
	gdImageFill(image, 0, 0, gdTrueColorAlpha(0, 0, 0, 127));
	int size;
	void *bytes = gdImagePngPtr(image, &size);
	struct picture picture;
	assert_null(picture_make(f->pictures, f->arena, store(f, bytes, (size_t)size), &picture));
	assert_int_equal(picture.sizes[PICTURE_LARGE].width, 30);
	assert_int_equal(picture.sizes[PICTURE_SMALL].height, 20);
	gdImagePtr made = load(f, &picture.sizes[PICTURE_SMALL].file);
	assert_true(gdTrueColorGetGreen(gdImageGetTrueColorPixel(made, 10, 10)) > 240);
	gdImageDestroy(made);
	gdFree(bytes);
	gdImageDestroy(image);
}

/* A JPEG with an EXIF segment that says how the camera was held, and where. */
static const char *store_exif(struct fixture *f, unsigned char orientation)
{
	static const unsigned char exif[] = "\xff\xe1\x00\x2a"
					    "Exif\0\0"
					    "MM\0\x2a\0\0\0\x08"
					    "\0\x01"
					    "\x01\x12\0\x03\0\0\0\x01\0\x01\0\0"
					    "\0\0\0\0"
					    "GPS-HERE";
	gdImagePtr image = draw(400, 200);
	int size;
	unsigned char *jpeg = gdImageJpegPtr(image, &size, 90), *bytes = malloc((size_t)size + sizeof(exif) - 1);
	memcpy(bytes, jpeg, 2);
	memcpy(bytes + 2, exif, sizeof(exif) - 1);
	bytes[2 + 4 + 6 + 8 + 2 + 9] = orientation;
	memcpy(bytes + 2 + sizeof(exif) - 1, jpeg + 2, (size_t)size - 2);
	const char *name = store(f, bytes, (size_t)size + sizeof(exif) - 1);
	free(bytes);
	gdFree(jpeg);
	gdImageDestroy(image);
	return name;
}

static void the_camera_is_turned_and_forgotten(void **state)
{
	struct fixture *f = *state;
	/* Where the red half is afterwards: l, r, t, b. */
	static const char expected[] = {' ', 'l', 'r', 'r', 'l', 't', 't', 'b', 'b'};
	for (unsigned char o = 1; o <= 8; o++) {
		struct picture picture;
		assert_null(picture_make(f->pictures, f->arena, store_exif(f, o), &picture));
		assert_int_equal(picture.width, o >= 5 ? 200 : 400);
		gdImagePtr made = load(f, &picture.sizes[PICTURE_LARGE].file);
		int w = gdImageSX(made), h = gdImageSY(made);
		assert_int_equal(w, o >= 5 ? 200 : 400);
		bool l = is_red(made, 10, h / 2), r = is_red(made, w - 10, h / 2), t = is_red(made, w / 2, 10),
		     b = is_red(made, w / 2, h - 10);
		char side = o >= 5 ? (t && !b ? 't' : 'b') : l && !r ? 'l' : 'r';
		if (side != expected[o])
			fail_msg("orientation %d: red is at %c", o, side);
		gdImageDestroy(made);
		char bytes[4096] = "";
		int fd = files_read(f->files, picture.sizes[PICTURE_SMALL].file.name, NULL);
		ssize_t n = read(fd, bytes, sizeof(bytes));
		assert_null(memmem(bytes, (size_t)n, "GPS-HERE", 8));
		close(fd);
	}
}

static void hostile_pictures_are_refused(void **state)
{
	struct fixture *f = *state;
	struct picture picture;
	gdImagePtr image = draw(2001, 2000);
	int size;
	unsigned char *png = gdImagePngPtr(image, &size);
	struct problem *problem = picture_make(f->pictures, f->arena, store(f, png, (size_t)size), &picture);
	assert_ptr_equal(problem->kind, &PROBLEM_PICTURE);
	assert_non_null(strstr(problem->zh, "4 百万像素"));
	/* It says 100 × 100, and is larger. */
	memcpy(png + 16, "\0\0\0\x64\0\0\0\x64", 8);
	assert_ptr_equal(
		picture_make(f->pictures, f->arena, store(f, png, (size_t)size), &picture)->kind, &PROBLEM_PICTURE);
	assert_ptr_equal(picture_make(f->pictures, f->arena, store(f, png, 40), &picture)->kind, &PROBLEM_PICTURE);
	gdFree(png);
	gdImageDestroy(image);
	static const char *const broken[] = {"\xff\xd8\xff\xe0", "\xff\xd8\xff\xff\xff\xff\xff\xff",
		"GIF89a\x10\x10\x10\x10", "RIFF....WEBPVP8 xxxxxxxxxxxxxxxxxxxxxx",
		"\xff\xd8\xff\xc0\x01\x01\x08", "\xff\xd8\xff\xc0\x7f\x7f\x08\x7f\x7f\x7f\x7f"};
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_ptr_equal(
			picture_make(f->pictures, f->arena, store(f, broken[i], strlen(broken[i])), &picture)->kind,
			&PROBLEM_PICTURE);
	assert_ptr_equal(picture_make(f->pictures, f->arena, "nonsense", &picture)->kind, &PROBLEM_NOT_FOUND);
}

static void put_le(unsigned char *at, unsigned value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		at[i] = (unsigned char)(value >> 8 * i);
}

/* A WebP of chunks (RIFF container): VP8X with the flags, then what is given. */
static size_t webp_begin(unsigned char *out, unsigned flags, unsigned width, unsigned height)
{
	memcpy(out, "RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0", 20);
	memset(out + 20, 0, 10);
	out[20] = (unsigned char)flags;
	put_le(out + 24, width - 1, 3);
	put_le(out + 27, height - 1, 3);
	return 30;
}

static size_t webp_end(unsigned char *out, size_t size)
{
	put_le(out + 4, (unsigned)size - 8, 4);
	return size;
}

/* The coded picture of a simple WebP, a chunk. */
static size_t webp_coded(unsigned char *out, gdImagePtr image)
{
	int size;
	unsigned char *bytes = gdImageWebpPtr(image, &size);
	memcpy(out, bytes + 12, (size_t)size - 12);
	gdFree(bytes);
	return (size_t)size - 12;
}

static void stickers_show_their_first_frame(void **state)
{
	struct fixture *f = *state;
	static unsigned char out[1 << 17];
	size_t at = webp_begin(out, 0x02, 400, 200);
	memcpy(out + at, "ANIM\x06\0\0\0\xff\xff\xff\xff\0\0", 14);
	at += 14;
	for (int i = 0; i < 3; i++) {
		gdImagePtr image = draw(400, 200);
		if (i)
			gdImageFilledRectangle(image, 0, 0, 400, 200, gdTrueColor(0, 255, 0));
		memcpy(out + at, "ANMF", 4);
		memset(out + at + 8, 0, 16);
		put_le(out + at + 8 + 6, 399, 3);
		put_le(out + at + 8 + 9, 199, 3);
		put_le(out + at + 8 + 12, 100, 3);
		size_t coded = webp_coded(out + at + 24, image);
		put_le(out + at + 4, (unsigned)coded + 16, 4);
		at += 24 + coded;
		gdImageDestroy(image);
	}
	at = webp_end(out, at);
	struct picture picture;
	struct problem *problem = picture_make(f->pictures, f->arena, store(f, out, at), &picture);
	if (problem)
		fail_msg("%s", problem->en);
	gdImagePtr made = load(f, &picture.sizes[PICTURE_LARGE].file);
	assert_int_equal(gdImageSX(made), 400);
	assert_true(is_red(made, 10, 100) && !is_red(made, 390, 100));
	gdImageDestroy(made);
	for (size_t cut = 40; cut < at; cut += 97)
		assert_non_null(picture_make(f->pictures, f->arena, store(f, out, cut), &picture));
}

/* TIFF with the one entry: turned to the right. */
static const unsigned char TURNED[] = "MM\0\x2a\0\0\0\x08" "\0\x01" "\x01\x12\0\x03\0\0\0\x01\0\x06\0\0" "\0\0\0";

static void the_camera_is_turned_in_every_format(void **state)
{
	struct fixture *f = *state;
	static unsigned char out[1 << 17];
	gdImagePtr image = draw(400, 200);
	for (int prefixed = 0; prefixed < 2; prefixed++) {
		size_t at = webp_begin(out, 0x08, 400, 200), length = (sizeof(TURNED) - 1) + (prefixed ? 6 : 0);
		at += webp_coded(out + at, image);
		memcpy(out + at, "EXIF", 4);
		put_le(out + at + 4, (unsigned)length, 4);
		memcpy(out + at + 8, "Exif\0\0", 6);
		memcpy(out + at + 8 + (prefixed ? 6 : 0), TURNED, sizeof(TURNED) - 1);
		at = webp_end(out, at + 8 + length + (length & 1));
		struct picture picture;
		assert_null(picture_make(f->pictures, f->arena, store(f, out, at), &picture));
		assert_int_equal(picture.width, 200);
		assert_int_equal(picture.height, 400);
	}
	int size;
	unsigned char *png = gdImagePngPtr(image, &size);
	memcpy(out, png, 33);
	memcpy(out + 33, "\0\0\0\0eXIf", 8);
	out[36] = sizeof(TURNED) - 1;
	memcpy(out + 41, TURNED, sizeof(TURNED) - 1);
	memset(out + 41 + sizeof(TURNED) - 1, 0, 4); /* its checksum, which nobody needs to believe */
	memcpy(out + 45 + sizeof(TURNED) - 1, png + 33, (size_t)size - 33);
	struct picture picture;
	assert_null(
		picture_make(f->pictures, f->arena, store(f, out, (size_t)size + 12 + sizeof(TURNED) - 1), &picture));
	assert_int_equal(picture.width, 200);
	gdFree(png);
	gdImageDestroy(image);
}

static void *progressive(gdImagePtr image, int *size)
{
	gdImageInterlace(image, 1);
	return gdImageJpegPtr(image, size, 90);
}

static void *baseline(gdImagePtr image, int *size)
{
	gdImageInterlace(image, 0);
	return gdImageJpegPtr(image, size, 90);
}

/* A transfer that broke off, wherever it did; and what comes behind a picture does no harm. */
static void half_pictures_are_refused(void **state)
{
	struct fixture *f = *state;
	void *(*const encoders[])(gdImagePtr, int *) = {
		baseline, progressive, gdImagePngPtr, gdImageGifPtr, gdImageWebpPtr};
	for (int i = 0; i < 5; i++) {
		gdImagePtr image = draw(320, 240);
		struct picture picture;
		int size;
		for (int x = 0; x < 320; x++) /* something to code */
			gdImageLine(image, x, x % 240, x, 239, gdTrueColor(x % 256, 255 - x % 256, x * 7 % 256));
		char *bytes = encoders[i](image, &size);
		for (int part = 1; part < 12; part++) {
			const char *name = store(f, bytes, (size_t)size * (size_t)part / 12);
			if (!picture_make(f->pictures, f->arena, name, &picture))
				fail_msg("format %d: %d of 12 parts pass for all of it", i, part);
		}
		char *longer = calloc(1, (size_t)size + 1000);
		memcpy(longer, bytes, (size_t)size);
		memcpy(longer + size, "PK\x03\x04", 4);
		struct problem *problem =
			picture_make(f->pictures, f->arena, store(f, longer, (size_t)size + 1000), &picture);
		if (problem)
			fail_msg("format %d with something behind it: %s", i, problem->en);
		free(longer);
		gdFree(bytes);
		gdImageDestroy(image);
	}
}

static void a_helper_that_fails_is_survived(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *script;
		const struct problem_kind *kind;
	} cases[] = {
		{"#!/bin/sh\nexec sleep 30\n", &PROBLEM_PICTURE}, {"#!/bin/sh\nkill -SEGV $$\n", &PROBLEM_PICTURE},
			{"#!/bin/sh\nprintf 'QPIC\\0\\0'\n", &PROBLEM_PICTURE},
		{"#!/bin/sh\nexec cat /dev/zero\n", &PROBLEM_PICTURE},
			{"#!/bin/sh\nprintf 'QPIC\\0\\0\\0\\1\\0\\0\\0\\1\\0\\0\\0\\1\\0\\0\\0\\1\\0\\0\\0\\3abc'\n",
			&PROBLEM_FILE_TYPE},
		{NULL, &PROBLEM_UNAVAILABLE},
	};
	const char *name = store_exif(f, 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct picture picture;
		char *path = arena_printf(f->arena, "%s/helper%zu", f->folder, i);
		if (cases[i].script) {
			FILE *file = fopen(path, "w");
			fputs(cases[i].script, file);
			fclose(file);
			chmod(path, 0700);
		}
		struct pictures *pictures = pictures_create(f->files, path, PIXELS, 1000, 1);
		struct problem *problem = picture_make(pictures, f->arena, name, &picture);
		if (!problem || problem->kind != cases[i].kind)
			fail_msg("case %zu: %s", i, problem ? problem->en : "no problem");
		pictures_destroy(pictures);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_format_is_made_into_three_sizes),
		TEST(small_ones_stay_small_and_transparency_turns_white),
		TEST(the_camera_is_turned_and_forgotten),
		TEST(hostile_pictures_are_refused),
		TEST(stickers_show_their_first_frame),
		TEST(the_camera_is_turned_in_every_format),
		TEST(half_pictures_are_refused),
		TEST(a_helper_that_fails_is_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
