// The program's own socket, as gate.c sees it. Everything here is safe in signal handlers.
#ifndef CAUSEWAY_PRELOAD_SOCKET_H
#define CAUSEWAY_PRELOAD_SOCKET_H

#include "preload.h"

#pragma GCC visibility push(hidden)

// A time of the monotonic clock in milliseconds. The flags are those of F_GETFL.
int64_t causeway_deadline(int socket, int flags);

// Returns 0 when the socket has one of the events of poll(), or an error or an end to tell about; else an errno value.
int causeway_wait(int socket, short events, int64_t end);

// Options that would disturb the conversation, with the value that they have during it. They get their own value back,
// except those that Linux lets nobody change on a connected socket, where they have no meaning either.
struct causeway_option {
    int level;
    int name;
    int during;
    int before;
    bool is_changed;
};

enum { CAUSEWAY_OPTIONS = 3 };

void causeway_set_options(int socket, struct causeway_option options[CAUSEWAY_OPTIONS]);
void causeway_reset_options(int socket, const struct causeway_option options[CAUSEWAY_OPTIONS]);

struct causeway_gate_address {
    socklen_t length;
    union {
        struct sockaddr any;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
    } value;
};

// The address of the gate for sockets of the family.
struct causeway_gate_address causeway_gate_address(const struct causeway_gate *gate, sa_family_t family);

// Returns 0 when the socket is connected to the gate, else an errno value. EISCONN and EALREADY mean that the socket
// was not free, and that nothing was done to it.
int causeway_connect_to_gate(int socket, int flags, const struct causeway_gate_address *gate, int64_t end);

// Makes a socket whose connection failed fit for another connect().
void causeway_dissolve(int socket, int flags, sa_family_t family);

#pragma GCC visibility pop

#endif
