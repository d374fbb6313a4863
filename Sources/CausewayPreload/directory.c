// The directory that the connector keeps, and how its files are read.
#include "preload.h"

#ifdef __GLIBC__

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    // No line of the contract is longer than some 300 bytes; the buffer must fit on the small stack of a signal
    // handler.
    LINE_MAX_BYTES = 1024,
    FILE_MAX_BYTES = 1 << 20,
};

enum { UNREAD, COPYING, READ };

static char directory[PATH_MAX];
static atomic_int directory_state = UNREAD;

// The path is copied once, because programs write over their environment (some show their status there) and change it
// while other threads read it. Whoever comes while the copy is being made looks at the environment instead of waiting:
// it may be a signal handler on top of the one that copies.
static const char *directory_path(void) {
    if (atomic_load_explicit(&directory_state, memory_order_acquire) == READ) {
        return directory[0] == '\0' ? NULL : directory;
    }
    // A program with the rights of somebody else must not take its names from the one who started it.
    const char *value = secure_getenv("CAUSEWAY_EXEC_DIRECTORY");
    // A relative path would lead somewhere else as soon as the program changes its folder.
    bool is_usable = value != NULL && value[0] == '/' && strlen(value) < sizeof directory;
    int expected = UNREAD;
    if (atomic_compare_exchange_strong(&directory_state, &expected, COPYING)) {
        if (is_usable) {
            memcpy(directory, value, strlen(value) + 1);
        }
        atomic_store_explicit(&directory_state, READ, memory_order_release);
    }
    return is_usable ? value : NULL;
}

__attribute__((constructor)) static void read_environment(void) {
    directory_path();
}

// Files are opened, read and closed by system calls and not by the functions of the C library. Those are points at
// which a thread can be cancelled, which would leave a descriptor open, and the program may have its own open() or
// read().
static int open_file(const char *file) {
    const char *path = directory_path();
    if (path == NULL) {
        return -1;
    }
    int folder = (int)syscall(SYS_openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    if (folder < 0) {
        return -1;
    }
    int descriptor = (int)syscall(SYS_openat, folder, file, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);
    syscall(SYS_close, folder);
    return descriptor;
}

static size_t read_some(int descriptor, char *buffer, size_t size) {
    long count;
    do {
        count = syscall(SYS_read, descriptor, buffer, size);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? 0 : (size_t)count;
}

// Bytes that were read and belong to no whole line yet. A line that does not fit is passed over as a whole.
struct lines {
    char bytes[LINE_MAX_BYTES];
    size_t used;
    bool is_passing_over;
};

static bool visit_whole_lines(struct lines *lines, causeway_visitor visit, void *context) {
    size_t start = 0;
    const char *end;
    while ((end = memchr(lines->bytes + start, '\n', lines->used - start)) != NULL) {
        size_t length = (size_t)(end - (lines->bytes + start));
        if (!lines->is_passing_over && visit(lines->bytes + start, length, context)) {
            return true;
        }
        lines->is_passing_over = false;
        start += length + 1;
    }
    lines->used -= start;
    memmove(lines->bytes, lines->bytes + start, lines->used);
    if (lines->used == sizeof lines->bytes) {
        lines->used = 0;
        lines->is_passing_over = true;
    }
    return false;
}

bool causeway_visit_lines(const char *file, causeway_visitor visit, void *context) {
    int descriptor = open_file(file);
    if (descriptor < 0) {
        return false;
    }
    struct lines lines = {.used = 0, .is_passing_over = false};
    bool is_found = false;
    size_t total = 0;
    while (!is_found && total < FILE_MAX_BYTES) {
        size_t count = read_some(descriptor, lines.bytes + lines.used, sizeof lines.bytes - lines.used);
        if (count == 0) {
            break;
        }
        total += count;
        lines.used += count;
        is_found = visit_whole_lines(&lines, visit, context);
    }
    syscall(SYS_close, descriptor);
    // One of the files has the token in it, which should not lie around on the program's stack.
    explicit_bzero(&lines, sizeof lines);
    return is_found;
}

#endif
