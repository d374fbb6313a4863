// The conversation with the gate, on the program's own socket.
//
// It may take place in a signal handler or between fork and exec: there are no allocations, no locks and no streams in
// it.
#include "preload.h"

#ifdef __GLIBC__

#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

static const char greeting[] = "CAUSEWAY1 ";

// The greeting, the token, a blank, an address, a blank, a port and a line feed.
enum { REQUEST_MAX_BYTES = sizeof greeting - 1 + CAUSEWAY_TOKEN_LENGTH + 1 + INET6_ADDRSTRLEN + 1 + 5 + 1 };

// Linux has no error number above this one.
enum { ERRNO_MAX = 4095 };

static size_t write_request(
    char request[REQUEST_MAX_BYTES], const struct causeway_target *target, const struct causeway_gate *gate) {
    char digits[5];
    size_t count = 0;
    unsigned rest = target->port;
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);

    char *end = mempcpy(request, greeting, sizeof greeting - 1);
    end = mempcpy(end, gate->token, sizeof gate->token);
    *end++ = ' ';
    end = mempcpy(end, target->text, strlen(target->text));
    *end++ = ' ';
    while (count > 0) {
        *end++ = digits[--count];
    }
    *end++ = '\n';
    return (size_t)(end - request);
}

static int send_all(int socket, const char *bytes, size_t length, int64_t end) {
    while (length > 0) {
        ssize_t count = send(socket, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count >= 0) {
            bytes += count;
            length -= (size_t)count;
        } else if (errno == EAGAIN) {
            int error = causeway_wait(socket, POLLOUT, end);
            if (error != 0) {
                return error;
            }
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

// Reads four bytes and not one more: what follows them is the program's.
static int receive_answer(int socket, uint32_t *answer, int64_t end) {
    unsigned char bytes[4];
    size_t used = 0;
    while (used < sizeof bytes) {
        ssize_t count = recv(socket, bytes + used, sizeof bytes - used, MSG_DONTWAIT);
        if (count > 0) {
            used += (size_t)count;
        } else if (count == 0) {
            return ECONNRESET;
        } else if (errno == EAGAIN) {
            int error = causeway_wait(socket, POLLIN, end);
            if (error != 0) {
                return error;
            }
        } else if (errno != EINTR) {
            return errno;
        }
    }
    *answer = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3];
    return 0;
}

static int error_of_answer(uint32_t answer) {
    switch (answer) {
    case EINPROGRESS:
    case EALREADY:
    case EISCONN:
    case EAGAIN:
    case EINTR:
        // A program would take these for a connection that stands or is being made.
        return ECONNREFUSED;
    default:
        return answer <= ERRNO_MAX ? (int)answer : ECONNREFUSED;
    }
}

// What went wrong between the program and the gate. To the program the gate is not there, so it is told what a program
// is told when nobody listens; want of time, memory and ports is its own, and the same as without a gate.
static int error_of_gate(int error) {
    switch (error) {
    case ETIMEDOUT:
    case EADDRINUSE:
    case EADDRNOTAVAIL:
    case EBADF:
    case ENOBUFS:
    case ENOMEM:
        return error;
    default:
        return ECONNREFUSED;
    }
}

static int ask(int socket, const struct causeway_target *target, const struct causeway_gate *gate, int64_t end) {
    char request[REQUEST_MAX_BYTES];
    uint32_t answer = 0;
    size_t length = write_request(request, target, gate);
    int error = send_all(socket, request, length, end);
    // The token should not lie around on the program's stack.
    explicit_bzero(request, sizeof request);
    if (error == 0) {
        error = receive_answer(socket, &answer, end);
    }
    return error == 0 ? error_of_answer(answer) : error_of_gate(error);
}

int causeway_pass_gate(int socket, const struct causeway_target *target, const struct causeway_gate *gate) {
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    int flags = fcntl(socket, F_GETFL);
    if (flags < 0 || getpeername(socket, (struct sockaddr *)&peer, &length) == 0) {
        return CAUSEWAY_NOT_REDIRECTED;
    }

    struct causeway_option options[CAUSEWAY_OPTIONS];
    struct causeway_gate_address address = causeway_gate_address(gate, target->family);
    int64_t end = causeway_deadline(socket, flags);
    causeway_set_options(socket, options);
    int error = causeway_connect_to_gate(socket, flags, &address, end);
    if (error == EISCONN || error == EALREADY) {
        causeway_reset_options(socket, options);
        return CAUSEWAY_NOT_REDIRECTED;
    }
    error = error == 0 ? ask(socket, target, gate, end) : error_of_gate(error);
    if (error != 0) {
        causeway_dissolve(socket, flags, target->family);
    }
    causeway_reset_options(socket, options);
    return error;
}

#endif
