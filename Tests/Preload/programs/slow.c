// A library whose getpeername() takes its time, so that what others do to a connection meanwhile has happened: before it
// looks, or after. The library under test calls it on both sides of its connection to the gate.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef SLOW_BEFORE
enum { BEFORE = 100000, AFTER = 0 };
#else
enum { BEFORE = 0, AFTER = 100000 };
#endif

int getpeername(int socket, __SOCKADDR_ARG address, socklen_t *length) {
    int (*function)(int, struct sockaddr *, socklen_t *) = dlsym(RTLD_NEXT, "getpeername");
    usleep(BEFORE);
    int result = function(socket, address.__sockaddr__, length);
    int errno_after = errno;
    usleep(AFTER);
    errno = errno_after;
    return result;
}
