/* Preloaded into a process under test: counts what is written to the files of one journal, and at a chosen
   point kills the process, lets calls fail once or for ever, or writes everything down for a replay.
   It also moves CLOCK_REALTIME. Nothing happens before fault_arm or fault_clock is called. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { OFF = 0, COUNT = 1, KILL = 2, FAIL_ONCE = 3, FAIL_ON = 4 };

static volatile int mode, error_number, log_handle = -1;
static volatile long counter, point;
static volatile long long clock_offset_ns;
static char wanted[512];

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

void fault_arm(const char *part, int new_mode, long at, int with_errno) {
    strncpy(wanted, part, sizeof wanted - 1);
    counter = 0;
    point = at;
    error_number = with_errno;
    mode = new_mode;
}

long fault_count(void) { return counter; }
void fault_log(int handle) { log_handle = handle; }
void fault_clock(long long offset_ns) { clock_offset_ns = offset_ns; }

static const char *path_of(int handle, char *found, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t length = readlink(link, found, size - 1);
    if (length < 0) return NULL;
    found[length] = 0;
    return found;
}

static int is_wanted(const char *path) {
    return path && wanted[0] && strstr(path, wanted) && !strstr(path, "-shm") && !strstr(path, ".lock");
}

/* 0: go on; else the errno to fail with */
static int at_a_point(void) {
    long now = __sync_add_and_fetch(&counter, 1);
    if (mode == KILL && now == point) kill(getpid(), SIGKILL);
    if ((mode == FAIL_ONCE && now == point) || (mode == FAIL_ON && now >= point)) return error_number;
    return 0;
}

static void put(const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    const char *at = data;
    while (size > 0) {
        ssize_t done = real(log_handle, at, size);
        if (done <= 0) return;
        at += done;
        size -= (size_t)done;
    }
}

/* one record: kind, length of path, offset, size, then path and data */
static void note(char kind, const char *path, long long offset, const void *data, size_t size) {
    if (log_handle < 0) return;
    struct { char kind; char pad[3]; uint32_t path; int64_t offset; uint64_t size; } head =
        {kind, {0, 0, 0}, (uint32_t)strlen(path), offset, size};
    put(&head, sizeof head);
    put(path, strlen(path));
    if (data) put(data, size);
}

ssize_t pwrite64(int handle, const void *data, size_t size, off64_t offset) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    char path[512];
    if (mode && is_wanted(path_of(handle, path, sizeof path))) {
        int failed = at_a_point();
        if (failed) { errno = failed; return -1; }
        ssize_t done = real(handle, data, size, offset);
        if (done > 0) note('W', path, offset, data, (size_t)done);
        return done;
    }
    return real(handle, data, size, offset);
}

ssize_t pwrite(int handle, const void *data, size_t size, off_t offset) {
    return pwrite64(handle, data, size, offset);
}

ssize_t write(int handle, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    char path[512];
    if (mode && handle > 2 && handle != log_handle && is_wanted(path_of(handle, path, sizeof path))) {
        int failed = at_a_point();
        if (failed) { errno = failed; return -1; }
        off_t at = lseek(handle, 0, SEEK_CUR);
        ssize_t done = real(handle, data, size);
        if (done > 0) note('W', path, at, data, (size_t)done);
        return done;
    }
    return real(handle, data, size);
}

static int synced(int handle, int (*real)(int)) {
    char path[512];
    if (mode && path_of(handle, path, sizeof path) && (is_wanted(path) || mode == COUNT)) {
        if (is_wanted(path)) {
            int failed = at_a_point();
            if (failed) { errno = failed; return -1; }
        }
        int done = real(handle);
        if (done == 0) note('S', path, 0, NULL, 0);
        return done;
    }
    return real(handle);
}

int fsync(int handle) { REAL(int, "fsync", int); return synced(handle, real); }
int fdatasync(int handle) { REAL(int, "fdatasync", int); return synced(handle, real); }

int ftruncate64(int handle, off64_t size) {
    REAL(int, "ftruncate64", int, off64_t);
    char path[512];
    if (mode && is_wanted(path_of(handle, path, sizeof path))) {
        int failed = at_a_point();
        if (failed) { errno = failed; return -1; }
        int done = real(handle, size);
        if (done == 0) note('T', path, size, NULL, 0);
        return done;
    }
    return real(handle, size);
}

int ftruncate(int handle, off_t size) { return ftruncate64(handle, size); }

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    if (mode && is_wanted(path)) {
        int failed = at_a_point();
        if (failed) { errno = failed; return -1; }
        int done = real(path);
        if (done == 0) note('U', path, 0, NULL, 0);
        return done;
    }
    return real(path);
}

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    if (mode && (is_wanted(from) || is_wanted(to))) {
        int failed = at_a_point();
        if (failed) { errno = failed; return -1; }
    }
    return real(from, to);
}

int clock_gettime(clockid_t which, struct timespec *told) {
    REAL(int, "clock_gettime", clockid_t, struct timespec *);
    int done = real(which, told);
    if (done == 0 && which == CLOCK_REALTIME && clock_offset_ns) {
        long long now = told->tv_sec * 1000000000LL + told->tv_nsec + clock_offset_ns;
        told->tv_sec = now / 1000000000LL;
        told->tv_nsec = now % 1000000000LL;
    }
    return done;
}

void fault_mark(long number) { note('M', "", number, NULL, 0); }
