// The functions of the C library behind the ones that this library interposes.
#include "preload.h"

#ifdef __GLIBC__

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>

enum function {
    CONNECT,
    GETADDRINFO,
    GETNAMEINFO,
    GETHOSTBYNAME,
    GETHOSTBYNAME2,
    GETHOSTBYADDR,
    GETHOSTBYNAME_R,
    GETHOSTBYNAME2_R,
    GETHOSTBYADDR_R,
    FUNCTIONS,
};

static const char *const symbols[FUNCTIONS] = {
    [CONNECT] = "connect",
    [GETADDRINFO] = "getaddrinfo",
    [GETNAMEINFO] = "getnameinfo",
    [GETHOSTBYNAME] = "gethostbyname",
    [GETHOSTBYNAME2] = "gethostbyname2",
    [GETHOSTBYADDR] = "gethostbyaddr",
    [GETHOSTBYNAME_R] = "gethostbyname_r",
    [GETHOSTBYNAME2_R] = "gethostbyname2_r",
    [GETHOSTBYADDR_R] = "gethostbyaddr_r",
};

static _Atomic(void *) found[FUNCTIONS];

// Two threads that look the same one up at once find the same address, so nobody has to wait for anybody.
static void *real(enum function which) {
    void *function = atomic_load_explicit(&found[which], memory_order_relaxed);
    if (function == NULL) {
        function = dlsym(RTLD_NEXT, symbols[which]);
        atomic_store_explicit(&found[which], function, memory_order_relaxed);
    }
    return function;
}

// dlsym may allocate and take locks, which connect() must not do in a signal handler; so all look-ups are done while
// the program is still being loaded. Constructors of other libraries that run earlier look up what they need.
__attribute__((constructor)) static void look_up_all(void) {
    for (int which = 0; which < FUNCTIONS; which++) {
        real((enum function)which);
    }
}

int causeway_real_connect(int socket, const struct sockaddr *address, socklen_t length) {
    int (*function)(int, const struct sockaddr *, socklen_t) = real(CONNECT);
    if (function == NULL) {
        errno = ENOSYS;
        return -1;
    }
    return function(socket, address, length);
}

int causeway_real_getaddrinfo(
    const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
    int (*function)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = real(GETADDRINFO);
    return function == NULL ? EAI_FAIL : function(node, service, hints, result);
}

int causeway_real_getnameinfo(
    const struct sockaddr *address, socklen_t length, char *host, socklen_t host_length, char *service,
    socklen_t service_length, int flags) {
    int (*function)(const struct sockaddr *, socklen_t, char *, socklen_t, char *, socklen_t, int) = real(GETNAMEINFO);
    return function == NULL ? EAI_FAIL
                            : function(address, length, host, host_length, service, service_length, flags);
}

static struct hostent *no_recovery(void) {
    h_errno = NO_RECOVERY;
    return NULL;
}

static int no_recovery_r(struct hostent **result, int *error) {
    *result = NULL;
    *error = NO_RECOVERY;
    return ENOSYS;
}

struct hostent *causeway_real_gethostbyname(const char *name) {
    struct hostent *(*function)(const char *) = real(GETHOSTBYNAME);
    return function == NULL ? no_recovery() : function(name);
}

struct hostent *causeway_real_gethostbyname2(const char *name, int family) {
    struct hostent *(*function)(const char *, int) = real(GETHOSTBYNAME2);
    return function == NULL ? no_recovery() : function(name, family);
}

struct hostent *causeway_real_gethostbyaddr(const void *address, socklen_t length, int family) {
    struct hostent *(*function)(const void *, socklen_t, int) = real(GETHOSTBYADDR);
    return function == NULL ? no_recovery() : function(address, length, family);
}

int causeway_real_gethostbyname_r(
    const char *name, struct hostent *host, char *buffer, size_t length, struct hostent **result, int *error) {
    int (*function)(const char *, struct hostent *, char *, size_t, struct hostent **, int *) = real(GETHOSTBYNAME_R);
    return function == NULL ? no_recovery_r(result, error) : function(name, host, buffer, length, result, error);
}

int causeway_real_gethostbyname2_r(
    const char *name, int family, struct hostent *host, char *buffer, size_t length, struct hostent **result,
    int *error) {
    int (*function)(const char *, int, struct hostent *, char *, size_t, struct hostent **, int *) =
        real(GETHOSTBYNAME2_R);
    return function == NULL ? no_recovery_r(result, error)
                            : function(name, family, host, buffer, length, result, error);
}

int causeway_real_gethostbyaddr_r(
    const void *address, socklen_t address_length, int family, struct hostent *host, char *buffer, size_t length,
    struct hostent **result, int *error) {
    int (*function)(const void *, socklen_t, int, struct hostent *, char *, size_t, struct hostent **, int *) =
        real(GETHOSTBYADDR_R);
    return function == NULL ? no_recovery_r(result, error)
                            : function(address, address_length, family, host, buffer, length, result, error);
}

#endif
