// A library that resolves and connects while the program is still being loaded. It is preloaded behind the library
// under test, so that its constructor runs before that one's.
#define _GNU_SOURCE
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((constructor)) static void connect_early(void) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo("db.contoso.example", "5432", &hints, &found) != 0) {
        puts("early unresolved");
        return;
    }
    int descriptor = socket(found->ai_family, SOCK_STREAM, 0);
    puts(connect(descriptor, found->ai_addr, found->ai_addrlen) == 0 ? "early connected" : "early refused");
    close(descriptor);
    freeaddrinfo(found);
}
