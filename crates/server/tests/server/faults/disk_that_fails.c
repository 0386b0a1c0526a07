/* Stands between keydeck-server and the system: what is asked of the disk fails while a file says so. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int told(const char *fault) {
    const char *folder = getenv("FAULTS");
    char path[4096];
    if (!folder) return 0;
    snprintf(path, sizeof path, "%s/%s", folder, fault);
    return syscall(SYS_faccessat, -100, path, F_OK) == 0;
}

static int is_a_file(int fd) {
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

static int fails(const char *fault, int error) {
    if (!told(fault)) return 0;
    errno = error;
    return 1;
}

int fsync(int fd) { return fails("no-sync", EIO) ? -1 : (int)syscall(SYS_fsync, fd); }
int fdatasync(int fd) { return fails("no-sync", EIO) ? -1 : (int)syscall(SYS_fdatasync, fd); }

ssize_t write(int fd, const void *bytes, size_t count) {
    return is_a_file(fd) && fails("no-space", ENOSPC) ? -1 : syscall(SYS_write, fd, bytes, count);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    return is_a_file(fd) && fails("no-space", ENOSPC) ? -1 : syscall(SYS_pwrite64, fd, bytes, count, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    return is_a_file(fd) && fails("no-space", ENOSPC) ? -1 : syscall(SYS_pwrite64, fd, bytes, count, at);
}
