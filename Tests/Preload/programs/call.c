// Calls connect() in ways in which only C can. The first argument names the way; a host and a port follow. A host that
// is not known prints "unresolved".
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static struct sockaddr_storage target;
static socklen_t target_length;

static int resolve(const char *host, const char *port) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(host, port, &hints, &found) != 0) {
        puts("unresolved");
        return 0;
    }
    memcpy(&target, found->ai_addr, found->ai_addrlen);
    target_length = found->ai_addrlen;
    freeaddrinfo(found);
    return 1;
}

static int new_socket(void) {
    return socket(target.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static const char *attempt(int socket, const void *address, socklen_t length) {
    errno = ENOTTY;
    int returned = connect(socket, address, length);
    if (returned == 0) {
        return errno == ENOTTY ? "0" : "0 and another errno";
    }
    return strerrorname_np(errno);
}

// Once to an endpoint that is there, and once to one that is not.
static void keep_errno(void) {
    int socket = new_socket();
    puts(attempt(socket, &target, target_length));
    close(socket);
}

static void use_bad_arguments(void) {
    int socket = new_socket();
    long page = sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(pages + page, page, PROT_NONE);
    char *half = pages + page - 8;
    memcpy(half, &target, 8);
    char *whole = pages + page - target_length - 1;
    memcpy(whole, &target, target_length);

    printf("null %s\n", attempt(socket, NULL, target_length));
    printf("nowhere %s\n", attempt(socket, (void *)8, target_length));
    printf("half %s\n", attempt(socket, half, target_length));
    printf("short %s\n", attempt(socket, &target, 8));
    printf("empty %s\n", attempt(socket, &target, 0));
    printf("long %s\n", attempt(socket, &target, 100000));
    printf("closed %s\n", attempt(1000, &target, target_length));
    printf("file %s\n", attempt(STDOUT_FILENO, &target, target_length));
    printf("unaligned %s\n", attempt(socket, whole, target_length));
}

static volatile sig_atomic_t handled, connected;

static void connect_in_handler(int number) {
    (void)number;
    int errno_before = errno;
    int socket = new_socket();
    if (connect(socket, (struct sockaddr *)&target, target_length) == 0) {
        connected++;
    }
    close(socket);
    handled++;
    errno = errno_before;
}

// The handler interrupts malloc(), which nobody may call again then, and has a small stack.
static void connect_while_allocating(void) {
    size_t size = (size_t)sysconf(_SC_MINSIGSTKSZ) + 6144;
    stack_t stack = {.ss_sp = malloc(size), .ss_size = size};
    struct sigaction action = {.sa_handler = connect_in_handler, .sa_flags = SA_ONSTACK | SA_RESTART};
    sigaltstack(&stack, NULL);
    sigaction(SIGALRM, &action, NULL);
    struct itimerval often = {.it_interval = {.tv_usec = 2000}, .it_value = {.tv_usec = 2000}};
    setitimer(ITIMER_REAL, &often, NULL);
    while (handled < 200) {
        free(malloc((size_t)rand() % 5000));
    }
    struct itimerval never = {.it_value = {.tv_usec = 0}};
    setitimer(ITIMER_REAL, &never, NULL);
    printf("%s\n", handled == connected ? "all connected" : "some were refused");
}

int main(int count, char **arguments) {
    if (count != 4 || !resolve(arguments[2], arguments[3])) {
        return 1;
    }
    if (strcmp(arguments[1], "errno") == 0) {
        keep_errno();
    } else if (strcmp(arguments[1], "arguments") == 0) {
        use_bad_arguments();
    } else {
        connect_while_allocating();
    }
    return 0;
}
