// How long connect() may wait for the gate, and waiting.
#include "preload.h"

#ifdef __GLIBC__

#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/time.h>
#include <time.h>

static int64_t now_in_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// A program that bounds its connect() by SO_SNDTIMEO is not kept waiting for longer than that. The option has no
// meaning for a socket that does not block.
int64_t causeway_deadline(int socket, int flags) {
    int64_t allowed = (int64_t)CAUSEWAY_GATE_SECONDS * 1000;
    struct timeval timeout;
    socklen_t length = sizeof timeout;
    if ((flags & O_NONBLOCK) == 0 && getsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, &length) == 0
        && timeout.tv_sec < CAUSEWAY_GATE_SECONDS) {
        int64_t wanted = (int64_t)timeout.tv_sec * 1000 + (timeout.tv_usec + 999) / 1000;
        if (wanted > 0) {
            allowed = wanted;
        }
    }
    // The present was rounded down, and a wait must not end before its time.
    return now_in_milliseconds() + allowed + 1;
}

int causeway_wait(int socket, short events, int64_t end) {
    for (;;) {
        int64_t left = end - now_in_milliseconds();
        if (left <= 0) {
            return ETIMEDOUT;
        }
        struct pollfd entry = {.fd = socket, .events = events};
        int count = poll(&entry, 1, (int)left);
        if (count > 0) {
            return 0;
        }
        if (count < 0 && errno != EINTR) {
            return errno;
        }
    }
}

#endif
