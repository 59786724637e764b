#include "core/file/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/diag.h"
#include "core/file/file_kind.h"

enum { PIECE = 64 * 1024, SHELVES = 256 };

const struct problem_kind PROBLEM_FILE_TYPE = {"file-type", 415, "文件类型不符合要求。",
	"The file's type is not accepted here."};
const struct problem_kind PROBLEM_FILE_EMPTY = {"file-empty", 422, "文件是空的。", "The file is empty."};

/* FOLDER/spool holds what is being written, FOLDER/store/ab/ab… what is done. */
struct files {
	char *store;
	char *spool;
};

/* What is known of content that passes by. */
struct account {
	struct crypto_digest *digest;
	struct file_look look;
	int64_t size;
};

struct file_sink {
	struct files *files;
	struct account account;
	char *path;
	int fd;
	const char *declared;
	unsigned allowed;
	int64_t max_bytes;
};

/* --- problems --- */

static struct problem *disk_failed(struct arena *arena, const char *doing, const char *path)
{
	int reason = errno;
	diag_error(NULL, "%s %s: %s", doing, path, strerror(reason));
	return problem_of_disk(arena, reason);
}

static struct problem *too_large(struct arena *arena, int64_t max_bytes)
{
	const char *limit = max_bytes >= 1 << 20 ? arena_printf(arena, "%lld MB", (long long)(max_bytes >> 20))
		: arena_printf(arena, "%lld KB", (long long)(max_bytes >> 10));
	return problem_detail(arena, &PROBLEM_TOO_LARGE, arena_printf(arena, "文件不能超过 %s。", limit),
		arena_printf(arena, "The file must not be larger than %s.", limit));
}

static const char *list_kinds(struct arena *arena, unsigned allowed)
{
	struct buf *out = buf_in(arena);
	for (int kind = FILE_OTHER + 1; kind < FILE_KINDS; kind++)
		if (allowed & FILE_BIT(kind))
			buf_printf(out, "%s%s", out->len > 0 ? ", " : "", file_kind_name((enum file_kind)kind));
	return out->data;
}

static struct problem *not_allowed(struct arena *arena, unsigned allowed)
{
	const char *list = list_kinds(arena, allowed);
	return problem_detail(arena, &PROBLEM_FILE_TYPE, arena_printf(arena, "此处只接受以下格式的文件：%s。", list),
		arena_printf(arena, "Only files of these kinds are accepted here: %s.", list));
}

static struct problem *lying(struct arena *arena, unsigned claimed, enum file_kind found)
{
	const char *names = list_kinds(arena, claimed);
	if (found == FILE_OTHER)
		return problem_detail(arena, &PROBLEM_FILE_TYPE,
			arena_printf(arena, "文件声明为 %s，但内容不是，或已损坏。", names),
			arena_printf(arena, "The file claims to be %s, but its content is not, or is damaged.", names));
	return problem_detail(arena, &PROBLEM_FILE_TYPE,
		arena_printf(arena, "文件声明为 %s，内容却是 %s。", names, file_kind_name(found)),
		arena_printf(arena, "The file claims to be %s, but its content is %s.", names, file_kind_name(found)));
}

/* --- the store --- */

static bool make_folder(const char *path)
{
	return mkdir(path, 0750) == 0 || errno == EEXIST;
}

/* With its parents, as `mkdir -p`. */
static bool make_folders(struct arena *arena, const char *path)
{
	char *part = arena_strdup(arena, path);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (!make_folder(part))
			return false;
		*slash = '/';
	}
	return make_folder(part);
}

static bool sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return ok;
}

/* All shelves at once, so that no upload has to make one durable. */
static bool make_shelves(struct arena *arena, const char *store)
{
	for (int i = 0; i < SHELVES; i++)
		if (!make_folder(arena_printf(arena, "%s/%02x", store, (unsigned)i)))
			return false;
	return sync_folder(store);
}

struct problem *files_open(struct arena *arena, const char *folder, struct files **out)
{
	struct files *files = calloc(1, sizeof(*files));
	*out = NULL;
	if (!files || asprintf(&files->store, "%s/store", folder) < 0 ||
		asprintf(&files->spool, "%s/spool", folder) < 0)
		abort();
	if (!make_folders(arena, files->store) || !make_folder(files->spool) || !make_shelves(arena, files->store) ||
		!sync_folder(folder)) {
		struct problem *problem = disk_failed(arena, "cannot make", folder);
		files_close(files);
		return problem;
	}
	*out = files;
	return NULL;
}

void files_close(struct files *files)
{
	if (!files)
		return;
	free(files->store);
	free(files->spool);
	free(files);
}

const char *files_spool(const struct files *files)
{
	return files->spool;
}

static bool is_name(const char *name)
{
	return name && strlen(name) == FILE_NAME && strspn(name, "0123456789abcdef") == FILE_NAME;
}

char *files_path(const struct files *files, struct arena *arena, const char *name)
{
	return is_name(name) ? arena_printf(arena, "%s/%.2s/%s", files->store, name, name) : NULL;
}

int files_read(const struct files *files, const char *name, int64_t *size)
{
	struct stat status;
	struct arena *arena = arena_create();
	char *path = files_path(files, arena, name);
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	arena_destroy(arena);
	if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))) {
		close(fd);
		return -1;
	}
	if (fd >= 0 && size)
		*size = status.st_size;
	return fd;
}

/* --- content that passes by --- */

static void account_init(struct account *account)
{
	*account = (struct account){.digest = crypto_digest_create()};
}

static void account_finish(struct account *account)
{
	crypto_digest_destroy(account->digest);
}

static void account_add(struct account *account, const void *bytes, size_t size)
{
	crypto_digest_add(account->digest, bytes, size);
	file_look_at(&account->look, bytes, size);
	account->size += (int64_t)size;
}

static void account_name(struct account *account, char name[FILE_NAME + 1])
{
	unsigned char hash[CRYPTO_HASH];
	crypto_digest_take(account->digest, hash);
	crypto_hex(hash, sizeof(hash), name);
}

/* Reads on until the end or until it is more than max_bytes. */
static bool account_read(struct account *account, int fd, int64_t max_bytes)
{
	char *piece = malloc(PIECE);
	ssize_t n = piece ? 1 : -1;
	while (n > 0 && account->size <= max_bytes) {
		n = read(fd, piece, PIECE);
		if (n > 0)
			account_add(account, piece, (size_t)n);
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	free(piece);
	return n >= 0;
}

bool files_verify(const struct files *files, const char *name)
{
	struct account account;
	char found[FILE_NAME + 1];
	int fd = files_read(files, name, NULL);
	if (fd < 0)
		return false;
	account_init(&account);
	bool read = account_read(&account, fd, INT64_MAX - 1);
	account_name(&account, found);
	account_finish(&account);
	close(fd);
	return read && strcmp(found, name) == 0;
}

/* --- checks --- */

/* The content decides; the claim, which a system made up from a name, only must not contradict it. Nothing of a text
 * says that it is a CSV. */
static struct problem *check(struct arena *arena, const struct account *account, int fd, const char *declared,
                             unsigned allowed, int64_t max_bytes, enum file_kind *kind)
{
	bool claims = declared && *declared && strncasecmp(declared, "application/octet-stream", 24) != 0;
	unsigned claimed = claims ? file_kinds_of_media_type(declared) : ~0u;
	if (account->size == 0)
		return problem_new(arena, &PROBLEM_FILE_EMPTY);
	if (account->size > max_bytes)
		return too_large(arena, max_bytes);
	if (!(claimed & allowed))
		return not_allowed(arena, allowed);
	*kind = file_look_kind(&account->look, fd, account->size);
	if (*kind == FILE_TEXT && (claimed & FILE_BIT(FILE_CSV)) &&
		(!(claimed & FILE_BIT(FILE_TEXT)) || !(allowed & FILE_BIT(FILE_TEXT))))
		*kind = FILE_CSV;
	if (claims && !(claimed & FILE_BIT(*kind)))
		return lying(arena, claimed, *kind);
	return allowed & FILE_BIT(*kind) ? NULL : not_allowed(arena, allowed);
}

/* Durable under its name. Renaming over the same content is harmless, and gives it the age of today, which the sweeper
 * minds. */
static struct problem *place(struct files *files, struct arena *arena, const char *path, int fd, const char *name)
{
	char *final = files_path(files, arena, name);
	char *shelf = arena_printf(arena, "%s/%.2s", files->store, name);
	struct timespec now[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
	if (futimens(fd, now) != 0 || fchmod(fd, 0640) != 0 || fsync(fd) != 0 || rename(path, final) != 0 ||
		!sync_folder(shelf))
		return disk_failed(arena, "cannot keep", final);
	return NULL;
}

static struct problem *keep(struct files *files, struct arena *arena, struct account *account, const char *path, int fd,
                            const char *declared, unsigned allowed, int64_t max_bytes, struct stored_file *out)
{
	enum file_kind kind = FILE_OTHER;
	struct problem *problem = check(arena, account, fd, declared, allowed, max_bytes, &kind);
	if (problem)
		return problem;
	*out = (struct stored_file){.size = account->size, .kind = kind};
	account_name(account, out->name);
	return place(files, arena, path, fd, out->name);
}

/* --- sinks --- */

struct problem *files_sink_open(struct files *files, struct arena *arena, const char *declared, unsigned allowed,
                                int64_t max_bytes, struct file_sink **out)
{
	struct file_sink *sink = calloc(1, sizeof(*sink));
	*out = NULL;
	if (!sink || asprintf(&sink->path, "%s/sink-XXXXXX", files->spool) < 0 ||
		(declared && !(sink->declared = strdup(declared))))
		abort();
	sink->files = files;
	sink->allowed = allowed;
	sink->max_bytes = max_bytes;
	account_init(&sink->account);
	sink->fd = mkostemp(sink->path, O_CLOEXEC);
	if (sink->fd < 0) {
		struct problem *problem = disk_failed(arena, "cannot make", sink->path);
		files_abort(sink);
		return problem;
	}
	*out = sink;
	return NULL;
}

struct problem *files_append(struct file_sink *sink, struct arena *arena, const void *bytes, size_t size)
{
	if (sink->account.size + (int64_t)size > sink->max_bytes)
		return too_large(arena, sink->max_bytes);
	account_add(&sink->account, bytes, size);
	for (const char *at = bytes; size > 0;) {
		ssize_t n = write(sink->fd, at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return disk_failed(arena, "cannot write", sink->path);
		at += n;
		size -= (size_t)n;
	}
	return NULL;
}

struct problem *files_commit(struct file_sink *sink, struct arena *arena, struct stored_file *out)
{
	struct problem *problem = keep(sink->files, arena, &sink->account, sink->path, sink->fd, sink->declared,
		sink->allowed, sink->max_bytes, out);
	files_abort(sink);
	return problem;
}

/* After a commit there is no file of that name any more. */
void files_abort(struct file_sink *sink)
{
	if (!sink)
		return;
	if (sink->fd >= 0) {
		unlink(sink->path);
		close(sink->fd);
	}
	account_finish(&sink->account);
	free(sink->path);
	free((char *)sink->declared);
	free(sink);
}

struct problem *files_adopt(struct files *files, struct arena *arena, const char *path, const char *declared,
                             unsigned allowed, int64_t max_bytes, struct stored_file *out)
{
	struct account account;
	struct problem *problem;
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return disk_failed(arena, "cannot read", path);
	account_init(&account);
	if (account_read(&account, fd, max_bytes))
		problem = keep(files, arena, &account, path, fd, declared, allowed, max_bytes, out);
	else
		problem = disk_failed(arena, "cannot read", path);
	unlink(path);
	close(fd);
	account_finish(&account);
	return problem;
}

/* --- sweeping --- */

struct sweep {
	struct files *files;
	struct arena *arena;
	time_t before; /* what is younger stays */
	bool (*referenced)(void *arg, const char *name);
	void *arg;
	struct files_swept *out;
};

static bool is_old(const struct sweep *s, const char *path)
{
	struct stat status;
	return lstat(path, &status) == 0 && status.st_mtime < s->before;
}

/* Moved aside first and looked at again: an upload of the same content may have come between, and has made it young. */
static void remove_file(struct sweep *s, const char *path, const char *name)
{
	char *aside = arena_printf(s->arena, "%s/swept-%s", s->files->spool, name);
	if (rename(path, aside) != 0)
		return;
	if (!is_old(s, aside)) {
		if (rename(aside, path) != 0)
			diag_error(NULL, "cannot put back %s: %s", aside, strerror(errno));
		s->out->kept++;
	} else if (unlink(aside) == 0) {
		s->out->removed++;
	}
}

static void sweep_entry(struct sweep *s, const char *folder, const char *name, bool shelf)
{
	char *path = arena_printf(s->arena, "%s/%s", folder, name);
	if (name[0] == '.' || (shelf && !is_name(name)))
		return;
	if (!is_old(s, path))
		s->out->kept += shelf;
	else if (!shelf)
		s->out->abandoned += unlink(path) == 0;
	else if (s->referenced(s->arg, name))
		s->out->kept++;
	else
		remove_file(s, path, name);
}

static struct problem *sweep_folder(struct sweep *s, struct arena *arena, const char *folder, bool shelf)
{
	DIR *entries = opendir(folder);
	if (!entries)
		return disk_failed(arena, "cannot read", folder);
	s->arena = arena_create();
	for (struct dirent *entry; (entry = readdir(entries));)
		sweep_entry(s, folder, entry->d_name, shelf);
	arena_destroy(s->arena);
	closedir(entries);
	return NULL;
}

struct problem *files_sweep(struct files *files, struct arena *arena, int64_t grace_s,
                            bool (*referenced)(void *arg, const char *name), void *arg, struct files_swept *out)
{
	struct sweep s = {
		.files = files, .before = time(NULL) - grace_s, .referenced = referenced, .arg = arg, .out = out};
	*out = (struct files_swept){0};
	struct problem *problem = sweep_folder(&s, arena, files->spool, false);
	for (int i = 0; i < SHELVES && !problem; i++)
		problem = sweep_folder(&s, arena, arena_printf(arena, "%s/%02x", files->store, (unsigned)i), true);
	return problem;
}
