// The program's own socket: what is changed on it for the conversation with the gate, its connection to the gate, and
// how that is undone.
#include "preload.h"

#ifdef __GLIBC__

#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void causeway_set_options(int socket, struct causeway_option options[CAUSEWAY_OPTIONS]) {
    // With a higher mark poll() would not report the four bytes of the answer.
    options[0] = (struct causeway_option){.level = SOL_SOCKET, .name = SO_RCVLOWAT, .during = 1};
    // With it connect() returns before there is a connection.
    options[1] = (struct causeway_option){.level = IPPROTO_TCP, .name = TCP_FASTOPEN_CONNECT, .during = 0};
    // The gate has an IPv4 address, also for an IPv6 target.
    options[2] = (struct causeway_option){.level = IPPROTO_IPV6, .name = IPV6_V6ONLY, .during = 0};
    for (int index = 0; index < CAUSEWAY_OPTIONS; index++) {
        struct causeway_option *option = &options[index];
        socklen_t length = sizeof option->before;
        option->is_changed = getsockopt(socket, option->level, option->name, &option->before, &length) == 0
            && option->before != option->during
            && setsockopt(socket, option->level, option->name, &option->during, sizeof option->during) == 0;
    }
}

void causeway_reset_options(int socket, const struct causeway_option options[CAUSEWAY_OPTIONS]) {
    for (int index = 0; index < CAUSEWAY_OPTIONS; index++) {
        const struct causeway_option *option = &options[index];
        if (option->is_changed) {
            setsockopt(socket, option->level, option->name, &option->before, sizeof option->before);
        }
    }
}

static struct causeway_gate_address address(sa_family_t family, struct in_addr host, uint16_t port) {
    struct causeway_gate_address address;
    memset(&address, 0, sizeof address);
    if (family == AF_INET) {
        address.length = sizeof address.value.ipv4;
        address.value.ipv4.sin_family = AF_INET;
        address.value.ipv4.sin_port = htons(port);
        address.value.ipv4.sin_addr = host;
    } else {
        address.length = sizeof address.value.ipv6;
        address.value.ipv6.sin6_family = AF_INET6;
        address.value.ipv6.sin6_port = htons(port);
        causeway_map_address(&host, &address.value.ipv6.sin6_addr);
    }
    return address;
}

struct causeway_gate_address causeway_gate_address(const struct causeway_gate *gate, sa_family_t family) {
    return address(family, (struct in_addr){.s_addr = htonl(INADDR_LOOPBACK)}, gate->port);
}

// A blocking socket is non-blocking for the one call only: so the wait can be bounded, and a flag that another process
// may share is changed for no longer than a moment.
static int connect_at_once(int socket, int flags, const struct causeway_gate_address *gate) {
    bool is_blocking = (flags & O_NONBLOCK) == 0;
    if (is_blocking && fcntl(socket, F_SETFL, flags | O_NONBLOCK) < 0) {
        return errno;
    }
    int error = causeway_real_connect(socket, &gate->value.any, gate->length) == 0 ? 0 : errno;
    if (is_blocking) {
        fcntl(socket, F_SETFL, flags);
    }
    return error;
}

static void clear_pending_error(int socket) {
    int pending;
    socklen_t length = sizeof pending;
    getsockopt(socket, SOL_SOCKET, SO_ERROR, &pending, &length);
}

// Returns 0 when the gate is at the other end. A connect() to somebody else that the program began earlier may have
// ended just now; that peer must not be sent the token, and the socket is not free: EISCONN. A gate that is gone
// already is another matter.
static int check_peer(int socket, const struct causeway_gate_address *gate) {
    struct causeway_gate_address peer;
    memset(&peer, 0, sizeof peer);
    peer.length = sizeof peer.value;
    if (getpeername(socket, &peer.value.any, &peer.length) != 0) {
        return ECONNRESET;
    }
    bool is_gate = false;
    if (peer.value.any.sa_family == AF_INET && gate->value.any.sa_family == AF_INET) {
        is_gate = peer.value.ipv4.sin_port == gate->value.ipv4.sin_port
            && peer.value.ipv4.sin_addr.s_addr == gate->value.ipv4.sin_addr.s_addr;
    } else if (peer.value.any.sa_family == AF_INET6 && gate->value.any.sa_family == AF_INET6) {
        is_gate = peer.value.ipv6.sin6_port == gate->value.ipv6.sin6_port
            && memcmp(&peer.value.ipv6.sin6_addr, &gate->value.ipv6.sin6_addr, sizeof(struct in6_addr)) == 0;
    }
    return is_gate ? 0 : EISCONN;
}

// How a connection ended that is being made is asked by another connect() and not by SO_ERROR, because that call also
// moves the socket to the state in which the program's next connect() is told EISCONN.
static int finish_connecting(int socket, int flags, const struct causeway_gate_address *gate, int64_t end) {
    for (;;) {
        int error = causeway_wait(socket, POLLOUT, end);
        if (error != 0) {
            return error;
        }
        error = connect_at_once(socket, flags, gate);
        if (error != EALREADY) {
            return error;
        }
        // An error from before ended the wait, and would end every further one.
        clear_pending_error(socket);
    }
}

int causeway_connect_to_gate(int socket, int flags, const struct causeway_gate_address *gate, int64_t end) {
    int error = connect_at_once(socket, flags, gate);
    if (error == EINPROGRESS) {
        error = finish_connecting(socket, flags, gate, end);
    }
    if (error == 0) {
        error = check_peer(socket, gate);
    }
    if (error == 0) {
        // One that was there before would be the answer to our first call.
        clear_pending_error(socket);
    }
    return error;
}

static void disconnect(int socket) {
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    causeway_real_connect(socket, &none, sizeof none);
    // Linux leaves ECONNRESET behind, which the program would meet at its next call.
    clear_pending_error(socket);
}

void causeway_dissolve(int socket, int flags, sa_family_t family) {
    disconnect(socket);
    if (family == AF_INET6) {
        // Linux has switched the socket to IPv4 for the gate and leaves it so; a later connect() to an IPv6 address
        // would never end. It switches back when a connect() to an IPv4 address fails at once, as it does for the
        // broadcast address, to which TCP sends nothing.
        struct causeway_gate_address broadcast = address(family, (struct in_addr){.s_addr = INADDR_BROADCAST}, 9);
        if (connect_at_once(socket, flags, &broadcast) == EINPROGRESS) {
            disconnect(socket);
        }
    }
}

#endif
