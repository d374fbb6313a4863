// A library whose poll() takes its time to return, so that what the other end does meanwhile has happened.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <unistd.h>

int poll(struct pollfd *entries, nfds_t count, int timeout) {
    int (*function)(struct pollfd *, nfds_t, int) = dlsym(RTLD_NEXT, "poll");
    int result = function(entries, count, timeout);
    int errno_after = errno;
    usleep(30000);
    errno = errno_after;
    return result;
}
