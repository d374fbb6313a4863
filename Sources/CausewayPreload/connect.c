// connect(), which decides whether a connection goes through the gate.
//
// A connection that TCP Fast Open makes by sendto() or sendmsg() with MSG_FASTOPEN does not come by here.
#include "preload.h"

#ifdef __GLIBC__

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// Linux takes an IPv6 address without its last field, the scope.
enum { IPV6_LENGTH_MIN = offsetof(struct sockaddr_in6, sin6_scope_id) };

// MPTCP of Linux 5.6; older headers do not have it.
enum { MULTIPATH_TCP = 262 };

// The C library answers EFAULT to a pointer that leads nowhere, where reading from it would end the program. This
// system call reads eight bytes at the pointer before it sees that it is asked for something that does not exist, and
// so tells without a signal and without changing anything. `length` is at least eight, and less than a page.
static bool is_readable(const void *address, size_t length) {
    const char *last = (const char *)address + length - 8;
    return (syscall(SYS_rt_sigprocmask, ~0, address, NULL, 8) == 0 || errno != EFAULT)
        && (syscall(SYS_rt_sigprocmask, ~0, last, NULL, 8) == 0 || errno != EFAULT);
}

static int option(int socket, int level, int name) {
    int value;
    socklen_t length = sizeof value;
    return getsockopt(socket, level, name, &value, &length) == 0 ? value : -1;
}

static bool is_tcp(int socket, sa_family_t family) {
    if (option(socket, SOL_SOCKET, SO_DOMAIN) != family || option(socket, SOL_SOCKET, SO_TYPE) != SOCK_STREAM) {
        return false;
    }
    int protocol = option(socket, SOL_SOCKET, SO_PROTOCOL);
    return protocol == IPPROTO_TCP || protocol == MULTIPATH_TCP;
}

// The parts of the address are copied, because nobody promises that a sockaddr is aligned.
static bool read_target(int socket, const struct sockaddr *address, socklen_t length, struct causeway_target *target) {
    if (address == NULL || length < sizeof(struct sockaddr_in) || length > sizeof(struct sockaddr_storage)
        || !is_readable(address, length)) {
        return false;
    }
    memcpy(&target->family, &address->sa_family, sizeof target->family);
    if (target->family == AF_INET) {
        struct sockaddr_in ipv4;
        memcpy(&ipv4, address, sizeof ipv4);
        target->port = ntohs(ipv4.sin_port);
        causeway_map_address(&ipv4.sin_addr, &target->address);
    } else if (target->family == AF_INET6 && length >= IPV6_LENGTH_MIN) {
        struct sockaddr_in6 ipv6;
        memcpy(&ipv6, address, IPV6_LENGTH_MIN);
        target->port = ntohs(ipv6.sin6_port);
        target->address = ipv6.sin6_addr;
    } else {
        return false;
    }
    if (!is_tcp(socket, target->family)) {
        return false;
    }
    // A socket for IPv6 alone does not reach IPv4 addresses, so it does not reach bound ones either.
    return target->family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&target->address)
        || option(socket, IPPROTO_IPV6, IPV6_V6ONLY) == 0;
}

static int redirect(int socket, const struct sockaddr *address, socklen_t length) {
    struct causeway_target target;
    struct causeway_gate gate;
    if (!read_target(socket, address, length, &target) || !causeway_target_is_bound(&target)
        || !causeway_read_gate(&gate)) {
        return CAUSEWAY_NOT_REDIRECTED;
    }
    int error = causeway_pass_gate(socket, &target, &gate);
    explicit_bzero(&gate, sizeof gate);
    return error;
}

CAUSEWAY_INTERPOSED int connect(int socket, __CONST_SOCKADDR_ARG address, socklen_t length) {
    int errno_before = errno;
    int error = redirect(socket, address.__sockaddr__, length);
    errno = errno_before;
    if (error == CAUSEWAY_NOT_REDIRECTED) {
        return causeway_real_connect(socket, address.__sockaddr__, length);
    }
    if (error != 0) {
        errno = error;
        return -1;
    }
    return 0;
}

#endif
